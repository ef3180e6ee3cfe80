//! HTTP resumable uploads as pure state machines: one for the server's side of an upload, one for the client's.
//!
//! They take parsed requests and responses and say what to do next: "send bytes 43-1999999", "reply 308 Range
//! bytes=0-42". Any HTTP stack, on any runtime, can drive them.
//!
//! # What it is
//!
//! - The protocol that Google Cloud Storage, Drive, `YouTube` and Redivis speak ("308 Resume Incomplete"), as the
//!   first dialect on a core that knows nothing of HTTP.
//! - Two state machines, [`server::Session`] and [`client::Upload`]: plain data that can be cloned, compared and
//!   hashed, without heap memory, sockets, files, a clock, threads, a runtime, or `unsafe`.
//! - Strict readers and writers of `Content-Range`, `Range` and `Retry-After`, from bytes to bytes.
//! - A small HTTP/1.1 layer for hosts without one ([`http1`]), and a bridge to the `http` crate (`http`, a default
//!   feature).
//!
//! # What it is not
//!
//! It is no server and no client: routing, credentials, storage and sockets are the host's, and the `examples` folder
//! shows several hosts. It is not the tus protocol, nor the IETF draft, though the core is meant for their dialects
//! too. It compares no bytes: that the object is what the client meant, a checksum must tell, which the host compares
//! before it commits.
//!
//! # The picture
//!
//! Arrows of dependency point down only.
//!
//! ```text
//!  http1     bytes <-> heads and bodies                    for hosts without an HTTP stack
//!  http      the types of the http crate <-> ...           for hosts with one
//!    |
//!  google    head -> Intent, Outcome -> head               the dialect, and the client's mirror of it
//!    |
//!  server    Session: what one upload is, as its server sees it
//!  client    Upload:  what one upload is, as its client sees it
//!    |
//!  Received, Persisted, Epoch, Policy, Intent, Snapshot    shared words
//! ```
//!
//! # What it promises
//!
//! - **P1 No lie.** An offset leaves the process only after the store has confirmed it: only
//!   [`Persisted`] can be told, and nothing turns a [`Received`] into one.
//! - **P2 No loss.** That offset never decreases while the session lives.
//! - **P3 No mix.** One writer at a time. A newer append fences the older one; what the older one still does moves
//!   nothing.
//! - **P4 No half object.** An upload completes after a clean end of the body with every byte durable; the commit is
//!   asked for until it succeeds, and the success can be asked for again.
//! - **P5 Honest client.** It reports success only when the server has said so for the whole; it never skips a byte,
//!   never sends a byte under another offset, never asks its host for bytes below the acknowledged offset.
//! - **P6 Hostile peers.** No bytes of a peer can panic, overflow, allocate or loop the machines.
//!
//! # The server's loop
//!
//! A request becomes an [`Intent`], the session admits it with a [`server::Ticket`], and the host does what is due
//! until the request is over. [`server`] has a whole host in forty lines.
//!
//! ```
//! use resumable::google::{self, Options};
//! use resumable::server::{BodyEnd, Session, Step, StoreReply};
//! use resumable::{Persisted, Policy};
//!
//! let mut session = Session::new(Policy::default(), None)?;
//! let (mut file, mut body) = (Vec::<u8>::new(), [&b"hello "[..], b"world"].into_iter());
//!
//! let headers = [httparse::Header { name: "Content-Range", value: b"bytes 0-10/*" }];
//! let request = google::decode_request("PUT", &headers[..], Some(11), &Options::default())?;
//! let mut ticket = session.handle_request(request.intent);
//! let reply = loop {
//!     match session.step(&ticket)? {
//!         Step::Fence { .. } => session.handle_store(&mut ticket, StoreReply::Fenced(session.snapshot()))?,
//!         Step::ReadBody { .. } => match body.next() {
//!             Some(chunk) => file.extend(session.handle_body(&mut ticket, chunk)?.data),
//!             None => session.handle_body_end(&mut ticket, BodyEnd::Clean)?,
//!         },
//!         Step::Sync { to, .. } => {
//!             session.handle_store(&mut ticket, StoreReply::Synced(Persisted::confirmed(to.get())))?;
//!         }
//!         Step::Respond(outcome) => break google::encode_reply(&outcome, request.echo, &Options::default()),
//!         step => unreachable!("{step}"),
//!     }
//! };
//! assert_eq!(reply.to_string(), "308 bytes=0-10");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The client's loop
//!
//! The upload says what to send, the host sends it and says how it went. [`client`] has a whole client.
//!
//! ```
//! use resumable::client::{ClientPolicy, Length, Step, Upload, Verdict};
//! use resumable::google;
//!
//! let mut upload = Upload::new(Length::Known(2_000_000), ClientPolicy::default(), 7);
//! let mut ladder = Vec::new();
//! loop {
//!     match upload.step() {
//!         Step::Create { attempt, .. } => upload.handle_response(attempt, Verdict::Created)?,
//!         Step::Send { attempt, intent, body } => {
//!             ladder.push(google::encode_request(&intent)?.to_string());
//!             // The server keeps 43 bytes of the first request, and takes the rest.
//!             let range = [httparse::Header { name: "range", value: b"bytes=0-42" }];
//!             let verdict = if body.start == 0 {
//!                 google::decode_reply(308, &range[..])
//!             } else {
//!                 google::decode_reply(200, &range[..0])
//!             };
//!             upload.handle_response(attempt, verdict)?;
//!         }
//!         Step::Done { size } => break assert_eq!(size, 2_000_000),
//!         step => unreachable!("{step}"),
//!     }
//! }
//! assert_eq!(ladder, ["PUT bytes 0-1999999/2000000", "PUT bytes 43-1999999/2000000"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The rules
//!
//! Each has its tag where it is kept, once in each file that this table names, and in at least one test. `P` is what is persisted,
//! `T` the total, `A` what is acknowledged, `S` what was sent.
//!
//! | tag | rule | where in `src` |
//! |---|---|---|
//! | R01 | the grammar of `Content-Range`: digits only, one space, nothing after | `google/content_range.rs` |
//! | R02 | first <= last < total; a last of `u64::MAX` is refused | `google/content_range.rs` |
//! | R03 | malformed or given twice: 400, nothing is read, no epoch is taken | `google/request.rs` |
//! | R04 | leniency is off unless asked for, one option each | `google/content_range.rs`, `http1/framing.rs` |
//! | R05 | what each form means | `google/request.rs` |
//! | R06 | body and range must agree: told by the length before, counted when chunked | `server/admit.rs`, `server/body.rs` |
//! | R07 | PUT and POST are the same; else DELETE, else 405 | `google/request.rs` |
//! | R08 | a status request with a body: 400 | `server/admit.rs` |
//! | R10 | a status request changes nothing, except that `*/T` with `T == P` closes | `server/admit.rs` |
//! | R11 | a total is declared once, and is not below `P` | `server/admit.rs` |
//! | R12 | a gap is refused unread | `server/admit.rs` |
//! | R13 | bytes already persisted are skipped, never rewritten | `server/body.rs` |
//! | R14 | a request that is not the last publishes whole grains | `server/body.rs` |
//! | R15 | a cut body publishes what arrived and never completes | `server/body.rs` |
//! | R16 | above `max_size`: 413 | `server/admit.rs` |
//! | R20 | 308 carries `Range: bytes=0-(P-1)`, none when `P` is 0, and `Content-Length: 0` | `google/reply.rs` |
//! | R21 | `X-GUploader-No-308: yes` turns it into a 200 that says so | `google/reply.rs` |
//! | R22 | after completion the success again | `server/admit.rs` |
//! | R23 | cancelled: 499 (or 204); expired: 404; dead: 410 | `server/admit.rs` |
//! | R24 | while committing: 503; a commit lost in a crash is asked for again | `server/admit.rs` |
//! | R25 | a newer append evicts the older one at once | `server/state.rs` |
//! | R26 | a chunk with a Content-Encoding: 415, unless the host decodes it | `google/request.rs` |
//! | R40 | a 308 has one range from zero, or none | `google/reply.rs` |
//! | R41 | `A <= P <= S`: go on from `P`; above: fail; below: fail, or once again | `client/state.rs` |
//! | R42 | no answer, 408, 429, 5xx: wait, ask, go on | `client/state.rs`, `google/reply.rs` |
//! | R43 | 404, 410: a new session if that is possible; other 4xx: fail | `client/state.rs`, `google/reply.rs` |
//! | R44 | success counts after everything was sent; a 308 with everything is closed | `client/state.rs` |
//! | R45 | 200 with an override is a 308 | `google/reply.rs` |
//! | R46 | unknown length: whole chunks, then `a-b/T` or `*/T`; never an inverted range | `client/state.rs` |
//! | R47 | full jitter, `Retry-After` is a floor, limits since the last progress | `client/retry.rs` |
//! | R48 | no request twice without progress or a wait between | `client/state.rs` |
//! | R49 | a cancel is answered by whatever says that the session is no more | `client/state.rs` |
//!
//! # Errors
//!
//! Three families, by who is to blame: [`ServerError`], [`client::ClientError`], [`SnapshotError`] and
//! [`client::ChunkSizeError`] for a host that called wrongly; [`google::RequestError`], [`google::CreationError`],
//! the errors of the codecs and of [`http1`], [`client::Violation`] and [`client::Failure`] for a peer that broke the
//! protocol or failed; [`server::Refusal`] for a proper refusal. A call that returns an error has changed nothing.
//! Nothing panics.
//!
//! # Features
//!
//! - `http` (default): the bridge to the `http` crate. Without it the crate is `no_std` and does not use `alloc`.
//! - `serde`: `Serialize` and `Deserialize` for [`Snapshot`], [`ClientSnapshot`], [`Saved`] and [`Epoch`].
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable,
        clippy::unwrap_used,
        reason = "no bytes of a peer may panic"
    )
)]

#[cfg(test)]
extern crate std;

pub mod client;
mod digits;
pub mod epoch;
mod error;
pub mod fields;
pub mod google;
#[cfg(feature = "http")]
pub mod http;
pub mod http1;
mod intent;
mod name;
mod offset;
mod policy;
pub mod server;
mod snapshot;

pub use epoch::Epoch;
pub use error::{ServerError, Superseded};
pub use intent::{Append, Extent, Intent, Status};
pub use offset::{Persisted, Received};
pub use policy::{Completes, Contention, OnCut, Overlap, Policy};
pub use snapshot::{ClientSnapshot, Saved, Snapshot, SnapshotError};

/// The README's programs are compiled and run with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
