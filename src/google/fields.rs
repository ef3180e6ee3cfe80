//! A head's fields on their way out.

use super::Text;

/// The most that any head of this dialect has.
const MOST: usize = 5;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FieldList<'a> {
    fields: [Option<(&'static str, Value<'a>)>; MOST],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Value<'a> {
    Borrowed(&'a str),
    Text(Text),
}

impl<'a> FieldList<'a> {
    pub(super) const fn new() -> Self {
        Self { fields: [None; MOST] }
    }

    pub(super) fn text(&mut self, name: &'static str, value: Text) {
        self.push(name, Value::Text(value));
    }

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
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        self.fields.iter().flatten().map(|(name, value)| match value {
            Value::Borrowed(value) => (*name, value.as_bytes()),
            Value::Text(text) => (*name, text.as_bytes()),
        })
    }
}
