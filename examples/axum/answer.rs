//! Answers, and the connection that they go out on.

use std::io;
use std::net::{Shutdown, SocketAddr};
use std::os::fd::AsFd;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::connect_info::Connected;
use axum::http::header::{CONNECTION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::serve::IncomingStream;
use resumable::google::{self, Echo, Reply};
use resumable::server::{Answer, Outcome, Refusal};
use serde_json::Value;
use tokio::net::TcpListener;

use super::App;

/// The connection of a request, to be ended from where hyper does not let one: whoever was superseded is owed no
/// answer, and axum's handlers cannot but answer.
#[derive(Clone)]
pub struct Line {
    /// Where the client has connected to.
    pub local: Option<SocketAddr>,
    stream: Option<Arc<std::net::TcpStream>>,
}

impl Connected<IncomingStream<'_, TcpListener>> for Line {
    fn connect_info(incoming: IncomingStream<'_, TcpListener>) -> Self {
        // Else small answers wait for the acknowledgement of earlier ones. An error is a peer that is gone.
        let _ = incoming.io().set_nodelay(true);
        let stream = incoming.io().as_fd().try_clone_to_owned().ok();
        let stream = stream.map(|stream| Arc::new(std::net::TcpStream::from(stream)));
        Self { local: incoming.io().local_addr().ok(), stream }
    }
}

impl Line {
    /// Ends the connection. What is sent after this does not go out.
    pub fn shut(&self) {
        // An error means that it is gone already.
        let _ = self.stream.as_ref().map(|stream| stream.shutdown(Shutdown::Both));
    }
}

/// One line of text.
pub fn text(status: StatusCode, text: &impl ToString) -> Response {
    (status, text.to_string()).into_response()
}

pub fn json(status: StatusCode, json: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json; charset=UTF-8")], json.to_string()).into_response()
}

/// A reply as it is.
pub fn reply(reply: &Reply) -> Response {
    let text = reply.text.map(|text| text.to_string()).unwrap_or_default();
    resumable::http::response(reply).map(|()| Body::from(text))
}

/// The connection must not be used again: the rest of a body still stands in it.
pub fn last(mut response: Response) -> Response {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

impl App {
    /// The store has failed before there was a session to say so.
    pub fn broken(&self, error: &io::Error) -> Response {
        self.log(format_args!("! the store failed: {error}"));
        self.refuse(match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Refusal::StoreFull,
            _ => Refusal::Unavailable,
        })
    }

    pub fn refuse(&self, refusal: Refusal) -> Response {
        let outcome = Outcome { answer: Answer::Refused(refusal), body_read: false };
        reply(&google::encode_reply(&outcome, Echo::default(), &self.config.google))
    }
}
