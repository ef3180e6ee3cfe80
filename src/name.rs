//! Whether two names are the same without regard to case (RFC 9110, section 5.1), eight bytes at a time.

/// Whether both are made of the same bytes, but that letters of ASCII may differ in their case.
#[inline]
pub(crate) fn is_same(name: &[u8], other: &[u8]) -> bool {
    name.len() == other.len() && is_same_of_equal_length(name, other)
}

#[inline]
fn is_same_of_equal_length(name: &[u8], other: &[u8]) -> bool {
    if let (Some(last), Some(other_last)) = (name.last_chunk(), other.last_chunk()) {
        // The last word covers what the whole ones leave, and some of them once more.
        let mut words = name.as_chunks().0.iter().zip(other.as_chunks().0);
        let is_same = |word, other| is_same_word(u64::from_le_bytes(word), u64::from_le_bytes(other));
        return words.all(|(word, other)| is_same(*word, *other)) && is_same(*last, *other_last);
    }
    name.iter().zip(other).all(|(byte, other)| byte.eq_ignore_ascii_case(other))
}

/// Each byte has a lane of its own, and no lane carries over into the next one.
#[inline]
const fn is_same_word(word: u64, other: u64) -> bool {
    let difference = word ^ other;
    difference == 0 || difference & !CASE == 0 && (difference << 2) & !letters(word) == 0
}

/// The bit of each letter that says its case.
const CASE: u64 = lanes(0x20);

/// The highest bit of each lane that holds a letter.
#[inline]
const fn letters(word: u64) -> u64 {
    let lower = (word | CASE) & lanes(0x7f);
    // No sum is above 0xff: a lane holds at most 0x7f.
    let from_a = lower.wrapping_add(lanes(0x80 - b'a'));
    let after_z = lower.wrapping_add(lanes(0x7f - b'z'));
    from_a & !after_z & !word & lanes(0x80)
}

/// The same byte in each lane.
pub(crate) const fn lanes(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_case_of_letters_makes_no_difference() {
        // Each byte against those that are nearly it, in each place of words of every length.
        for len in 1..=19 {
            for at in 0..len {
                for byte in 0..=u8::MAX {
                    for other in [byte, byte ^ 0x20, byte.wrapping_add(1), byte ^ 0x80, byte ^ 0xa0, byte ^ 0x60] {
                        let [mut name, mut otherwise] = [[0; 19], [0; 19]];
                        for (at, (name, otherwise)) in (b'C'..).zip(name.iter_mut().zip(&mut otherwise)) {
                            (*name, *otherwise) = (at, at ^ 0x20);
                        }
                        (name[at], otherwise[at]) = (byte, other);
                        let (name, otherwise) = (&name[..len], &otherwise[..len]);
                        assert_eq!(
                            is_same(name, otherwise),
                            name.eq_ignore_ascii_case(otherwise),
                            "{name:?} {otherwise:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn names_of_other_lengths_differ() {
        assert!(is_same(b"", b""));
        assert!(!is_same(b"Content-Range", b"Content-Rang"));
        assert!(!is_same(b"Content-Range", b"Content-Range "));
    }
}
