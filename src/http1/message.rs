//! The fields that say how a message is read, looked up in one pass over the head.

use httparse::Header;

use crate::fields::Field;

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
            // The lengths differ, so one name at most has to be compared.
            match header.name.len() {
                4 if header.name.eq_ignore_ascii_case("host") => fields.host.add(header.value),
                6 if header.name.eq_ignore_ascii_case("expect") => {
                    fields.expect_continue |= has_token(header.value, b"100-continue");
                }
                10 if header.name.eq_ignore_ascii_case("connection") => {
                    fields.close |= has_token(header.value, b"close");
                    fields.keep_alive |= has_token(header.value, b"keep-alive");
                }
                14 if header.name.eq_ignore_ascii_case("content-length") => fields.content_length.add(header.value),
                17 if header.name.eq_ignore_ascii_case("transfer-encoding") => {
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
    list.split(|byte| *byte == b',').any(|item| item.trim_ascii().eq_ignore_ascii_case(token))
}
