//! What the demo shows: a bar on a terminal, a line for everything that goes wrong, and with `--ladder` for every
//! request and answer.

use std::io::IsTerminal as _;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use resumable::client::Verdict;

use super::upload::event::Event;

/// A clone shows in the same place.
#[derive(Clone)]
pub struct Output {
    bar: ProgressBar,
    begun: Instant,
    ladder: bool,
}

impl Output {
    pub fn new(size: u64, ladder: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(size), ProgressDrawTarget::stderr());
        let style = "{bar:40} {bytes} of {total_bytes} are safe at the server, {msg}";
        let bar = match ProgressStyle::with_template(style) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        };
        Self { bar, begun: Instant::now(), ladder }
    }

    /// What the client does and gets.
    pub fn client(&self, event: &Event<'_>) {
        match event {
            Event::Progress { .. } => {}
            Event::Request { .. } if self.ladder => self.line('>', event),
            Event::Answer(answer) => {
                if let Verdict::Incomplete { persisted: Some(persisted) } = answer.verdict {
                    self.bar.set_position(persisted.get());
                }
                if self.ladder {
                    self.line('<', event);
                }
            }
            Event::Lost { .. } => self.line('<', event),
            Event::Wait(delay) => self.bar.set_message(format!("waiting for {delay:.0?}")),
            _ => self.bar.set_message("sending"),
        }
    }

    /// What the network does.
    pub fn network(&self, event: impl std::fmt::Display) {
        self.line('~', event);
    }

    /// What the server logs. Its requests and answers are those of the client; the rest is said nowhere else.
    pub fn server(&self, line: &str) {
        if let Some(note) = line.strip_prefix("* ") {
            self.line('*', note);
        }
    }

    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, sign: char, text: impl std::fmt::Display) {
        let line = format!("{:7.3} {sign} {text}", self.begun.elapsed().as_secs_f64());
        if std::io::stderr().is_terminal() {
            self.bar.println(line);
        } else {
            eprintln!("{line}");
        }
    }
}
