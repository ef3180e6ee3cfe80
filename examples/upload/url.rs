//! A small `http://` URL that does not show its secrets.

use std::fmt::{self, Write as _};

/// An absolute `http://` URL.
///
/// Whoever has the URL of a session may write to it, and a signed creation URL is as good as a password. Such secrets
/// stand in the last segment of the path and in the values of the query, so `Display` and `Debug` leave these out.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    /// Without the brackets of an IPv6 address, in lower case.
    host: String,
    port: u16,
    /// As it was written, for the Host field.
    authority: String,
    /// Path and query.
    target: String,
}

/// Why a text is no URL that this program takes. The text itself is not shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// There is no TLS here.
    #[error("expected a URL with http://, got https, which is not supported")]
    Https,
    /// It is relative, or something else.
    #[error("expected a URL that starts with http://, got another text")]
    Scheme,
    /// There is `user:password@`.
    #[error("expected a URL without a user and password, got one with them")]
    UserInfo,
    /// The host or the port is malformed.
    #[error("expected a host and perhaps a port after http://, got something else")]
    Host,
    /// There are bytes in it that have to be percent-encoded.
    #[error("expected a URL of visible ascii, got another byte")]
    Bytes,
    /// The session is not where it was asked for.
    #[error("expected a session at {expected}, got one at {got}, which is not trusted")]
    OtherHost {
        /// The host and port of the creation.
        expected: String,
        /// The host and port of the session.
        got: String,
    },
}

impl Url {
    /// Reads an absolute URL. A fragment is dropped: it never goes to the server.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let after = |scheme: &str| {
            let (start, rest) = text.split_at_checked(scheme.len())?;
            start.eq_ignore_ascii_case(scheme).then_some(rest)
        };
        if after("https://").is_some() {
            return Err(UrlError::Https);
        }
        let rest = after("http://").ok_or(UrlError::Scheme)?;
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        if !rest.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(UrlError::Bytes);
        }
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (host, port) = split_authority(authority)?;
        let slash = if target.starts_with('/') { "" } else { "/" };
        Ok(Self {
            host: host.to_ascii_lowercase(),
            port,
            authority: authority.to_owned(),
            target: format!("{slash}{target}"),
        })
    }

    /// The URL of a new session, from the `Location` of the reply to the request to this URL.
    ///
    /// It may be absolute, without a scheme, or only a path. It has to be on the same host and port: a client that goes
    /// where it is sent hands bytes and credentials to whoever can forge one field.
    pub fn resolve(&self, location: &[u8]) -> Result<Self, UrlError> {
        let location = str::from_utf8(location).map_err(|_| UrlError::Bytes)?;
        let resolved = if location.starts_with("//") {
            Self::parse(&format!("http:{location}"))?
        } else if location.starts_with('/') {
            Self::parse(&format!("http://{}{location}", self.authority))?
        } else {
            Self::parse(location)?
        };
        if (&resolved.host, resolved.port) == (&self.host, self.port) {
            Ok(resolved)
        } else {
            Err(UrlError::OtherHost {
                expected: self.authority.clone(),
                got: resolved.authority,
            })
        }
    }

    /// The same URL with one more parameter in its query.
    #[must_use]
    pub fn with_query(&self, name: &str, value: &str) -> Self {
        let mut url = self.clone();
        url.target
            .push(if url.target.contains('?') { '&' } else { '?' });
        url.target.push_str(name);
        url.target.push('=');
        for byte in value.bytes() {
            // The characters that need no encoding anywhere (RFC 3986, section 2.3).
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                url.target.push(char::from(byte));
            } else {
                // Writing to a `String` cannot fail.
                let _ = write!(url.target, "%{byte:02X}");
            }
        }
        url
    }

    /// Whether there is a parameter of that name in the query.
    #[must_use]
    pub fn has_query(&self, name: &str) -> bool {
        let names = self.query().split('&').map(|pair| pair.split('=').next());
        names.flatten().any(|found| found == name)
    }

    /// The host and port to connect to.
    #[must_use]
    pub fn address(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// The host and port as they were written: the value of the Host field. No secret.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Path and query: the request target. A secret.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The path. A secret, too.
    #[must_use]
    pub fn path(&self) -> &str {
        let path_and_query = self.target.split_once('?');
        path_and_query.map_or(&self.target, |(path, _)| path)
    }

    fn query(&self) -> &str {
        let path_and_query = self.target.split_once('?');
        path_and_query.map_or("", |(_, query)| query)
    }

    /// `text` without this URL's secrets, should a server have put them into it.
    ///
    /// What is shorter than 10 bytes is a word, not a secret.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let values = self
            .query()
            .split('&')
            .map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value));
        let mut secrets: Vec<&str> = values
            .chain(self.path().rsplit('/').find(|segment| !segment.is_empty()))
            .filter(|secret| secret.len() >= 10)
            .collect();
        // A secret can be a part of another one.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets
            .into_iter()
            .fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}

