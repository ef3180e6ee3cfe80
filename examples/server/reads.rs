//! What is asked about objects that are published.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};

use resumable::fields::Fields;
use serde_json::json;

use super::answer::{Answer, Content, Failure};
use super::connection::{Connection, Head};
use super::listing::Listing;
use super::object::Object;
use super::range::{Part, parse};
use super::service::Service;

impl Service {
    pub fn describe(
        &self,
        head: &Head,
        connection: &Connection,
        (bucket, name): (&str, &str),
    ) -> Result<Answer, Failure> {
        let (object, _) = self.object(bucket, name)?;
        Ok(Answer::json(200, &object.json(&self.address(head, connection))))
    }

    /// The bytes of an object, or the part that `Range` names.
    pub fn read(&self, head: &Head, bucket: &str, name: &str) -> Result<Answer, Failure> {
        let (object, mut file) = self.object(bucket, name)?;
        let range = head.field("range").one().filter(|_| {
            // Whoever has a part of another object wants this one whole.
            head.field("if-range").one().is_none_or(|etag| etag == object.etag().as_bytes())
        });
        let range = range.and_then(|range| std::str::from_utf8(range).ok());
        let size = object.size;
        let part = range.map_or(Part::Whole, |range| parse(range, size));
        let content_type = object.declared.content_type.as_str();
        let answer = match part {
            Part::Whole => Answer::new(200, content_type, Content::File(file, size)),
            Part::Bytes(bytes) => {
                file.seek(SeekFrom::Start(bytes.start)).map_err(|error| self.broken(&error))?;
                let content_range = format!("bytes {}-{}/{size}", bytes.start, bytes.end - 1);
                Answer::new(206, content_type, Content::File(file, bytes.end - bytes.start))
                    .with("Content-Range", &content_range)
            }
            Part::Unsatisfiable => {
                let text = format!("expected a range within {size} bytes, got another");
                return Err(Answer::text(416, &text).with("Content-Range", &format!("bytes */{size}")).into());
            }
        };
        Ok(answer.with("Accept-Ranges", "bytes").with_all(&object.fields()))
    }

    pub fn remove(&self, bucket: &str, name: &str) -> Result<Answer, Failure> {
        if self.store.remove(bucket, name).map_err(|error| self.broken(&error))? {
            Ok(Answer::empty(204))
        } else {
            Err(no_object())
        }
    }

    pub fn list(
        &self,
        head: &Head,
        connection: &Connection,
        bucket: &str,
        listing: &Listing,
    ) -> Result<Answer, Failure> {
        let objects = self.store.list(bucket).map_err(|error| self.broken(&error))?;
        let page = listing.page(&objects, &self.address(head, connection)).map_err(|error| Failure::bad(&error))?;
        Ok(Answer::json(200, &page))
    }

    fn object(&self, bucket: &str, name: &str) -> Result<(Object, File), Failure> {
        let found: io::Result<_> = self.store.object(bucket, name);
        found.map_err(|error| self.broken(&error))?.ok_or_else(no_object)
    }
}

/// Every bucket is there: an object makes it.
pub fn bucket_json(bucket: &str) -> Answer {
    let json = json!({
        "kind": "storage#bucket",
        "id": bucket,
        "name": bucket,
        "metageneration": "1",
        "location": "LOCAL",
        "storageClass": "STANDARD",
    });
    Answer::json(200, &json)
}

fn no_object() -> Failure {
    Answer::text(404, &"expected an object, got the name of none").into()
}
