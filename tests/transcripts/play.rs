//! Playing a transcript: against anything that takes bytes and answers with bytes.

use crate::expect::Reply;
use crate::format::{Act, Event, Part, Stored, Transcript};
use crate::support::service::CREATION;
use crate::support::source::{object, other_object, slice};

/// A server to play against.
pub(crate) trait Player {
    /// Sends bytes on a connection, which is opened if it is not there.
    fn send(&mut self, connection: &str, bytes: &[u8]) -> Result<(), String>;

    /// Reads the next answer.
    fn receive(&mut self, connection: &str) -> Result<Reply, String>;

    /// Loses a connection. What the server does about it is done when this returns.
    fn cut(&mut self, connection: &str) -> Result<(), String>;

    /// Gives the server time; it must not say anything.
    fn wait(&mut self, connection: &str) -> Result<(), String>;

    /// Waits for the server to close a connection, on which nothing more may come.
    fn closed(&mut self, connection: &str) -> Result<(), String>;

    /// Does something to the server.
    fn event(&mut self, event: Event, session: &str) -> Result<(), String>;

    /// Ends the play: no connection may hold an answer that was not read.
    fn finish(&mut self) -> Result<(), String>;

    /// What is stored of the upload at this URL; with its bytes, or with those of the object that it became.
    fn stored(&mut self, session: &str) -> Result<(Stored, Vec<u8>), String>;
}

/// Plays a transcript to its end.
///
/// # Errors
///
/// The line at which the server differs, and how.
pub(crate) fn play(transcript: &Transcript, player: &mut impl Player) -> Result<(), String> {
    let mut connection = "first".to_owned();
    let mut session = None;
    if needs_creation(transcript) {
        session = Some(create(transcript.setup.total, player)?);
    }
    for (line, act) in &transcript.acts {
        let result = match act {
            Act::On(name) => {
                connection.clone_from(name);
                Ok(())
            }
            Act::Send(parts) => {
                let bytes = encode(parts, session.as_deref());
                bytes.and_then(|bytes| player.send(&connection, &bytes))
            }
            Act::Cut => player.cut(&connection),
            Act::Wait => player.wait(&connection),
            Act::Reply(expected) => {
                let reply = player.receive(&connection);
                reply.and_then(|reply| expected.compare(&reply, &mut session))
            }
            Act::Closed => player.closed(&connection),
            Act::Event(event) => player.event(*event, session.as_deref().unwrap_or("")),
        };
        result.map_err(|error| format!("{line}: {error}"))?;
    }
    player.finish()?;
    check_stored(transcript, session.as_deref(), player)
}

fn check_stored(transcript: &Transcript, session: Option<&str>, player: &mut impl Player) -> Result<(), String> {
    let (stored, bytes) = match session {
        Some(session) => player.stored(session)?,
        None => (Stored::NoUpload, Vec::new()),
    };
    if stored != transcript.stored {
        return Err(format!("end: expected {:?} to be stored, got {stored:?}", transcript.stored));
    }
    let Stored::Bytes(len, _) = stored else {
        return Ok(());
    };
    let expected = slice(object(), &(0..len))?;
    if bytes == expected {
        return Ok(());
    }
    let same = bytes.iter().zip(expected).take_while(|(got, expected)| got == expected).count();
    let got = bytes.len();
    Err(format!("end: expected {len} bytes of the object, got {got}, of which {same} are right"))
}

/// Whether `{session}` is used before an answer gives it.
fn needs_creation(transcript: &Transcript) -> bool {
    let uses = |act: &Act| match act {
        Act::Send(parts) => parts.iter().find_map(|part| match part {
            Part::Line(line) if line.contains("{session}") => Some(true),
            Part::Line(line) if line.starts_with("POST ") => Some(false),
            _ => None,
        }),
        _ => None,
    };
    transcript.acts.iter().find_map(|(_, act)| uses(act)).unwrap_or(false)
}

/// Creates the upload that a transcript starts with.
fn create(total: Option<u64>, player: &mut impl Player) -> Result<String, String> {
    let total = total.map_or(String::new(), |total| format!("X-Upload-Content-Length: {total}\r\n"));
    let head = format!("POST {CREATION}&name=o HTTP/1.1\r\nHost: a\r\n{total}Content-Length: 0\r\n\r\n");
    player.send("creation", head.as_bytes())?;
    let reply = player.receive("creation")?;
    let mut session = None;
    let mut expected = crate::expect::Expected::new("200 OK")?;
    expected.add(" Location: {session}")?;
    expected.compare(&reply, &mut session)?;
    session.ok_or_else(|| "expected a session, got none".to_owned())
}

fn encode(parts: &[Part], session: Option<&str>) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    for part in parts {
        match part {
            Part::Line(line) if line.contains("{session}") => {
                let session = session.ok_or("expected a session, there is none yet")?;
                bytes.extend_from_slice(line.replace("{session}", session).as_bytes());
                bytes.extend_from_slice(b"\r\n");
            }
            Part::Line(line) => {
                bytes.extend_from_slice(line.as_bytes());
                bytes.extend_from_slice(b"\r\n");
            }
            Part::Body(range) => bytes.extend_from_slice(slice(object(), range)?),
            Part::Other(range) => bytes.extend_from_slice(slice(other_object(), range)?),
            Part::Raw(raw) => bytes.extend_from_slice(raw),
        }
    }
    Ok(bytes)
}
