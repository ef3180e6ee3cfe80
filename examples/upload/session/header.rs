//! Fields of the user's own, credentials above all.

use std::fmt;

/// What this program writes itself, or what would change where a request ends, what it means, or how it is answered.
const RESERVED: [&str; 24] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-md5",
    "content-range",
    "content-type",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-goog-hash",
    "x-goog-resumable",
    "x-guploader-no-308",
    "x-http-method-override",
    "x-http-status-code-override",
    "x-upload-content-length",
    "x-upload-content-type",
];

/// One field that goes with every request. `Debug` does not show its value.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    name: String,
    value: String,
}

/// A text that is no field, or none that may be added. Its value is not shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// There is no colon.
    #[error("expected a header as 'Name: value', got a text without a colon")]
    Form,
    /// The name is no token.
    #[error("expected a token as the name of a header, got another byte in it, or nothing")]
    Name,
    /// The value has something in it that could end the field.
    #[error("expected visible ascii, spaces and tabs as the value of the header {name}, got another byte, or nothing")]
    Value {
        /// The field's name.
        name: String,
    },
    /// The field is not the user's.
    #[error("expected a header that does not belong to the protocol, got {name}")]
    Reserved {
        /// The field's name.
        name: String,
    },
}

impl Header {
    /// Reads `Name: value`.
    pub fn parse(text: &str) -> Result<Self, HeaderError> {
        let (name, value) = text.split_once(':').ok_or(HeaderError::Form)?;
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(HeaderError::Name);
        }
        let (name, value) = (name.to_owned(), value.trim_matches([' ', '\t']).to_owned());
        if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(HeaderError::Reserved { name });
        }
        if value.is_empty() || !value.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t')) {
            return Err(HeaderError::Value { name });
        }
        Ok(Self { name, value })
    }

    /// Its name and value, to be sent.
    pub fn field(&self) -> (&str, &[u8]) {
        (&self.name, self.value.as_bytes())
    }

    /// `text` without this secret, should a server have put it, or a word of it, there.
    ///
    /// What is shorter than 10 bytes is a word, not a secret.
    pub fn redact(&self, text: &str) -> String {
        let words = self.value.split_whitespace().filter(|word| word.len() >= 10);
        words.fold(text.replace(&self.value, "***"), |text, word| text.replace(word, "***"))
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ***", self.name)
    }
}
