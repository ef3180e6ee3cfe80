//! Heads and chunked bodies once more, slowly and in another way: whole lines that are split, descent instead of states.
//!
//! Nothing here is shared with the library, so that a mistake has to be made twice to go unseen.

/// A head as plain data.
#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    /// Method and target, or status and reason.
    pub start: [String; 2],
    pub minor: u8,
    pub fields: Vec<(String, Vec<u8>)>,
    pub len: usize,
    /// The length in digits, `chunked`, or `close`.
    pub body: String,
    pub keep_alive: bool,
    pub expect_continue: bool,
}

/// `None` for what must be refused, and for what is not whole.
pub fn request(data: &[u8], both_allowed: bool) -> Option<Head> {
    let skipped = if data.starts_with(b"\r\n") { 2 } else { 0 };
    let (lines, len) = lines(&data[skipped..])?;
    let words: Vec<&str> = core::str::from_utf8(lines[0]).ok()?.split(' ').collect();
    let [method, target, version] = words[..] else {
        return None;
    };
    let minor = minor(version)?;
    let visible = |text: &str| !text.is_empty() && text.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    if !is_token(method) || !visible(target) {
        return None;
    }
    let fields = fields(&lines[1..])?;
    let hosts = all(&fields, "host");
    let host_is_right =
        |host: &[u8]| host.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(byte));
    if hosts.len() > 1 || (hosts.is_empty() && minor == 1) || !hosts.iter().all(|host| host_is_right(host)) {
        return None;
    }
    let (length, chunked) = framing(&fields, minor)?;
    let both = length.is_some() && chunked;
    if both && !both_allowed {
        return None;
    }
    let body = if chunked { "chunked".to_owned() } else { length.unwrap_or(0).to_string() };
    let expect_continue = minor == 1 && body != "0" && lists(&fields, "expect", "100-continue");
    let keep_alive = keep_alive(&fields, minor) && !both;
    Some(Head {
        start: [method.to_owned(), target.to_owned()],
        minor,
        fields,
        len: len + skipped,
        body,
        keep_alive,
        expect_continue,
    })
}

/// The same for the response to a request with this method.
pub fn response(data: &[u8], to_method: &str) -> Option<Head> {
    let (lines, len) = lines(data)?;
    let line = lines[0];
    let minor = minor(core::str::from_utf8(line.get(..8)?).ok()?)?;
    let status = core::str::from_utf8(line.get(8..)?.strip_prefix(b" ")?.get(..3)?).ok()?;
    let reason = match line.get(12..)? {
        [] => &[][..],
        [b' ', reason @ ..] => reason,
        _ => return None,
    };
    if !status.bytes().all(|byte| byte.is_ascii_digit()) || status.starts_with('0') || !is_value(reason) {
        return None;
    }
    let fields = fields(&lines[1..])?;
    let (length, chunked) = framing(&fields, minor)?;
    if length.is_some() && chunked {
        return None;
    }
    let tunnel = status == "101" || (to_method == "CONNECT" && status.starts_with('2'));
    let bodiless = status.starts_with('1') || status == "204" || status == "304" || to_method == "HEAD";
    let body = match length {
        _ if tunnel => "close".to_owned(),
        _ if bodiless => "0".to_owned(),
        _ if chunked => "chunked".to_owned(),
        Some(length) => length.to_string(),
        None => "close".to_owned(),
    };
    let keep_alive = keep_alive(&fields, minor) && body != "close";
    let reason = if reason.is_ascii() { String::from_utf8_lossy(reason).into_owned() } else { String::new() };
    Some(Head { start: [status.to_owned(), reason], minor, fields, len, body, keep_alive, expect_continue: false })
}

/// The lines of a whole head without their ends, and its length; there is at least one.
fn lines(data: &[u8]) -> Option<(Vec<&[u8]>, usize)> {
    let end = data.windows(4).position(|four| four == b"\r\n\r\n")?;
    if end + 4 > 16 * 1024 {
        return None;
    }
    let mut lines = Vec::new();
    let mut rest = &data[..end];
    while let Some(at) = rest.windows(2).position(|two| two == b"\r\n") {
        lines.push(&rest[..at]);
        rest = &rest[at + 2..];
    }
    lines.push(rest);
    let clean = lines.iter().all(|line| !line.contains(&b'\r') && !line.contains(&b'\n'));
    (clean && !lines[0].is_empty()).then_some((lines, end + 4))
}

fn minor(version: &str) -> Option<u8> {
    match version {
        "HTTP/1.0" => Some(0),
        "HTTP/1.1" => Some(1),
        _ => None,
    }
}

fn fields(lines: &[&[u8]]) -> Option<Vec<(String, Vec<u8>)>> {
    let field = |line: &&[u8]| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = core::str::from_utf8(&line[..colon]).ok()?;
        let value = &line[colon + 1..];
        (is_token(name) && is_value(value)).then(|| (name.to_owned(), trim(value).to_vec()))
    };
    if lines.len() > 64 { None } else { lines.iter().map(field).collect() }
}

fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

