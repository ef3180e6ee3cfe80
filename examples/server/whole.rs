//! A whole object in one request (`uploadType=media` and `multipart`), as clients send small ones.
//!
//! It is an upload like any other, created and appended to at once. Nobody knows its address, so what does not complete
//! in this request is given up.

use std::sync::Arc;

use resumable::fields::{Field, Fields};
use resumable::google::{Echo, encode_reply};
use resumable::server::{Answer as Said, Outcome};
use resumable::{Append, Extent, Intent};
use serde_json::json;

use super::answer::{Answer, Failure};
use super::checksum::Checksums;
use super::coding::decoded;
use super::connection::{Connection, Head, Incoming, ReadError};
use super::create::name_of;
use super::declare::{MAX_DESCRIPTION, declare, parse_json};
use super::ladder::Ladder;
use super::related::Related;
use super::service::{Service, describe};
use super::store::{Kind, lock};
use super::upload::{Arriving, Hangup, Upload};

impl Service {
    pub fn whole(
        &self,
        head: &Head,
        connection: &mut Connection,
        (bucket, name): (String, Option<String>),
        is_multipart: bool,
        ladder: &Ladder<'_>,
    ) -> Result<Answer, Failure> {
        let id = self.random_id()?;
        let (upload, result) = self.append_whole(&id, head, connection, (bucket, name), is_multipart, ladder)?;
        if !matches!(&result, Ok(Outcome { answer: Said::Complete { .. }, .. })) {
            give_up(&upload, connection, ladder);
        }
        lock(&self.uploads).remove(&id);
        // Nobody can ask for it: the object does without. If it stays, it only costs room.
        if upload.has_ended()
            && let Err(error) = self.store.forget(&id)
        {
            ladder.note(format_args!("not forgotten: {error}"));
        }
        match result {
            Ok(outcome) => {
                let reply = encode_reply(&outcome, Echo::default(), &self.config.google);
                Ok(describe(&reply, &upload, || self.address(head, connection)))
            }
            Err(hangup) => {
                ladder.note(format_args!("{hangup}; nothing is kept"));
                Err(hangup.into())
            }
        }
    }

    /// Creates an upload as soon as all is known that its creation says, and appends the rest of the body.
    fn append_whole(
        &self,
        id: &str,
        head: &Head,
        connection: &mut Connection,
        (bucket, name): (String, Option<String>),
        is_multipart: bool,
        ladder: &Ladder<'_>,
    ) -> Result<(Arc<Upload>, Result<Outcome, Hangup>), Failure> {
        let handle = connection.handle();
        let header = head.field("content-type").one().map(String::from_utf8_lossy);
        // The length of what is encoded says nothing about the object.
        let length = head.body.length().filter(|_| matches!(head.field("content-encoding"), Field::Absent));
        let mut body = decoded(head, connection)?;
        let mut related;
        let (said, content_type, body, length): (_, _, &mut dyn Incoming, _) = if is_multipart {
            related = Related::new(header.as_deref().unwrap_or_default(), &mut body)?;
            related.first()?;
            let said = parse_json(&related.read_all(MAX_DESCRIPTION)?)?;
            let content_type = related.next()?;
            (said, content_type, &mut related, None)
        } else {
            (json!({}), header.map(String::from), &mut body, length)
        };
        let name = name_of(name, &said, Kind::Storage, id)?;
        let declared = declare((bucket, name), content_type.as_deref(), head, &said)?;
        let upload = self.start(id, Kind::Storage, declared, None)?;
        let append = Append { at: 0, extent: Extent::Last, total: None, body: length };
        let arriving = Arriving { handle, body, checksums: Checksums::default() };
        let result = upload.serve(Intent::Append(append), arriving, ladder);
        Ok((upload, result))
    }
}

/// Removes what is left of an upload.
fn give_up(upload: &Upload, connection: &Connection, ladder: &Ladder<'_>) {
    let arriving = Arriving { handle: connection.handle(), body: &mut Nothing, checksums: Checksums::default() };
    // If the store cannot do it, the upload stays as one whose client is gone.
    let _: Result<Outcome, Hangup> = upload.serve(Intent::Cancel, arriving, ladder);
}

/// No body.
struct Nothing;

impl Incoming for Nothing {
    fn read(&mut self) -> Result<Option<&[u8]>, ReadError> {
        Ok(None)
    }
}
