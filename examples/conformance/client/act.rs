//! What the scripted server can do with a request.

use std::time::Duration;

/// What is done with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// What a good server does: keeps what is new, answers, publishes when all is there.
    Honest,
    /// Sends this, a whole answer, and goes on with the connection.
    Answer(Vec<u8>),
    /// Sends this, perhaps nothing, and closes the connection.
    Close(Vec<u8>),
    /// Ends the connection with a reset.
    Reset,
    /// Sends this, perhaps nothing, and then neither reads nor closes until the run ends.
    Hold(Vec<u8>),
    /// Sends `head`, then `piece` again and again, and closes the connection.
    Stream {
        head: Vec<u8>,
        piece: Vec<u8>,
        times: usize,
        /// Between two pieces.
        pause: Duration,
    },
}

impl Act {
    /// An answer with a status line, fields and an empty body.
    pub fn answer(status: &str, fields: &[&str]) -> Self {
        Self::Answer(answer(status, fields, ""))
    }

    /// An answer with one line of text.
    pub fn text(status: &str, text: &str) -> Self {
        Self::Answer(answer(status, &["Content-Type: text/plain"], text))
    }

    /// The bytes of an answer that goes on with the connection.
    pub fn into_answer(self) -> Vec<u8> {
        match self {
            Self::Answer(bytes) => bytes,
            _ => Vec::new(),
        }
    }

    /// What is done, as one line.
    pub fn describe(&self) -> String {
        match self {
            Self::Honest => "(honest)".to_owned(),
            Self::Answer(bytes) => first(bytes),
            Self::Close(bytes) => format!("{} (then closed)", first(bytes)),
            Self::Reset => "(reset)".to_owned(),
            Self::Hold(bytes) => format!("{} (then silence)", first(bytes)),
            Self::Stream { head, piece, times, .. } => {
                format!("{} (then {times} times {} bytes)", first(head), piece.len())
            }
        }
    }
}

/// The status line of an answer, and its range.
fn first(bytes: &[u8]) -> String {
    let mut lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let status = lines.next().unwrap_or_default();
    let range = lines.find(|line| line.get(..6).is_some_and(|name| name.eq_ignore_ascii_case(b"range:")));
    let shown = |line: &[u8]| line[..line.len().min(200)].escape_ascii().to_string();
    format!("{} {}", shown(status), shown(range.unwrap_or_default())).trim_end().to_owned()
}

/// A whole answer in bytes.
pub fn answer(status: &str, fields: &[&str], body: &str) -> Vec<u8> {
    let length = format!("Content-Length: {}", body.len());
    let lines = [&[status], fields, &[&length, "", body]].concat();
    format!("HTTP/1.1 {}", lines.join("\r\n")).into_bytes()
}
