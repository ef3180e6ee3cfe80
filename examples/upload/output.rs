//! What is shown while an upload runs, on the standard error: a bar on a terminal, else lines.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use resumable::client::{Length, Verdict};

use super::event::Event;

/// How often a line says how far a long request is.
const PACE: Duration = Duration::from_secs(5);

/// Shows the events of one upload.
#[derive(Debug)]
pub struct Output {
    bar: Option<ProgressBar>,
    retries: u32,
    spoke: Instant,
}

impl Output {
    /// For an upload of that length.
    pub fn new(length: Length) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        Self { bar: is_terminal.then(|| bar(length)), retries: 0, spoke: Instant::now() }
    }

    /// Shows one event.
    pub fn show(&mut self, event: &Event<'_>) {
        match &self.bar {
            None => self.say(event),
            Some(bar) => match event {
                Event::Progress { at } => bar.set_position(*at),
                Event::Wait(delay) => {
                    self.retries += 1;
                    bar.set_message(format!("retry {} in {:.1} s", self.retries, delay.as_secs_f64()));
                }
                Event::Request { .. } if self.retries > 0 => {
                    bar.set_message(format!("retries: {}", self.retries));
                }
                Event::Lost { .. } => bar.println(event.to_string()),
                Event::Answer(answer) if is_trouble(&answer.verdict) => {
                    bar.println(event.to_string());
                }
                _ => {}
            },
        }
    }

    /// Nothing more will come.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.abandon();
        }
    }

    fn say(&mut self, event: &Event<'_>) {
        let is_progress = matches!(event, Event::Progress { .. });
        if !is_progress || self.spoke.elapsed() >= PACE {
            self.spoke = Instant::now();
            eprintln!("{event}");
        }
    }
}

fn is_trouble(verdict: &Verdict) -> bool {
    !matches!(verdict, Verdict::Created | Verdict::Incomplete { .. } | Verdict::Complete { .. })
}

fn bar(length: Length) -> ProgressBar {
    let (bar, template) = match length {
        Length::Known(total) => {
            (ProgressBar::new(total), "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left {msg}")
        }
        Length::Unknown => (ProgressBar::no_length(), "{spinner} {bytes}, {bytes_per_sec} {msg}"),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
