//! The fields that say how a message is read, looked up in one pass over the head.

use httparse::Header;

use crate::fields::Field;
use crate::name::is_same;

/// What a head holds of the fields that are about the message and the connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct MessageFields<'b> {
    pub(super) host: Field<'b>,
    pub(super) content_length: Field<'b>,
    pub(super) transfer_encoding: Field<'b>,
    /// Whether a Connection holds `close`.
    pub(super) close: bool,
    /// Whether a Connection holds `keep-alive`.
    pub(super) keep_alive: bool,
    /// Whether an Expect holds `100-continue`.
    pub(super) expect_continue: bool,
}

impl<'b> MessageFields<'b> {
    pub(super) fn of(headers: &[Header<'b>]) -> Self {
        let mut fields = Self {
            host: Field::Absent,
            content_length: Field::Absent,
            transfer_encoding: Field::Absent,
            close: false,
            keep_alive: false,
            expect_continue: false,
        };
        for header in headers {
            let name = header.name.as_bytes();
            // The lengths differ, so one name at most has to be compared.
            match name.len() {
                4 if is_same(name, b"host") => fields.host.add(header.value),
                6 if is_same(name, b"expect") => {
                    fields.expect_continue |= has_token(header.value, b"100-continue");
                }
                10 if is_same(name, b"connection") => {
                    fields.close |= has_token(header.value, b"close");
                    fields.keep_alive |= has_token(header.value, b"keep-alive");
                }
                14 if is_same(name, b"content-length") => fields.content_length.add(header.value),
                17 if is_same(name, b"transfer-encoding") => {
                    fields.transfer_encoding.add(header.value);
                }
                _ => {}
            }
        }
        fields
    }
}

/// Whether a field that is a list, and may be repeated, holds `token` (RFC 9110, section 5.6.1).
fn has_token(list: &[u8], token: &[u8]) -> bool {
    let mut items = list.split(|byte| *byte == b',');
    is_same(list, token) || items.any(|item| is_same(item.trim_ascii(), token))
}
