//! The first dialect: Google's resumable uploads, "308 Resume Incomplete".
//!
//! Cloud Storage (both of its interfaces), Drive, `YouTube` and Redivis speak it, with as many clients as languages. An
//! upload is a resource of its own, the session; `PUT` adds bytes to it, `Content-Range` says which, and the `Range`
//! of the answer says how many are durable.
//!
//! A dialect holds no state and compares no offsets. For each side it is two functions:
//!
//! | | server | client |
//! |---|---|---|
//! | a request | [`decode_request`]: head to [`Intent`](crate::Intent) | [`encode_request`]: [`Intent`](crate::Intent) to head |
//! | its reply | [`encode_reply`]: [`Outcome`](crate::server::Outcome) to head | [`decode_reply`]: head to [`Verdict`](crate::client::Verdict) |
//! | a creation | [`decode_creation`], [`Creation::status`] | [`encode_creation`], [`decode_creation_reply`] |
//!
//! and one file for each header.
//!
//! # Examples
//!
//! The exchange that the protocol is known by, a status request and its answer:
//!
//! ```
//! use resumable::google::{self, Options};
//! use resumable::server::{Session, Step};
//! use resumable::{Policy, Saved, Snapshot, Epoch};
//!
//! let record = Snapshot { epoch: Epoch::NONE, persisted: 43, total: None, state: Saved::Open };
//! let mut session = Session::restore(Policy::gcs(), record)?;
//!
//! let headers = [httparse::Header { name: "Content-Range", value: b"bytes */*" }];
//! let request = google::decode_request("PUT", &headers[..], Some(0), &Options::default())?;
//! let ticket = session.handle_request(request.intent);
//! let Step::Respond(outcome) = session.step(&ticket)? else { unreachable!() };
//! let reply = google::encode_reply(&outcome, request.echo, &Options::default());
//! assert_eq!(reply.to_string(), "308 bytes=0-42");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod content_range;
mod create;
mod error;
mod fields;
mod options;
pub mod range;
mod reply;
mod request;
pub mod retry_after;
mod text;

pub use create::{Creation, CreationError, CreationKind, decode_creation, decode_creation_reply, encode_creation};
pub use fields::FieldList;
pub use options::{CancelStatus, GRANULARITY, GapStatus, Options};
pub use reply::{Reply, ReplyText, decode_reply, encode_reply};
pub use request::{Echo, Request, RequestError, RequestHead, Unencodable, decode_request, encode_request};
pub use text::Text;
