//! Bodies with a `Content-Encoding`: what a request brings is what they hold (R26).

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use resumable::fields::{Field, Fields};
use resumable::google::{Reply, RequestError};

use super::answer::{Answer, Failure};
use super::connection::{Connection, Head, Incoming, ReadError};

/// How much is decoded at once: so much memory, whatever the body swells to.
const BUFFER: usize = 64 * 1024;

/// The body of a request, decoded if it is encoded.
pub fn decoded<'c>(head: &Head, connection: &'c mut Connection) -> Result<Decoded<'c>, Failure> {
    match head.field("content-encoding") {
        Field::Absent => Ok(Decoded::Plain(connection)),
        Field::One(coding) if coding.is_empty() || coding.eq_ignore_ascii_case(b"identity") => {
            Ok(Decoded::Plain(connection))
        }
        Field::One(coding) if coding.eq_ignore_ascii_case(b"gzip") || coding.eq_ignore_ascii_case(b"x-gzip") => {
            Ok(Decoded::Gzip(Gunzip { encoded: Encoded::Waiting(connection), buffer: vec![0; BUFFER].into() }))
        }
        _ => {
            let reply = Reply::from(RequestError::ContentEncoding);
            Err(Answer::reply(&reply).with("Accept-Encoding", "gzip").into())
        }
    }
}

/// A body that is read as what it holds.
pub enum Decoded<'c> {
    Plain(&'c mut Connection),
    Gzip(Gunzip<'c>),
}

impl Incoming for Decoded<'_> {
    fn read(&mut self) -> Result<Option<&[u8]>, ReadError> {
        match self {
            Self::Plain(connection) => connection.read(),
            Self::Gzip(encoded) => encoded.read(),
        }
    }
}

pub struct Gunzip<'c> {
    encoded: Encoded<'c>,
    buffer: Box<[u8]>,
}

enum Encoded<'c> {
    /// Nothing is read yet: the session has to want the body first.
    Waiting(&'c mut Connection),
    Reading(Box<MultiGzDecoder<Bytes<'c>>>),
    Ended,
}

impl Incoming for Gunzip<'_> {
    fn read(&mut self) -> Result<Option<&[u8]>, ReadError> {
        if let Encoded::Waiting(_) = self.encoded {
            let Encoded::Waiting(connection) = std::mem::replace(&mut self.encoded, Encoded::Ended) else {
                return Ok(None);
            };
            let mut bytes = Bytes { connection, held: Vec::new(), at: 0 };
            // No bytes at all hold no bytes.
            if bytes.fill()? {
                self.encoded = Encoded::Reading(Box::new(MultiGzDecoder::new(bytes)));
            }
        }
        let Encoded::Reading(decoder) = &mut self.encoded else {
            return Ok(None);
        };
        let len = decoder.read(&mut self.buffer).map_err(undo)?;
        if len == 0 {
            self.encoded = Encoded::Ended;
            return Ok(None);
        }
        Ok(Some(&self.buffer[..len]))
    }
}

/// The encoded bytes, in the form that the decoder wants them.
struct Bytes<'c> {
    connection: &'c mut Connection,
    held: Vec<u8>,
    at: usize,
}

impl Bytes<'_> {
    /// Holds the next bytes; false at the end.
    fn fill(&mut self) -> Result<bool, ReadError> {
        self.at = 0;
        self.held.clear();
        let more = self.connection.read()?;
        self.held.extend_from_slice(more.unwrap_or_default());
        Ok(more.is_some())
    }
}

impl Read for Bytes<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.held.len() && !self.fill().map_err(io::Error::other)? {
            return Ok(0);
        }
        let len = buffer.len().min(self.held.len() - self.at);
        buffer[..len].copy_from_slice(&self.held[self.at..][..len]);
        self.at += len;
        Ok(len)
    }
}

/// What went wrong below the decoder, or in it.
fn undo(error: io::Error) -> ReadError {
    match error.downcast::<ReadError>() {
        Ok(below) => below,
        Err(error) => ReadError::Content(format!("expected a body in the coding gzip, got another: {error}")),
    }
}
