//! What an object is: its name, its place under the root, its description.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use md5::Md5;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::checksum::{Checksums, Sum};

/// The longest type of an object, in bytes.
const MAX_CONTENT_TYPE: usize = 1024;

/// What its creator says about an object. It travels with the creation and counts when the upload is complete.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Declared {
    pub bucket: String,
    pub name: String,
    pub content_type: String,
    pub metadata: BTreeMap<String, String>,
    pub checksums: Checksums,
    /// Of which generation the object must be that this one replaces; 0 if there must be none.
    pub if_generation: Option<u64>,
}

/// A whole object, published or about to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Object {
    pub declared: Declared,
    /// The file of its bytes: the id of the upload that brought them.
    pub data: String,
    pub size: u64,
    /// None if nobody has asked for it, and the server goes without.
    pub md5: Option<[u8; 16]>,
    pub crc32c: u32,
    /// Microseconds since 1970, greater for a newer object of the same name.
    pub generation: u64,
}

impl Object {
    /// Describes the bytes of a file, which nobody changes any more. It reads them.
    pub fn describe(
        declared: Declared,
        data: &str,
        file: &mut File,
        generation: u64,
        has_md5: bool,
    ) -> io::Result<Self> {
        let (mut md5, mut sum) = (Md5::new(), Sum::default());
        let mut buffer = vec![0; 256 * 1024];
        loop {
            let len = match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(len) => len,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if has_md5 {
                md5.update(&buffer[..len]);
            }
            sum.append(&buffer[..len]);
        }
        Ok(Self { md5: has_md5.then(|| md5.finalize().into()), ..Self::without_md5(declared, data, sum, generation) })
    }

    /// Describes bytes of which this sum is known.
    pub fn without_md5(declared: Declared, data: &str, sum: Sum, generation: u64) -> Self {
        Self { declared, data: data.to_owned(), size: sum.len, md5: None, crc32c: sum.crc32c, generation }
    }

    /// The description that a client gets, with the keys of Cloud Storage's JSON interface (64-bit numbers are strings).
    /// `base` is where the client finds this server: some read the bytes only where `mediaLink` says,
    /// and some understand no description without `selfLink`.
    pub fn json(&self, base: &str) -> Value {
        let Declared { bucket, name, content_type, metadata, .. } = &self.declared;
        let time = humantime::format_rfc3339_millis(UNIX_EPOCH + Duration::from_micros(self.generation));
        let mut json = json!({
            "kind": "storage#object",
            "id": format!("{bucket}/{name}/{}", self.generation),
            "name": name,
            "bucket": bucket,
            "generation": self.generation.to_string(),
            "metageneration": "1",
            "contentType": content_type,
            "size": self.size.to_string(),
            "crc32c": BASE64_STANDARD.encode(self.crc32c.to_be_bytes()),
            "etag": self.etag(),
            "selfLink": format!("{base}/storage/v1/b/{}/o/{}", segment(bucket), segment(name)),
            "mediaLink": format!("{base}/download/storage/v1/b/{}/o/{}?alt=media", segment(bucket), segment(name)),
            "timeCreated": time.to_string(),
            "updated": time.to_string(),
        });
        if let Some(md5) = self.md5 {
            json["md5Hash"] = json!(BASE64_STANDARD.encode(md5));
        }
        if !metadata.is_empty() {
            json["metadata"] = json!(metadata);
        }
        json
    }
}

impl Object {
    /// The fields that Cloud Storage sends beside the bytes, and instead of a description.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![
            ("ETag", self.etag()),
            ("x-goog-generation", self.generation.to_string()),
            ("x-goog-metageneration", "1".to_owned()),
            ("x-goog-stored-content-encoding", "identity".to_owned()),
            ("x-goog-stored-content-length", self.size.to_string()),
            ("x-goog-hash", format!("crc32c={}", BASE64_STANDARD.encode(self.crc32c.to_be_bytes()))),
        ];
        // Two fields of one name, as Google writes them.
        fields.extend(self.md5.map(|md5| ("x-goog-hash", format!("md5={}", BASE64_STANDARD.encode(md5)))));
        fields
    }

    /// Another for each generation.
    pub fn etag(&self) -> String {
        format!("\"{:x}\"", self.generation)
    }
}

/// Why a name cannot be that of a bucket or an object.
pub fn check_name(name: &str, limit: usize) -> Result<(), String> {
    if name.is_empty() || name.len() > limit {
        Err(format!("expected a name of 1 to {limit} bytes, got {}", name.len()))
    } else if name.chars().any(char::is_control) || name == "." || name == ".." {
        Err(format!("expected a name without control characters that is no folder, got {name:?}"))
    } else {
        Ok(())
    }
}

/// Why a text cannot be the type of an object: it is to be the value of a header.
pub fn check_content_type(text: &str) -> Result<(), String> {
    if text.len() > MAX_CONTENT_TYPE {
        Err(format!("expected a content type of at most {MAX_CONTENT_TYPE} bytes, got {}", text.len()))
    } else if text.chars().any(char::is_control) {
        Err("expected a content type, got control characters".to_owned())
    } else {
        Ok(())
    }
}

/// A name as one segment of a path (RFC 3986, section 2.3).
fn segment(name: &str) -> impl Display {
    const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(name, UNRESERVED)
}

/// Where under `root` the description of an object is, whatever its name is.
pub fn place(root: &Path, bucket: &str, name: &str) -> PathBuf {
    root.join(file_name(bucket)).join(file_name(name) + ".json")
}

/// A file name for any name: it has no dot, no slash and no more than 200 bytes, and no two names share one.
fn file_name(name: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');
    let encoded = utf8_percent_encode(name, KEPT).to_string();
    if encoded.len() <= 200 {
        return encoded;
    }
    let hash = Sha256::digest(name);
    // No encoded name has a `+`.
    hash.iter().fold(String::from("+"), |name, byte| format!("{name}{byte:02x}"))
}
