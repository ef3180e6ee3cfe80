//! A small server in memory, shared by the tests that need a whole one: it does what a host does and nothing else.
//!
//! ```text
//!   bytes --> Connection (http1, google) --> Service (one process: its sessions) --> Disk (what survives a crash)
//! ```
#![allow(dead_code, reason = "each test crate uses a part of it")]

pub(crate) mod connection;
pub(crate) mod disk;
pub(crate) mod file;
pub(crate) mod flaw;
pub(crate) mod service;
pub(crate) mod serving;
pub(crate) mod source;
