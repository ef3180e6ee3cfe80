//! What is sent to which server, and what it must answer.

use std::io;

use clap::ValueEnum;

use super::wire::{Answer, Form, Wire};
use crate::copy::NEW_FILE;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Dialect {
    /// A length in 8 bytes, and the bytes.
    Copy,
    /// Resumable uploads of Cloud Storage.
    Google,
    /// The same without a creation: the minimal handler.
    Handler,
    /// Questions alone: the ping-pong.
    Pong,
    /// PUT of whole files, each chunk a file of its own: nginx.
    Put,
    /// tus 1.0.
    Tus,
    /// uploadx, whose creation has a path of its own.
    Uploadx,
}

/// An upload under way.
pub(crate) struct Upload {
    dialect: Dialect,
    target: String,
    total: u64,
    /// How much was sent.
    pub(crate) at: u64,
    /// The number of the upload on this connection.
    number: u64,
}

impl Upload {
    pub(crate) fn create(dialect: Dialect, wire: &mut Wire, total: u64) -> io::Result<Self> {
        wire.count += 1;
        let number = wire.count;
        let head = match dialect {
            Dialect::Copy | Dialect::Handler | Dialect::Pong | Dialect::Put => {
                return Ok(Self { dialect, target: format!("/n{number}"), total, at: 0, number });
            }
            Dialect::Google => {
                let target = format!("/upload/storage/v1/b/b/o?uploadType=resumable&name=n{number}");
                request(wire, "POST", &target, &format!("Content-Length: 0\r\nX-Upload-Content-Length: {total}"))
            }
            Dialect::Tus => {
                let fields = format!("Content-Length: 0\r\nTus-Resumable: 1.0.0\r\nUpload-Length: {total}");
                request(wire, "POST", "/files", &fields)
            }
            Dialect::Uploadx => {
                let description = format!(r#"{{"name":"n{number}"}}"#);
                let fields = format!(
                    "Content-Type: application/json\r\nContent-Length: {}\r\nX-Upload-Content-Length: {total}",
                    description.len()
                );
                request(wire, "POST", "/files", &fields) + &description
            }
        };
        let answer = wire.exchange(head.as_bytes(), 0, Form::Http)?;
        check(&answer, &[200, 201])?;
        let location = answer.location.ok_or_else(|| io::Error::other("expected a Location, got none"))?;
        // uploadx leaves out the scheme, and tus may leave out the host.
        let path = location.find("//").map_or(&*location, |at| &location[at + 2..]);
        let target = path.find('/').map_or(path, |at| &path[at..]).to_owned();
        Ok(Self { dialect, target, total, at: 0, number })
    }

    /// Sends the next bytes.
    pub(crate) fn append(&mut self, wire: &mut Wire, len: u64) -> io::Result<()> {
        let Self { dialect, ref target, total, at, number } = *self;
        let end = at + len;
        let head = match dialect {
            Dialect::Copy => {
                let head = if at == 0 { len | NEW_FILE } else { len };
                wire.exchange(&head.to_be_bytes(), len, Form::Byte)?;
                self.at = end;
                return Ok(());
            }
            Dialect::Put => request(wire, "PUT", &format!("/n{number}-{at}"), &format!("Content-Length: {len}")),
            Dialect::Tus => {
                let fields = "Tus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream";
                request(wire, "PATCH", target, &format!("{fields}\r\nUpload-Offset: {at}\r\nContent-Length: {len}"))
            }
            Dialect::Google | Dialect::Handler | Dialect::Pong | Dialect::Uploadx => {
                let range = format!("Content-Range: bytes {at}-{}/{total}", end - 1);
                request(wire, "PUT", target, &format!("{range}\r\nContent-Length: {len}"))
            }
        };
        let answer = wire.exchange(head.as_bytes(), len, Form::Http)?;
        let expected: &[u16] = match dialect {
            Dialect::Put => &[201, 204],
            Dialect::Tus => &[204],
            _ if end == total => &[200, 201],
            _ => &[308],
        };
        check(&answer, expected)?;
        self.at = end;
        Ok(())
    }

    /// Asks how far it has come.
    pub(crate) fn ask(&self, wire: &mut Wire) -> io::Result<()> {
        let Self { target, total, number, .. } = self;
        let (head, form, expected) = match self.dialect {
            Dialect::Copy => return Err(io::Error::other("expected a server with answers, got the copy")),
            Dialect::Put => (request(wire, "HEAD", &format!("/n{number}-0"), "Accept: */*"), Form::Head, 200),
            Dialect::Tus => (request(wire, "HEAD", target, "Tus-Resumable: 1.0.0"), Form::Head, 200),
            Dialect::Google | Dialect::Handler | Dialect::Pong | Dialect::Uploadx => {
                let fields = format!("Content-Range: bytes */{total}\r\nContent-Length: 0");
                (request(wire, "PUT", target, &fields), Form::Http, 308)
            }
        };
        check(&wire.exchange(head.as_bytes(), 0, form)?, &[expected])
    }
}

fn request(wire: &Wire, method: &str, target: &str, fields: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n{fields}\r\n\r\n", wire.addr())
}

fn check(answer: &Answer, expected: &[u16]) -> io::Result<()> {
    if expected.contains(&answer.status) {
        Ok(())
    } else {
        Err(io::Error::other(format!("expected the status {expected:?}, got {}", answer.status)))
    }
}
