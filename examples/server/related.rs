//! `multipart/related` (RFC 2387), as Cloud Storage takes it: a description in JSON, then the bytes of the object.
//!
//! ```text
//! --BOUNDARY
//! Content-Type: application/json
//!
//! {"name": "n"}
//! --BOUNDARY
//! Content-Type: text/plain
//!
//! the object
//! --BOUNDARY--
//! ```
//!
//! Lines end in CR LF, or all of them in LF alone, as gcsfs has it. The object is over only when the closing boundary
//! was there and the whole body has come.

use memchr::memmem;

use super::connection::{Incoming, ReadError};

/// The most that stands before a part, its head included.
const MAX_LINES: usize = 16 * 1024;

pub struct Related<'b> {
    body: &'b mut dyn Incoming,
    /// What was read and is not yet used.
    held: Vec<u8>,
    /// So much of it was handed out last.
    used: usize,
    /// `--BOUNDARY`, after the line end that belongs to it.
    delimiter: Vec<u8>,
    is_part_over: bool,
    /// How many bytes of lines were read before this part.
    lines: usize,
}

impl<'b> Related<'b> {
    /// The parts of a body whose type this is.
    pub fn new(content_type: &str, body: &'b mut dyn Incoming) -> Result<Self, ReadError> {
        let boundary = boundary(content_type)
            .ok_or_else(|| wrong("expected Content-Type: multipart/related; boundary=..., got another"))?;
        let delimiter = [b"--", boundary.as_bytes()].concat();
        Ok(Self { body, held: Vec::new(), used: 0, delimiter, is_part_over: true, lines: 0 })
    }

    /// Goes to the first part: its `Content-Type`.
    pub fn first(&mut self) -> Result<Option<String>, ReadError> {
        let mut line = self.line()?;
        // What stands before the first boundary is for people.
        while line.trim_ascii_end() != self.delimiter {
            line = self.line()?;
        }
        let line_end: &[u8] = if line.ends_with(b"\r") { b"\r\n" } else { b"\n" };
        self.delimiter.splice(..0, line_end.iter().copied());
        self.head()
    }

    /// Goes to the next part, when this one is read to its end: its `Content-Type`.
    pub fn next(&mut self) -> Result<Option<String>, ReadError> {
        match self.line()?.trim_ascii() {
            b"" => self.head(),
            _ => Err(wrong("expected a second part, got none")),
        }
    }

    /// Reads the lines up to an empty one.
    fn head(&mut self) -> Result<Option<String>, ReadError> {
        let mut content_type = None;
        loop {
            let line = self.line()?;
            let line = String::from_utf8_lossy(&line);
            match line.trim().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-type") => {
                    content_type = Some(value.trim().to_owned());
                }
                Some(_) => {}
                None if line.trim().is_empty() => break,
                None => return Err(wrong("expected a header field in a part, got another line")),
            }
        }
        (self.is_part_over, self.lines) = (false, 0);
        Ok(content_type)
    }

    /// One line, without its LF.
    fn line(&mut self) -> Result<Vec<u8>, ReadError> {
        loop {
            self.drop_used();
            let end = memchr::memchr(b'\n', &self.held);
            if self.lines + end.unwrap_or(self.held.len()) > MAX_LINES {
                return Err(wrong(&format!("expected at most {MAX_LINES} bytes of lines before a part, got more")));
            }
            if let Some(end) = end {
                self.used = end + 1;
                self.lines += self.used;
                return Ok(self.held[..end].to_vec());
            }
            if !self.fill()? {
                return Err(wrong("expected another line of a multipart body, got its end"));
            }
        }
    }

    /// What follows the last part: the rest of its boundary, and what is for people.
    fn finish(&mut self) -> Result<(), ReadError> {
        self.drop_used();
        while self.held.len() < 2 && self.fill()? {}
        if !self.held.starts_with(b"--") {
            return Err(wrong("expected two parts and the closing boundary, got another part"));
        }
        self.held.clear();
        while self.fill()? {
            self.held.clear();
        }
        Ok(())
    }

    fn drop_used(&mut self) {
        self.held.drain(..std::mem::take(&mut self.used));
    }

    /// Reads more; false at the end of the body.
    fn fill(&mut self) -> Result<bool, ReadError> {
        let more = self.body.read()?;
        self.held.extend_from_slice(more.unwrap_or_default());
        Ok(more.is_some())
    }

    /// The next bytes of this part; none at its end.
    fn part(&mut self) -> Result<Option<&[u8]>, ReadError> {
        loop {
            self.drop_used();
            if self.is_part_over {
                return Ok(None);
            }
            // A boundary may be cut by the end of what is held.
            let found = memmem::find(&self.held, &self.delimiter);
            let len = found.unwrap_or_else(|| (self.held.len() + 1).saturating_sub(self.delimiter.len()));
            if len > 0 {
                self.used = len;
                return Ok(Some(&self.held[..len]));
            }
            if found.is_some() {
                self.used = self.delimiter.len();
                self.is_part_over = true;
            } else if !self.fill()? {
                return Err(wrong("expected the boundary after a part, got the end of the body"));
            }
        }
    }

    /// All of this part, which may have `limit` bytes.
    pub fn read_all(&mut self, limit: usize) -> Result<Vec<u8>, ReadError> {
        let mut all = Vec::new();
        while let Some(bytes) = self.part()? {
            all.extend_from_slice(bytes);
            if all.len() > limit {
                return Err(wrong(&format!("expected a description of at most {limit} bytes, got more")));
            }
        }
        Ok(all)
    }
}

/// The last part is the object.
impl Incoming for Related<'_> {
    fn read(&mut self) -> Result<Option<&[u8]>, ReadError> {
        if self.part()?.is_none() {
            self.finish()?;
            return Ok(None);
        }
        Ok(Some(&self.held[..self.used]))
    }
}

/// The parameter of that name in a type, which may stand in quotes.
fn boundary(content_type: &str) -> Option<String> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/related") {
        return None;
    }
    let values = parameters.split(';').filter_map(|parameter| parameter.trim().split_once('='));
    let (_, value) = { values }.find(|(name, _)| name.eq_ignore_ascii_case("boundary"))?;
    let value = value.strip_prefix('"').map_or(Some(value), |quoted| quoted.strip_suffix('"'))?;
    // RFC 2046, section 5.1.1.
    (1..=70).contains(&value.len()).then(|| value.to_owned())
}

fn wrong(text: &str) -> ReadError {
    ReadError::Content(text.to_owned())
}
