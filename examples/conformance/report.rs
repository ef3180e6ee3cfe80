//! What is printed: a line for each case and a summary, for people or as JSON, one object a line.

use std::io::{self, Write};

use serde_json::json;

use super::case::{Line, Verdict};

/// How lines are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Text {
        /// With what was said on the wire.
        verbose: bool,
    },
    Json,
}

/// The lines so far.
pub struct Report<W> {
    out: W,
    style: Style,
    counts: [usize; Verdict::ALL.len()],
}

impl<W: Write> Report<W> {
    pub fn new(out: W, style: Style) -> Self {
        Self { out, style, counts: [0; Verdict::ALL.len()] }
    }

    /// Something about the whole run.
    pub fn note(&mut self, text: &str) -> io::Result<()> {
        match self.style {
            Style::Text { .. } => writeln!(self.out, "# {text}"),
            Style::Json => writeln!(self.out, "{}", json!({ "note": text })),
        }
    }

    pub fn line(&mut self, line: &Line) -> io::Result<()> {
        for (verdict, count) in Verdict::ALL.iter().zip(&mut self.counts) {
            *count += usize::from(*verdict == line.verdict());
        }
        let came = line.finding.came.join("; ");
        match self.style {
            Style::Text { verbose } => {
                let Line { tag, name, expected, .. } = line;
                writeln!(self.out, "{:<7} {tag:<4} {name} | expected {expected} | came {came}", line.verdict())?;
                for said in line.exchange.iter().filter(|_| verbose) {
                    writeln!(self.out, "        {said}")?;
                }
            }
            Style::Json => {
                let line = json!({
                    "tag": line.tag,
                    "name": line.name,
                    "expected": line.expected,
                    "came": came,
                    "verdict": line.verdict().word(),
                    "exchange": line.exchange,
                    "milliseconds": u64::try_from(line.time.as_millis()).unwrap_or(u64::MAX),
                });
                writeln!(self.out, "{line}")?;
            }
        }
        self.out.flush()
    }

    /// Prints the summary: whether the peer keeps the protocol, which it does without any `WRONG` and `crash`.
    pub fn end(mut self) -> io::Result<bool> {
        let counted = || Verdict::ALL.iter().zip(self.counts);
        let passed = counted().all(|(verdict, count)| count == 0 || !verdict.is_failure());
        match self.style {
            Style::Text { .. } => {
                let counts: Vec<String> = counted().map(|(verdict, count)| format!("{count} {verdict}")).collect();
                writeln!(self.out, "{} cases: {}", self.counts.iter().sum::<usize>(), counts.join(", "))?;
            }
            Style::Json => {
                let counts: serde_json::Map<_, _> =
                    counted().map(|(verdict, count)| (verdict.word().to_owned(), json!(count))).collect();
                writeln!(self.out, "{}", json!({ "summary": counts, "passed": passed }))?;
            }
        }
        Ok(passed)
    }
}
