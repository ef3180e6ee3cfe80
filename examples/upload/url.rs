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
    /// It may be absolute, without a scheme, or only a path, also a relative one. It has to be on the same host and
    /// port: a client that goes where it is sent hands bytes and credentials to whoever can forge one field.
    pub fn resolve(&self, location: &[u8]) -> Result<Self, UrlError> {
        let location = str::from_utf8(location).map_err(|_| UrlError::Bytes)?;
        let resolved = if location.starts_with("//") {
            Self::parse(&format!("http:{location}"))?
        } else if location.starts_with('/') {
            Self::parse(&format!("http://{}{location}", self.authority))?
        } else if location.is_empty() || has_scheme(location) {
            Self::parse(location)?
        } else {
            Self::parse(&format!("http://{}{}", self.authority, self.merged(location)))?
        };
        if resolved.is_same_host(self) {
            Ok(resolved)
        } else {
            Err(UrlError::OtherHost { expected: self.authority.clone(), got: resolved.authority })
        }
    }

    /// The target that a relative path means (RFC 3986, section 5.2): it takes the place of the last segment.
    fn merged(&self, relative: &str) -> String {
        let (path, query) = relative.split_at(relative.find(['?', '#']).unwrap_or(relative.len()));
        if path.is_empty() {
            return format!("{}{query}", self.path());
        }
        let directory = self.path().rsplit_once('/').map_or("", |(directory, _)| directory);
        let mut segments: Vec<&str> = directory.split('/').collect();
        for segment in path.split('/') {
            match segment {
                "." => {}
                // The first one is the nothing before the first slash.
                ".." => segments.truncate(segments.len().max(2) - 1),
                name => segments.push(name),
            }
        }
        if path.ends_with("/.") || path.ends_with("/..") || matches!(path, "." | "..") {
            segments.push("");
        }
        format!("{}{query}", segments.join("/"))
    }

    /// Whether both are on the same host and port.
    #[must_use]
    pub fn is_same_host(&self, other: &Self) -> bool {
        (&self.host, self.port) == (&other.host, other.port)
    }

    /// The same URL with one more parameter in its query.
    #[must_use]
    pub fn with_query(&self, name: &str, value: &str) -> Self {
        let mut url = self.clone();
        url.target.push(if url.target.contains('?') { '&' } else { '?' });
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
        let values = self.query().split('&').map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value));
        let mut secrets: Vec<&str> = values
            .chain(self.path().rsplit('/').find(|segment| !segment.is_empty()))
            .filter(|secret| secret.len() >= 10)
            .collect();
        // A secret can be a part of another one.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.into_iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}

/// Whether a `Location` begins with a scheme: there is a colon before anything else that divides.
fn has_scheme(location: &str) -> bool {
    location.find([':', '/', '?', '#']).is_some_and(|at| location[at..].starts_with(':'))
}

/// `host`, `host:port`, `[address]` or `[address]:port`, of which the brackets are taken away.
fn split_authority(authority: &str) -> Result<(&str, u16), UrlError> {
    if authority.contains('@') {
        return Err(UrlError::UserInfo);
    }
    let (host, port, is_host_byte): (_, _, fn(u8) -> bool) = if let Some(bracketed) = authority.strip_prefix('[') {
        let (host, after) = bracketed.split_once(']').ok_or(UrlError::Host)?;
        let port = if after.is_empty() { None } else { Some(after.strip_prefix(':').ok_or(UrlError::Host)?) };
        (host, port, |b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'))
    } else {
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        (host, port, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
    };
    if host.is_empty() || !host.bytes().all(is_host_byte) {
        return Err(UrlError::Host);
    }
    let port = match port {
        None => 80,
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().map_err(|_| UrlError::Host)?,
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
        write!(f, "http://{}{}{hidden}{slashes}", self.authority, &trimmed[..open])?;
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
