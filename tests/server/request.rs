//! Requests as they stand on the wire.

use std::collections::VecDeque;

use resumable::server::BodyEnd;

/// A head, and a body as it arrives.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    fields: Vec<(&'a str, &'a str)>,
    /// The Content-Length; `None` for chunked coding.
    pub(crate) length: Option<u64>,
    body: &'a [u8],
    pub(crate) end: BodyEnd,
    /// How the body arrives.
    pieces: Vec<&'a [u8]>,
}

/// A PUT with this Content-Range, and a body of known length.
pub(crate) fn put<'a>(content_range: &'a str, body: &'a [u8]) -> Request<'a> {
    put_whole(body).field("Content-Range", content_range)
}

/// A PUT without a Content-Range.
pub(crate) fn put_whole(body: &[u8]) -> Request<'_> {
    Request {
        method: "PUT",
        fields: Vec::new(),
        length: Some(body.len() as u64),
        body,
        end: BodyEnd::Clean,
        pieces: if body.is_empty() { vec![] } else { vec![body] },
    }
}

/// A PUT with this Content-Range and no body.
pub(crate) fn status(content_range: &str) -> Request<'_> {
    put(content_range, b"")
}

pub(crate) fn delete() -> Request<'static> {
    put_whole(b"").method("DELETE")
}

impl<'a> Request<'a> {
    pub(crate) fn method(self, method: &'a str) -> Self {
        Self { method, ..self }
    }

    pub(crate) fn field(mut self, name: &'a str, value: &'a str) -> Self {
        self.fields.push((name, value));
        self
    }

    /// With chunked coding: only the end of the body tells its length.
    pub(crate) fn chunked(self) -> Self {
        Self { length: None, ..self }
    }

    /// With this Content-Length, whatever the body is.
    pub(crate) fn length(self, length: u64) -> Self {
        Self { length: Some(length), ..self }
    }

    /// The connection is lost after the bytes of the body.
    pub(crate) fn cut(self) -> Self {
        Self { end: BodyEnd::Cut, ..self }
    }

    /// The body arrives in pieces of so many bytes.
    pub(crate) fn in_pieces_of(self, piece: usize) -> Self {
        Self { pieces: self.body.chunks(piece).collect(), ..self }
    }

    /// The body arrives in three pieces, of which some may be empty.
    pub(crate) fn split_at(self, first: usize, second: usize) -> Self {
        let body = self.body;
        Self { pieces: vec![&body[..first], &body[first..second], &body[second..]], ..self }
    }

    pub(crate) fn headers(&self) -> Vec<httparse::Header<'a>> {
        let fields = self.fields.iter().copied();
        let header = |(name, value): (&'a str, &'a str)| httparse::Header { name, value: value.as_bytes() };
        fields.map(header).collect()
    }

    pub(crate) fn into_pieces(self) -> VecDeque<Vec<u8>> {
        self.pieces.into_iter().map(<[u8]>::to_vec).collect()
    }
}
