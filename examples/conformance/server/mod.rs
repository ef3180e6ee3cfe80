//! The cases for servers.
//!
//! A case makes an [`Upload`] of so many units (a unit is the server's granularity, 1 byte if it has none), does things
//! to it, judges answers, and lets the upload [`finish`](Upload::finish) as an honest client would. On the way the
//! upload keeps account: an offset that falls, one beyond what was sent, a success before everything was sent, or an
//! object with other bytes is `WRONG`, whatever the case is about.

mod after_completion;
mod bodies;
mod cancel;
mod checksums;
mod content_range;
mod contention;
mod creation;
mod cuts;
mod ends;
mod fields;
mod finish;
mod framing;
mod http;
mod judge;
mod lost_answers;
mod numbers;
mod offsets;
mod request;
mod site;
mod smuggling;
mod totals;
mod upload;
mod zombies;

pub use request::{Framing, Request, chunks};
pub use site::{Kind, Site, Target};
pub use upload::{Upload, data};

use super::case::Case;

/// Every case.
pub fn table() -> Vec<Case<Site>> {
    [
        ends::cases(),
        content_range::cases(),
        numbers::cases(),
        bodies::cases(),
        offsets::cases(),
        totals::cases(),
        cuts::cases(),
        lost_answers::cases(),
        zombies::cases(),
        contention::cases(),
        after_completion::cases(),
        cancel::cases(),
        creation::cases(),
        checksums::cases(),
        fields::cases(),
        http::cases(),
        framing::cases(),
        smuggling::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
