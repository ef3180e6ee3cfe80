//! The bodies of the fuzz targets, as ordinary functions: tests on the stable compiler run them over the corpus too.
//!
//! Each is called `run`, takes the fuzzer's bytes, and panics if a promise is broken.

mod choices;
pub mod client;
pub mod headers;
pub mod http1_bodies;
pub mod http1_heads;
pub mod pair;
mod reference;
mod reference_http1;
pub mod server;
mod store;

/// The name of a target, which is that of its file in `fuzz_targets` and of its folder in `corpus`; and its body.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 6] = [
    ("client", client::run),
    ("headers", headers::run),
    ("http1_bodies", http1_bodies::run),
    ("http1_heads", http1_heads::run),
    ("pair", pair::run),
    ("server", server::run),
];
