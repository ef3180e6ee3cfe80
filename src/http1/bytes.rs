//! Which bytes may stand where. Each set has one definition, for reading and for writing.

use crate::name::lanes;

/// `tchar` (RFC 9110, section 5.6.2): what methods and field names are made of.
pub(super) fn is_token_byte(byte: u8) -> bool {
    TOKEN.has(byte)
}

/// A byte of a field value (RFC 9110, section 5.5): visible, a space, a tab, or above ASCII; no other control.
pub(super) const fn is_value_byte(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~' | 0x80..)
}

/// Whether `text` is a token: at least one byte, and only those of [`is_token_byte`].
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && all(text.as_bytes(), is_token_byte)
}

/// Whether `text` can be a request target (RFC 9112, section 3.2): visible ASCII. Which of these a URI may hold is the
/// host's question; what ends the target or the line is ours.
pub(super) fn is_target(text: &str) -> bool {
    !text.is_empty() && all(text.as_bytes(), |byte| byte.is_ascii_graphic())
}

/// Whether `text` is made of the bytes of `uri-host [ ":" port ]` (RFC 3986, section 3.2), which is what a Host field
/// holds.
pub(super) fn is_host(text: &[u8]) -> bool {
    all(text, |byte| HOST.has(byte))
}

/// Whether `text` is the value of a field: only bytes of [`is_value_byte`]. Nearly all have no control byte, which is known in a
/// few instructions for eight bytes.
pub(super) fn is_value(text: &[u8]) -> bool {
    all_words(text, has_no_control) || all(text, is_value_byte)
}

/// Whether there is no control byte; a tab counts as one here.
#[inline]
const fn has_no_control(word: u64) -> bool {
    // The lowest lane that holds less than is subtracted goes below zero. What it borrows may make those above it look as
    // if they did, too.
    let controls = word.wrapping_sub(lanes(b' ')) & !word;
    let others = word ^ lanes(0x7f);
    let deletes = others.wrapping_sub(lanes(1)) & !others;
    (controls | deletes) & lanes(0x80) == 0
}

/// Whether that is so of all words. Some bytes are in two of them; of less than four bytes it is not known.
#[inline]
fn all_words(text: &[u8], is: impl Fn(u64) -> bool) -> bool {
    if let Some(last) = text.last_chunk() {
        return text.as_chunks().0.iter().all(|word| is(u64::from_le_bytes(*word))) && is(u64::from_le_bytes(*last));
    }
    match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) => {
            is(u64::from(u32::from_le_bytes(*first)) | (u64::from(u32::from_le_bytes(*last)) << 32))
        }
        _ => false,
    }
}

/// It goes on after the first byte that is not, so that many can be compared at once.
#[inline]
fn all(text: &[u8], is: impl Fn(u8) -> bool) -> bool {
    text.iter().fold(true, |all, byte| all & is(*byte))
}

const TOKEN: &Set = &Set::alphanumeric_and(b"!#$%&'*+-.^_`|~");
const HOST: &Set = &Set::alphanumeric_and(b"-._~%!$&'()*+,;=:[]");

/// A set of bytes, as a table: one that has so many members is slow to compare with.
struct Set([bool; 256]);

impl Set {
    const fn alphanumeric_and(others: &[u8]) -> Self {
        let mut set = [false; 256];
        let mut rest: &mut [bool] = &mut set;
        let mut byte = 0_u8;
        while let Some((first, after)) = rest.split_first_mut() {
            *first = byte.is_ascii_alphanumeric() || contains(others, byte);
            rest = after;
            byte = byte.wrapping_add(1);
        }
        Self(set)
    }

    #[inline]
    fn has(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte)).copied().unwrap_or(false)
    }
}

const fn contains(set: &[u8], byte: u8) -> bool {
    let mut rest = set;
    while let [first, after @ ..] = rest {
        if *first == byte {
            return true;
        }
        rest = after;
    }
    false
}
