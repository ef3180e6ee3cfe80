//! The cases for servers.
//!
//! A case makes an [`Upload`] of so many units (a unit is the server's granularity, 1 byte if it has none), does things
//! to it, judges answers, and lets the upload [`finish`](Upload::finish) as an honest client would. On the way the
//! upload keeps account: an offset that falls, one beyond what was sent, a success before everything was sent, or an
//! object with other bytes is `WRONG`, whatever the case is about.

mod content_range;
mod request;
mod site;
mod upload;

pub use request::Request;
pub use site::{Kind, Site, Target};
pub use upload::{Upload, data};

use super::case::Case;

/// Every case.
pub fn table() -> Vec<Case<Site>> {
    [content_range::cases()].into_iter().flatten().collect()
}
