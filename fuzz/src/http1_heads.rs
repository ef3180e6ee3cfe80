//! Request and response heads: a longer buffer never changes an answer, what is accepted is what the reference
//! accepts, and what is written from it is read back.

use core::fmt::Debug;

use httparse::{EMPTY_HEADER, Header};
use resumable::http1::{
    Framing, HeadError, MAX_HEAD, MAX_HEADERS, Options, RequestHead, ResponseHead, Version, parse_request,
    parse_response, write_request, write_response,
};

use super::reference_http1::{self, Head};

/// Reads `data` as the start of a connection, in each direction.
pub fn run(data: &[u8]) {
    for allow_length_with_chunked in [false, true] {
        let options = Options { allow_length_with_chunked };
        let parse = |len: usize| {
            let mut headers = [EMPTY_HEADER; MAX_HEADERS];
            parse_request(&data[..len], &mut headers, options).map(|head| head.map(|head| of_request(&head)))
        };
        let read = at_some_lengths(data, parse);
        let expected = reference_http1::request(data, allow_length_with_chunked);
        compare(data, &read, expected);
        if let Ok(Some(head)) = read {
            rewrite_request(&head);
        }
    }
    for to_method in ["PUT", "HEAD", "CONNECT"] {
        let parse = |len: usize| {
            let mut headers = [EMPTY_HEADER; MAX_HEADERS];
            parse_response(&data[..len], &mut headers, to_method).map(|head| head.map(|head| of_response(&head)))
        };
        let read = at_some_lengths(data, parse);
        compare(data, &read, reference_http1::response(data, to_method));
        if let Ok(Some(head)) = read {
            rewrite_response(&head, to_method);
        }
    }
    few_headers(data);
}

/// The answer for all of `data`, after some shorter buffers were seen to agree with it: which, depends on the data.
fn at_some_lengths<H: Debug + PartialEq>(
    data: &[u8],
    parse: impl Fn(usize) -> Result<Option<H>, HeadError>,
) -> Result<Option<H>, HeadError> {
    let whole = parse(data.len());
    let step = data.len() / 10 + 1;
    let first = data.iter().map(|byte| usize::from(*byte)).sum::<usize>() % step;
    let mut refused = None;
    for len in (first..data.len()).step_by(step) {
        match (parse(len), &whole) {
            (Ok(Some(head)), Ok(Some(all))) => assert_eq!(head, *all, "at {len}"),
            (Ok(None), _) => assert_eq!(refused, None, "healed at {len}"),
            (Err(error), Err(_)) => {
                refused.get_or_insert(error);
            }
            (shorter, whole) => panic!("{shorter:?} at {len}, then {whole:?}"),
        }
    }
    whole
}

fn compare(data: &[u8], read: &Result<Option<Head>, HeadError>, expected: Option<Head>) {
    let shown = data.escape_ascii();
    match read {
        Ok(Some(head)) => {
            assert!(head.len <= data.len().min(MAX_HEAD + 2) && data[..head.len].ends_with(b"\r\n\r\n"), "{shown}");
            assert_eq!(Some(head), expected.as_ref(), "{shown}");
        }
        // What has no end yet may be right or wrong: the reference reads whole heads only.
        Ok(None) => assert_eq!(expected, None, "{shown}"),
        Err(error) => {
            assert_eq!(expected, None, "{error}: {shown}");
            assert!(matches!(error.status(), 400 | 431 | 501 | 505) && !error.to_string().is_empty());
        }
    }
}

/// With room for two fields, it is the same head or there are too many.
fn few_headers(data: &[u8]) {
    let (mut few, mut many) = ([EMPTY_HEADER; 2], [EMPTY_HEADER; MAX_HEADERS]);
    let all = parse_request(data, &mut many, Options::default());
    match parse_request(data, &mut few, Options::default()) {
        Err(HeadError::TooManyFields { limit }) => assert_eq!(limit, 2),
        few => assert_eq!(few, all),
    }
}

fn of_request(head: &RequestHead<'_, '_>) -> Head {
    Head {
        start: [head.method.to_owned(), head.target.to_owned()],
        minor: minor(head.version),
        fields: owned(head.headers),
        len: head.len,
        body: body(head.body),
        keep_alive: head.keep_alive,
        expect_continue: head.expect_continue,
    }
}

fn of_response(head: &ResponseHead<'_, '_>) -> Head {
    Head {
        start: [head.status.to_string(), head.reason.to_owned()],
        minor: minor(head.version),
        fields: owned(head.headers),
        len: head.len,
        body: body(head.body),
        keep_alive: head.keep_alive,
        expect_continue: false,
    }
}

fn minor(version: Version) -> u8 {
    u8::from(version == Version::Http11)
}

fn body(framing: Framing) -> String {
    match framing {
        Framing::Length(length) => length.to_string(),
        Framing::Chunked => "chunked".to_owned(),
        Framing::UntilClose => "close".to_owned(),
    }
}

fn owned(headers: &[Header<'_>]) -> Vec<(String, Vec<u8>)> {
    headers.iter().map(|header| (header.name.to_owned(), header.value.to_vec())).collect()
}

fn is_host(name: &str) -> bool {
    name.eq_ignore_ascii_case("host")
}

/// Written again, it is read as the same, but that Host comes first.
fn rewrite_request(head: &Head) {
    let Some((_, host)) = head.fields.iter().find(|(name, _)| is_host(name)) else {
        return;
    };
    let rest: Vec<_> = head.fields.iter().filter(|(name, _)| !is_host(name)).collect();
    let fields = rest.iter().map(|(name, value)| (name.as_str(), &value[..]));
    let host = core::str::from_utf8(host).expect("a host is ascii");
    let mut out = vec![0; MAX_HEAD];
    let Ok(len) = write_request(&mut out, &head.start[0], &head.start[1], host, fields) else {
        // Tolerated with the option, and never written; or the largest head there can be, with the spaces that are
        // written and need not be read.
        assert!(names(&rest, "content-length") && names(&rest, "transfer-encoding") || head.len > MAX_HEAD / 2);
        return;
    };
    let mut headers = [EMPTY_HEADER; MAX_HEADERS];
    let again = parse_request(&out[..len], &mut headers, Options::default());
    let again = of_request(&again.expect("what is written is right").expect("and whole"));
    assert_eq!((&again.start, &again.body, again.len), (&head.start, &head.body, len));
    assert!(again.fields[1..].iter().eq(rest));
}

fn rewrite_response(head: &Head, to_method: &str) {
    let fields = head.fields.iter().map(|(name, value)| (name.as_str(), &value[..]));
    let status = head.start[0].parse().expect("digits");
    let mut out = vec![0; MAX_HEAD];
    let Ok(len) = write_response(&mut out, status, fields) else {
        assert!(status > 599 || head.fields.iter().any(|(name, _)| is_host(name)) || head.len > MAX_HEAD / 2);
        return;
    };
    let mut headers = [EMPTY_HEADER; MAX_HEADERS];
    let again = parse_response(&out[..len], &mut headers, to_method);
    let again = of_response(&again.expect("what is written is right").expect("and whole"));
    assert_eq!((&again.start[0], &again.body, &again.fields), (&head.start[0], &head.body, &head.fields));
}

fn names(fields: &[&(String, Vec<u8>)], name: &str) -> bool {
    fields.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
}
