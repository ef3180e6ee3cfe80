//! A trace, written as a ladder of the exchange.

use core::fmt;

/// Who does a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Client,
    Server(usize),
    Store,
    Fault,
}

/// Takes down what happens, or nothing at all.
#[derive(Debug)]
pub(crate) struct Ladder(Option<Vec<String>>);

impl Ladder {
    pub(crate) fn silent() -> Self {
        Self(None)
    }

    pub(crate) fn written() -> Self {
        Self(Some(Vec::new()))
    }

    pub(crate) fn line(&mut self, who: Who, what: fmt::Arguments<'_>) {
        if let Some(lines) = &mut self.0 {
            let who = match who {
                Who::Client => "client".to_owned(),
                Who::Server(process) => format!("       server {process}"),
                Who::Store => "                store".to_owned(),
                Who::Fault => "*".to_owned(),
            };
            lines.push(format!("{who:<21} | {what}"));
        }
    }
}

impl fmt::Display for Ladder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.0.iter().flatten() {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}
