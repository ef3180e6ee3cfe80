//! Which bytes may stand where. Each set has one definition, for reading and for writing.

/// `tchar` (RFC 9110, section 5.6.2): what methods and field names are made of.
pub(super) const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}

/// A byte of a field value (RFC 9110, section 5.5): visible, a space, a tab, or above ASCII; no other control.
pub(super) const fn is_value_byte(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~' | 0x80..)
}

/// A byte of a request target (RFC 9112, section 3.2): visible ASCII. Which of these a URI may hold is the host's
/// question; what ends the target or the line is ours.
pub(super) const fn is_target_byte(byte: u8) -> bool {
    byte.is_ascii_graphic()
}

/// A byte of `uri-host [ ":" port ]` (RFC 3986, section 3.2), which is what a Host field holds.
pub(super) const fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'%'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b':'
                | b'['
                | b']'
        )
}

/// Whether `text` is a token: at least one byte, and only those of [`is_token_byte`].
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}
