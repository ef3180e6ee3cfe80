//! The bridge to the `http` crate: the same requests and answers in its types as on the wire.
#![cfg(feature = "http")]

#[path = "http_bridge/answers.rs"]
mod answers;
#[path = "http_bridge/requests.rs"]
mod requests;