fn is_value(value: &[u8]) -> bool {
    value.iter().all(|byte| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f))
}

fn all<'f>(fields: &'f [(String, Vec<u8>)], name: &str) -> Vec<&'f [u8]> {
    fields.iter().filter(|(other, _)| other.to_ascii_lowercase() == name).map(|(_, value)| &value[..]).collect()
}

fn lists(fields: &[(String, Vec<u8>)], name: &str, token: &str) -> bool {
    let all = all(fields, name).join(&b","[..]).to_ascii_lowercase();
    all.split(|byte| *byte == b',').any(|item| trim(item) == token.as_bytes())
}

fn keep_alive(fields: &[(String, Vec<u8>)], minor: u8) -> bool {
    !lists(fields, "connection", "close") && (minor == 1 || lists(fields, "connection", "keep-alive"))
}

/// The Content-Length, and whether the body is chunked.
fn framing(fields: &[(String, Vec<u8>)], minor: u8) -> Option<(Option<u64>, bool)> {
    let length = match all(fields, "content-length")[..] {
        [] => None,
        [value] => {
            let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
            let text = core::str::from_utf8(value).ok().filter(|_| digits)?;
            Some(if text.trim_start_matches('0').is_empty() { 0 } else { text.trim_start_matches('0').parse().ok()? })
        }
        _ => return None,
    };
    let chunked = match all(fields, "transfer-encoding")[..] {
        [] => false,
        [value] if minor == 1 && value.eq_ignore_ascii_case(b"chunked") => true,
        _ => return None,
    };
    Some((length, chunked))
}

/// What an input is as a chunked body.
#[derive(Debug, PartialEq, Eq)]
pub enum Chunked {
    Whole { body: Vec<u8>, len: usize },
    Cut { body: Vec<u8> },
    Wrong { body: Vec<u8> },
}

enum Stop {
    More,
    Wrong,
}

pub fn chunked(data: &[u8]) -> Chunked {
    let (mut rest, mut body) = (data, Vec::new());
    match chunks(&mut rest, &mut body) {
        Ok(()) => Chunked::Whole { body, len: data.len() - rest.len() },
        Err(Stop::More) => Chunked::Cut { body },
        Err(Stop::Wrong) => Chunked::Wrong { body },
    }
}

fn chunks(rest: &mut &[u8], body: &mut Vec<u8>) -> Result<(), Stop> {
    loop {
        let digits = run_of(rest, |byte| byte.is_ascii_hexdigit());
        if digits.len() > 16 {
            return Err(Stop::Wrong);
        }
        let next = peek(rest)?;
        if digits.is_empty() {
            return Err(Stop::Wrong);
        }
        if next != b'\r' {
            extension(rest)?;
        }
        line_end(rest)?;
        let digits = core::str::from_utf8(digits).expect("digits are ascii");
        let size = u128::from_str_radix(digits, 16).expect("at most 64 bits");
        if size == 0 {
            return trailers(rest);
        }
        let len = rest.len().min(usize::try_from(size).unwrap_or(usize::MAX));
        body.extend_from_slice(&rest[..len]);
        *rest = &rest[len..];
        if (len as u128) < size {
            return Err(Stop::More);
        }
        line_end(rest)?;
    }
}

/// White space, a semicolon, and field text, of at most 256 bytes.
fn extension(rest: &mut &[u8]) -> Result<(), Stop> {
    let blanks = run_of(rest, |byte| byte == b' ' || byte == b'\t').len();
    if blanks > 256 {
        return Err(Stop::Wrong);
    }
    if peek(rest)? != b';' {
        return Err(Stop::Wrong);
    }
    let text = run_of(rest, |byte| is_value(&[byte])).len();
    if blanks + text > 256 { Err(Stop::Wrong) } else { peek(rest).map(|_| ()) }
}

fn trailers(rest: &mut &[u8]) -> Result<(), Stop> {
    let mut left = 4096_usize;
    while peek(rest)? != b'\r' {
        let name = run_of(rest, |byte| is_token(char::from(byte).encode_utf8(&mut [0; 4])));
        left = left.checked_sub(name.len()).ok_or(Stop::Wrong)?;
        if peek(rest)? != b':' || name.is_empty() {
            return Err(Stop::Wrong);
        }
        let value = run_of(rest, |byte| is_value(&[byte]));
        left = left.checked_sub(value.len()).ok_or(Stop::Wrong)?;
        line_end(rest)?;
    }
    line_end(rest)
}

fn line_end(rest: &mut &[u8]) -> Result<(), Stop> {
    for expected in *b"\r\n" {
        if peek(rest)? != expected {
            return Err(Stop::Wrong);
        }
        *rest = &rest[1..];
    }
    Ok(())
}

fn peek(rest: &[u8]) -> Result<u8, Stop> {
    rest.first().copied().ok_or(Stop::More)
}

fn run_of<'b>(rest: &mut &'b [u8], belongs: impl Fn(u8) -> bool) -> &'b [u8] {
    let len = rest.iter().take_while(|byte| belongs(**byte)).count();
    let (run, tail) = rest.split_at(len);
    *rest = tail;
    run
}
