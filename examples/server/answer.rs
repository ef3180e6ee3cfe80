//! Answers: the dialect's, and the host's own.

use std::fs::File;

use resumable::google::Reply;
use serde_json::Value;

use super::connection::ReadError;
use super::routes::RouteError;
use super::upload::Hangup;

/// An answer. Its fields say how long its body is.
pub struct Answer {
    pub status: u16,
    /// The dialect's, whose fields come first.
    pub reply: Option<Reply>,
    /// The host's own.
    pub fields: Vec<(&'static str, Vec<u8>)>,
    pub body: Content,
}

pub enum Content {
    Bytes(Vec<u8>),
    File(File, u64),
}

impl Answer {
    pub fn new(status: u16, content_type: &str, body: Content) -> Self {
        let length = match &body {
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::File(_, length) => *length,
        };
        let answer = Self { status, reply: None, fields: Vec::new(), body };
        answer.with("Content-Type", content_type).with("Content-Length", &length.to_string())
    }

    /// Nothing but a status that has no body.
    pub fn empty(status: u16) -> Self {
        Self { status, reply: None, fields: Vec::new(), body: Content::Bytes(Vec::new()) }
    }

    /// One line of text.
    pub fn text(status: u16, text: &impl ToString) -> Self {
        let body = Content::Bytes(text.to_string().into());
        Self::new(status, "text/plain; charset=utf-8", body)
    }

    pub fn json(status: u16, json: &Value) -> Self {
        let body = Content::Bytes(json.to_string().into());
        Self::new(status, "application/json; charset=UTF-8", body)
    }

    /// A reply as it is.
    pub fn reply(reply: &Reply) -> Self {
        let text = reply.text.map(|text| text.to_string());
        Self {
            status: reply.status,
            reply: Some(*reply),
            fields: Vec::new(),
            body: Content::Bytes(text.unwrap_or_default().into()),
        }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    pub fn with_all(self, fields: &[(&'static str, String)]) -> Self {
        fields.iter().fold(self, |answer, (name, value)| answer.with(name, value))
    }
}

/// Why a request gets no answer from where it was sent.
pub enum Failure {
    /// Answer this instead.
    Answer(Answer),
    /// Answer nothing, close the connection.
    Hangup,
}

impl Failure {
    /// A request that cannot be understood.
    pub fn bad(error: &impl ToString) -> Self {
        Answer::text(400, error).into()
    }
}

impl From<Answer> for Failure {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

impl From<RouteError> for Failure {
    fn from(error: RouteError) -> Self {
        let answer = Answer::text(error.status(), &error);
        Self::Answer(match error {
            RouteError::Method { allow } => answer.with("Allow", allow),
            _ => answer,
        })
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match &error {
            ReadError::Io(_) => Self::Hangup,
            ReadError::Head(error) => Answer::text(error.status(), error).into(),
            ReadError::Body(error) => Answer::text(error.status(), error).into(),
            ReadError::Content(_) => Self::bad(&error),
            ReadError::Idle => Answer::text(408, &error).into(),
        }
    }
}

impl From<Hangup> for Failure {
    fn from(hangup: Hangup) -> Self {
        match hangup {
            Hangup::Cut(error) | Hangup::Dropped(error) => error.into(),
            _ => Self::Hangup,
        }
    }
}
