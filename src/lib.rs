//! HTTP resumable uploads as pure state machines: server and client, no I/O.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(any(feature = "http", test))]
extern crate std;

pub mod fields;
pub mod google;
pub mod http1;
