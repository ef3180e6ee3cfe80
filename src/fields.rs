//! Looking up header fields, whatever type a host keeps them in.

use crate::name::is_same;

/// What a head holds under one field name.
///
/// ```
/// use resumable::fields::{Field, Fields};
///
/// let headers = [
///     httparse::Header { name: "Range", value: b"bytes=0-42" },
///     httparse::Header { name: "Age", value: b"1" },
///     httparse::Header { name: "age", value: b"1" },
/// ];
/// assert_eq!(headers[..].field("range"), Field::One(b"bytes=0-42"));
/// assert_eq!(headers[..].field("age"), Field::Repeated);
/// assert_eq!(headers[..].field("date"), Field::Absent);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field<'a> {
    /// There is no field of that name.
    Absent,
    /// There is exactly one, with this value (without the white space around it).
    One(&'a [u8]),
    /// There is more than one, even if their values are the same.
    ///
    /// The fields that this crate reads are singletons; guessing which of two counts is how requests are smuggled.
    Repeated,
}

impl<'a> Field<'a> {
    /// Counts one more field of the name.
    pub(crate) fn add(&mut self, value: &'a [u8]) {
        *self = match self {
            Self::Absent => Self::One(value.trim_ascii()),
            Self::One(_) | Self::Repeated => Self::Repeated,
        };
    }

    /// The value, if there is exactly one.
    #[must_use]
    pub fn one(self) -> Option<&'a [u8]> {
        match self {
            Self::One(value) => Some(value),
            Self::Absent | Self::Repeated => None,
        }
    }
}

/// A head's fields, looked up by name without regard to case (RFC 9110, section 5.1).
///
/// Implemented for `[httparse::Header]` and, with the feature `http`, for `http::HeaderMap`; a host with a type of
/// its own implements the one method, with [`is_named`].
pub trait Fields {
    /// What the head holds under `name`, which is written in lower case by every caller in this crate.
    fn field(&self, name: &str) -> Field<'_>;
}

/// Whether `field`, the name of a field in a head, is `name`, without regard to case: for hosts that implement
/// [`Fields`] for a type of their own.
///
/// ```
/// use resumable::fields::is_named;
///
/// assert!(is_named(b"Content-Range", "content-range"));
/// assert!(!is_named(b"Content-Range", "content-length"));
/// ```
#[must_use]
#[inline]
pub fn is_named(field: &[u8], name: &str) -> bool {
    is_same(field, name.as_bytes())
}

impl<F: Fields + ?Sized> Fields for &F {
    fn field(&self, name: &str) -> Field<'_> {
        (**self).field(name)
    }
}

impl Fields for [httparse::Header<'_>] {
    fn field(&self, name: &str) -> Field<'_> {
        let mut found = Field::Absent;
        for header in self {
            if is_named(header.name.as_bytes(), name) {
                found.add(header.value);
            }
        }
        found
    }
}
