//! The bytes that are uploaded: each depends on all of its offset, so that a byte in a wrong place is seen.

use std::ops::Range;
use std::sync::OnceLock;

/// The longest object of any test, in bytes.
pub(crate) const LONGEST: usize = 3 * 1024 * 1024 + 7;

/// The object that the tests upload, or as much of it as they need.
pub(crate) fn object() -> &'static [u8] {
    static OBJECT: OnceLock<Vec<u8>> = OnceLock::new();
    OBJECT.get_or_init(|| (0..LONGEST as u64).map(byte_at).collect())
}

/// Another object, of which no byte must ever be mixed into the first.
pub(crate) fn other_object() -> &'static [u8] {
    static OTHER: OnceLock<Vec<u8>> = OnceLock::new();
    OTHER.get_or_init(|| object().iter().map(|byte| !byte).collect())
}

/// The bytes of an object in `range`.
pub(crate) fn slice<'o>(object: &'o [u8], range: &Range<u64>) -> Result<&'o [u8], String> {
    let start = usize::try_from(range.start).map_err(|error| error.to_string())?;
    let end = usize::try_from(range.end).map_err(|error| error.to_string())?;
    let bytes = object.get(start..end);
    bytes.ok_or_else(|| format!("expected a range within {LONGEST} bytes, got {range:?}"))
}

/// Every bit of the offset has its say, so that no two stretches are alike.
fn byte_at(offset: u64) -> u8 {
    let factor = 0x9e37_79b9_7f4a_7c15;
    let mut product = offset.wrapping_add(1).wrapping_mul(factor);
    product ^= product >> 29;
    product.wrapping_mul(factor).to_be_bytes()[0]
}