/// `host`, `host:port`, `[address]` or `[address]:port`, of which the brackets are taken away.
fn split_authority(authority: &str) -> Result<(&str, u16), UrlError> {
    if authority.contains('@') {
        return Err(UrlError::UserInfo);
    }
    let (host, port, is_host_byte): (_, _, fn(u8) -> bool) =
        if let Some(bracketed) = authority.strip_prefix('[') {
            let (host, after) = bracketed.split_once(']').ok_or(UrlError::Host)?;
            let port = if after.is_empty() {
                None
            } else {
                Some(after.strip_prefix(':').ok_or(UrlError::Host)?)
            };
            (host, port, |b| {
                b.is_ascii_hexdigit() || matches!(b, b':' | b'.')
            })
        } else {
            let (host, port) = match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            };
            (host, port, |b| {
                b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_')
            })
        };
    if host.is_empty() || !host.bytes().all(is_host_byte) {
        return Err(UrlError::Host);
    }
    let port = match port {
        None => 80,
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
            digits.parse().map_err(|_| UrlError::Host)?
        }
        Some(_) => return Err(UrlError::Host),
    };
    Ok((host, port))
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path();
        let trimmed = path.trim_end_matches('/');
        let open = trimmed.rfind('/').map_or(0, |slash| slash + 1);
        let hidden = if open < trimmed.len() { "***" } else { "" };
        let slashes = &path[trimmed.len()..];
        write!(
            f,
            "http://{}{}{hidden}{slashes}",
            self.authority,
            &trimmed[..open]
        )?;
        let Some((_, query)) = self.target.split_once('?') else {
            return Ok(());
        };
        for (n, pair) in query.split('&').enumerate() {
            let name = pair.split_once('=').map(|(name, _)| name);
            let separator = if n == 0 { '?' } else { '&' };
            match name {
                Some(name) => write!(f, "{separator}{name}=***")?,
                None => write!(f, "{separator}***")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_url_is_split_into_what_a_request_needs() {
        for (text, address, authority, target) in [
            ("http://a", ("a", 80), "a", "/"),
            (
                "HTTP://A.b:8308/c?d=e#f",
                ("a.b", 8308),
                "A.b:8308",
                "/c?d=e",
            ),
            ("http://a?b", ("a", 80), "a", "/?b"),
            ("http://[::1]:81/", ("::1", 81), "[::1]:81", "/"),
        ] {
            let url = url(text);
            assert_eq!(
                (url.address(), url.authority(), url.target()),
                (address, authority, target),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_plain_http_url_is_refused() {
        for (text, error) in [
            ("https://a/", UrlError::Https),
            ("ftp://a/", UrlError::Scheme),
            ("/a", UrlError::Scheme),
            ("http://user:password@a/", UrlError::UserInfo),
            ("http:///a", UrlError::Host),
            ("http://a:/", UrlError::Host),
            ("http://a:+80/", UrlError::Host),
            ("http://a:65536/", UrlError::Host),
            ("http://[::1/", UrlError::Host),
            ("http://[::1]80/", UrlError::Host),
            ("http://a/b c", UrlError::Bytes),
            ("http://a/b\r\nX: y", UrlError::Bytes),
            ("http://a/\u{e9}", UrlError::Bytes),
        ] {
            assert_eq!(Url::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_location_may_leave_out_what_the_creation_has() {
        let creation = url("http://a:8308/create?uploadType=resumable");
        for location in ["http://a:8308/u/7?id=9", "//A:8308/u/7?id=9", "/u/7?id=9"] {
            let session = creation.resolve(location.as_bytes()).unwrap();
            assert_eq!(
                (session.address(), session.target()),
                (("a", 8308), "/u/7?id=9"),
                "{location}"
            );
        }
    }

    #[test]
    fn a_location_elsewhere_is_refused() {
        let creation = url("http://a:8308/create");
        assert_eq!(creation.resolve(b"https://a:8308/u"), Err(UrlError::Https));
        assert_eq!(creation.resolve(b"u/7"), Err(UrlError::Scheme));
        assert_eq!(creation.resolve(b"/\xff"), Err(UrlError::Bytes));
        for location in [
            &b"http://b:8308/u"[..],
            b"//a:8309/u",
            b"http://a/u",
            b"http://a:8308.b/u",
        ] {
            let error = creation.resolve(location).unwrap_err();
            assert!(
                matches!(error, UrlError::OtherHost { .. } | UrlError::Host),
                "{error}"
            );
        }
    }

    #[test]
    fn neither_display_nor_debug_show_a_secret() {
        for (text, shown) in [
            ("http://a:1/b/secret", "http://a:1/b/***"),
            (
                "http://a/b/secret/?id=secret&secret&c=",
                "http://a/b/***/?id=***&***&c=***",
            ),
            ("http://a/", "http://a/"),
            ("http://a", "http://a/"),
        ] {
            assert_eq!(url(text).to_string(), shown);
            assert_eq!(format!("{:?}", url(text)), format!("Url({shown})"));
        }
    }

    #[test]
    fn a_text_of_the_server_is_shown_without_the_secret() {
        let url = url("http://a/b/secret-token-7?id=secret-token-77&kind=short");
        assert_eq!(
            url.redact("no secret-token-77, secret-token-7, short"),
            "no ***, ***, short"
        );
    }

    #[test]
    fn a_parameter_is_encoded() {
        assert_eq!(
            url("http://a/b").with_query("name", "c d/\u{e9}").target(),
            "/b?name=c%20d%2F%C3%A9"
        );
        assert_eq!(
            url("http://a/b?c=d").with_query("name", "e~").target(),
            "/b?c=d&name=e~"
        );
    }
}
