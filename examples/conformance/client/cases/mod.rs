//! The table, by topic.

mod early;
mod floods;
mod interim;
mod lost;
mod malformed;
mod offsets;
mod ranges;
mod redirects;
mod retry_after;
mod sessions;
mod silence;
mod statuses;
mod undisturbed;

use super::Program;
use crate::kit::case::Case;

/// Every case for clients.
pub fn table() -> Vec<Case<Program>> {
    [
        undisturbed::cases(),
        ranges::cases(),
        offsets::cases(),
        lost::cases(),
        statuses::cases(),
        retry_after::cases(),
        interim::cases(),
        early::cases(),
        redirects::cases(),
        sessions::cases(),
        malformed::cases(),
        silence::cases(),
        floods::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
