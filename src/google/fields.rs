//! A head's fields on their way out.

use core::fmt;

use super::text::Back;

/// The most that any head of this dialect has.
const MOST: usize = 5;

/// Enough for the longest `Content-Range` (68 bytes), the longest number (20), and the eight digits of which its first
/// ones are a part when they are written.
const ROOM: usize = 96;

/// Names and values of header fields, kept in place.
///
/// ```
/// use resumable::google::{self, CreationKind};
///
/// let fields = google::encode_creation(CreationKind::Json, Some(43), Some("image/png"));
/// let mut names = Vec::new();
/// for (name, value) in fields.iter() {
///     names.push(format!("{name}: {}", std::str::from_utf8(value)?));
/// }
/// assert_eq!(names, ["X-Upload-Content-Length: 43", "X-Upload-Content-Type: image/png"]);
/// # Ok::<(), std::str::Utf8Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FieldList<'a> {
    fields: [Option<(&'static str, Value<'a>)>; MOST],
    /// What was written, at the end, the last value first.
    text: [u8; ROOM],
    free: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Value<'a> {
    Borrowed(&'a str),
    /// Where in the text it starts and ends.
    Written(usize, usize),
}

impl<'a> FieldList<'a> {
    #[inline]
    pub(super) const fn new() -> Self {
        Self { fields: [None; MOST], text: [0; ROOM], free: ROOM }
    }

    /// A field whose value `write` writes, who writes its end first.
    #[inline]
    pub(super) fn write(&mut self, name: &'static str, write: impl FnOnce(&mut Back<'_>)) {
        let end = self.free;
        self.free = Back::put_into(self.text.get_mut(..end).unwrap_or_default(), write);
        self.push(name, Value::Written(self.free, end));
    }

    #[inline]
    pub(super) fn number(&mut self, name: &'static str, number: u64) {
        self.write(name, |back| back.put_number(number));
    }

    #[inline]
    pub(super) fn borrowed(&mut self, name: &'static str, value: &'a str) {
        self.push(name, Value::Borrowed(value));
    }

    #[inline]
    fn push(&mut self, name: &'static str, value: Value<'a>) {
        if let Some(free) = self.fields.iter_mut().find(|field| field.is_none()) {
            *free = Some((name, value));
        }
    }

    /// Each name and value, in the order in which they are to be written.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        self.fields.iter().flatten().map(|(name, value)| match *value {
            Value::Borrowed(value) => (*name, value.as_bytes()),
            Value::Written(start, end) => (*name, self.text.get(start..end).unwrap_or_default()),
        })
    }
}

impl fmt::Debug for FieldList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every value was a string, or is in ASCII.
        let texts = self.iter().map(|(name, value)| (name, core::str::from_utf8(value).unwrap_or_default()));
        f.debug_map().entries(texts).finish()
    }
}
