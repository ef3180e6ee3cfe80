//! The first dialect: Google's resumable uploads, 308 Resume Incomplete.

pub mod content_range;
mod digits;
mod error;
pub mod range;
pub mod retry_after;
mod text;

pub use text::Text;
