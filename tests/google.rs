//! The server's half of the dialect: what a head asks for, what an outcome looks like on the wire, and creations.

#[path = "google/creation.rs"]
mod creation;
#[path = "google/replies.rs"]
mod replies;
#[path = "google/requests.rs"]
mod requests;

use httparse::Header;

/// A head of these fields.
fn head<'a>(fields: &[(&'a str, &'a str)]) -> Vec<Header<'a>> {
    let header = |&(name, value): &(&'a str, &'a str)| Header { name, value: value.as_bytes() };
    fields.iter().map(header).collect()
}
