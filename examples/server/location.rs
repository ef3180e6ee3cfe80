//! The address under which a client finds what it has created.

use std::str::FromStr;

use resumable::fields::Fields;

use super::connection::{Connection, Head};

/// What stands before the path of an address: scheme, host and port, perhaps the start of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected http://HOST or https://HOST, perhaps with a port and a path, got {0:?}")]
pub struct BaseUrlError(String);

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")).unwrap_or_default();
        let is_plain = rest.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'@'));
        if rest.is_empty() || rest.starts_with(['/', ':']) || !is_plain {
            return Err(BaseUrlError(text.to_owned()));
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

/// The base of an address: what is given, else what the client asked, else where it has connected to.
pub fn base(given: Option<&BaseUrl>, head: &Head, connection: &Connection) -> String {
    if let Some(BaseUrl(given)) = given {
        return given.clone();
    }
    let local = connection.local_addr();
    let host = head.field("host").one().unwrap_or_default();
    let host = String::from_utf8_lossy(host);
    // Google's Rust SDK leaves out the port even where it is not 80, and its next request would go astray.
    let is_usable = !host.is_empty() && (has_port(&host) || local.port() == 80);
    if is_usable { format!("http://{host}") } else { format!("http://{local}") }
}

fn has_port(host: &str) -> bool {
    // The colons of an IPv6 address stand in brackets.
    host.rsplit_once(':').is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}
