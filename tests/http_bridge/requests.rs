//! Requests: from a client's step to a server's intent, and how long their bodies are.

use http::{HeaderMap, HeaderValue, Method, Request, Version, header};
use resumable::client::{ClientPolicy, Length, Step, Upload, Verdict};
use resumable::google::{CreationKind, Options, RequestError, encode_creation, encode_request};
use resumable::http::{add, body_length, decode_request, request};
use resumable::http1::{self, Framing, MAX_HEADERS, parse_request, write_request};
use resumable::{Append, Extent, Intent, Status};

fn intents() -> Vec<Intent> {
    let append = |at, extent, total, body| Intent::Append(Append { at, extent, total, body });
    vec![
        append(0, Extent::To(11), Some(11), Some(11)),
        append(7, Extent::To(10), None, Some(3)),
        append(43, Extent::To(2_000_000), Some(2_000_000), Some(1_999_957)),
        append(u64::MAX - 1, Extent::To(u64::MAX), Some(u64::MAX), Some(1)),
        append(7, Extent::Last, Some(11), Some(4)),
        append(7, Extent::Last, None, None),
        Intent::Status(Status { total: None, body: Some(0) }),
        Intent::Status(Status { total: Some(11), body: Some(0) }),
        Intent::Status(Status { total: Some(0), body: Some(0) }),
        Intent::Cancel,
    ]
}

fn parts(request: Request<()>) -> http::request::Parts {
    request.into_parts().0
}

#[test]
fn a_request_has_the_method_the_address_and_the_fields() {
    let intent = Intent::Status(Status { total: Some(2_000_000), body: Some(0) });
    let head = encode_request(&intent).unwrap();
    let request = request(&head, "http://127.0.0.1:8308/u/7?upload_id=AB".parse().unwrap());
    assert_eq!(request.method(), Method::PUT);
    assert_eq!(request.uri(), "http://127.0.0.1:8308/u/7?upload_id=AB");
    assert_eq!(request.headers().len(), 2);
    assert_eq!(request.headers()["content-range"], "bytes */2000000");
    assert_eq!(request.headers()["content-length"], "0");
}

#[test]
fn a_cancel_is_a_delete_without_a_range() {
    let head = encode_request(&Intent::Cancel).unwrap();
    let request = request(&head, "/u/7".parse().unwrap());
    assert_eq!(request.method(), Method::DELETE);
    assert_eq!(request.uri(), "/u/7");
    assert_eq!(request.headers().get(header::CONTENT_RANGE), None);
}

#[test]
fn a_body_without_a_length_is_chunked() {
    let intent = Intent::Append(Append { at: 7, extent: Extent::Last, total: None, body: None });
    let request = request(&encode_request(&intent).unwrap(), "/u/7".parse().unwrap());
    assert_eq!(request.headers()["transfer-encoding"], "chunked");
    assert_eq!(request.headers().get(header::CONTENT_LENGTH), None);
}

#[test]
fn a_server_reads_what_a_client_writes() {
    for intent in intents() {
        let head = parts(request(&encode_request(&intent).unwrap(), "/u/7".parse().unwrap()));
        let read = decode_request(&head, body_length(&head), &Options::default()).unwrap();
        assert_eq!(read.intent, intent);
    }
}

#[test]
fn the_bridge_and_the_wire_say_the_same() {
    for intent in intents() {
        let head = encode_request(&intent).unwrap();
        let bridged = parts(request(&head, "/u/7".parse().unwrap()));
        let mut out = [0; 256];
        let len = write_request(&mut out, head.method, "/u/7", "a", head.fields().iter()).unwrap();
        let mut room = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let wire = parse_request(&out[..len], &mut room, http1::Options::default()).unwrap().unwrap();
        assert_eq!(wire.method, bridged.method.as_str());
        // On the wire there is a Host besides.
        assert_eq!(wire.headers.len(), bridged.headers.len() + 1);
        for (name, value) in &bridged.headers {
            let same = wire.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name.as_str()));
            assert_eq!(same.expect("the field").value, value.as_bytes());
        }
        let length = match wire.body {
            Framing::Length(length) => Some(length),
            _ => None,
        };
        assert_eq!(body_length(&bridged), length);
    }
}

#[test]
fn an_upload_drives_the_bridge() {
    let mut upload = Upload::new(Length::Known(11), ClientPolicy::default(), 7);
    let mut seen = Vec::new();
    for answer in [Verdict::Created, Verdict::Unavailable { retry_after: None }, Verdict::Complete { size: None }] {
        if let Step::Wait(_) = upload.step() {
            upload.handle_waited().unwrap();
        }
        let attempt = match upload.step() {
            Step::Create { attempt, .. } => attempt,
            Step::Send { attempt, intent, .. } => {
                let head = encode_request(&intent).unwrap();
                let request = request(&head, "/u/7".parse().unwrap());
                seen.push(request.headers()["content-range"].to_str().unwrap().to_owned());
                attempt
            }
            step => panic!("{step}"),
        };
        upload.handle_response(attempt, answer).unwrap();
    }
    assert_eq!(seen, ["bytes 0-10/11", "bytes */11"]);
    assert_eq!(upload.step(), Step::Done { size: 11 });
}

fn put(fields: &[(&'static str, &'static str)], version: Version) -> http::request::Parts {
    let mut head = parts(Request::put("/u/7").body(()).unwrap());
    head.version = version;
    for (name, value) in fields {
        head.headers.append(*name, HeaderValue::from_static(value));
    }
    head
}

#[test]
fn the_length_of_a_body_in_http_1() {
    for version in [Version::HTTP_10, Version::HTTP_11] {
        for (fields, expected) in [
            (&[][..], Some(0)),
            (&[("content-length", "0")], Some(0)),
            (&[("content-length", "11")], Some(11)),
            (&[("content-length", "011")], Some(11)),
            (&[("content-length", " 11 ")], Some(11)),
            (&[("content-length", "18446744073709551615")], Some(u64::MAX)),
            (&[("transfer-encoding", "chunked")], None),
            (&[("transfer-encoding", "chunked"), ("content-length", "11")], None),
        ] {
            assert_eq!(body_length(&put(fields, version)), expected, "{fields:?}");
        }
    }
}

#[test]
fn a_length_that_cannot_be_understood_is_unknown() {
    for fields in [
        &[("content-length", "18446744073709551616")][..],
        &[("content-length", "+11")],
        &[("content-length", "-1")],
        &[("content-length", "1 1")],
        &[("content-length", "0x11")],
        &[("content-length", "11, 11")],
        &[("content-length", "")],
        &[("content-length", "11"), ("content-length", "11")],
        &[("content-length", "11"), ("content-length", "7")],
    ] {
        for version in [Version::HTTP_11, Version::HTTP_2] {
            assert_eq!(body_length(&put(fields, version)), None, "{fields:?}");
        }
    }
}

#[test]
fn without_a_length_there_may_be_a_body_from_http_2_on() {
    for version in [Version::HTTP_2, Version::HTTP_3] {
        assert_eq!(body_length(&put(&[], version)), None);
        assert_eq!(body_length(&put(&[("content-length", "11")], version)), Some(11));
    }
}

#[test]
fn r03_a_content_range_that_is_given_twice_is_refused() {
    let head = put(&[("content-range", "bytes */11"), ("content-range", "bytes */11")], Version::HTTP_11);
    let error = decode_request(&head, Some(0), &Options::default()).unwrap_err();
    assert_eq!(error, RequestError::RepeatedContentRange);
}

#[test]
fn r07_put_and_post_are_the_same_and_other_methods_are_none() {
    let mut head = put(&[("content-range", "bytes 0-6/11")], Version::HTTP_11);
    let read = |head: &http::request::Parts| decode_request(head, Some(7), &Options::default());
    let as_put = read(&head).unwrap();
    head.method = Method::POST;
    assert_eq!(read(&head), Ok(as_put));
    for method in [Method::GET, Method::HEAD, Method::PATCH, Method::OPTIONS, Method::from_bytes(b"put").unwrap()] {
        head.method = method;
        assert_eq!(read(&head), Err(RequestError::Method));
    }
}

#[test]
fn a_value_with_bytes_above_ascii_is_malformed_and_nothing_worse() {
    let mut head = put(&[], Version::HTTP_11);
    head.headers.insert("content-range", HeaderValue::from_bytes(b"bytes 0-6/\xff").unwrap());
    let error = decode_request(&head, Some(7), &Options::default()).unwrap_err();
    assert!(matches!(error, RequestError::ContentRange(_)), "{error}");
}

#[test]
fn a_creation_is_added_to_what_the_host_has() {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", HeaderValue::from_static("Bearer 7"));
    add(&mut headers, &encode_creation(CreationKind::Json, Some(11), Some("text/csv")));
    assert_eq!(headers.len(), 3);
    assert_eq!(headers["authorization"], "Bearer 7");
    assert_eq!(headers["x-upload-content-length"], "11");
    assert_eq!(headers["x-upload-content-type"], "text/csv");
}

#[test]
fn a_field_that_is_added_takes_the_place_of_all_of_its_name() {
    // Or a request that is repeated from a template would have two lengths.
    let mut headers = HeaderMap::new();
    headers.append("content-length", HeaderValue::from_static("7"));
    headers.append("content-length", HeaderValue::from_static("3"));
    let status = Intent::Status(Status { total: None, body: Some(0) });
    add(&mut headers, &encode_request(&status).unwrap().fields());
    let lengths: Vec<&HeaderValue> = headers.get_all("content-length").iter().collect();
    assert_eq!(lengths, ["0"]);
}

#[test]
fn a_value_that_is_none_is_left_out() {
    for content_type in ["text/csv\r\nx-evil: 1", "text/csv\n", "\0", "a\u{7f}"] {
        let mut headers = HeaderMap::new();
        add(&mut headers, &encode_creation(CreationKind::Xml, Some(11), Some(content_type)));
        assert_eq!(headers.get("content-type"), None, "{content_type:?}");
        assert_eq!(headers.get("x-evil"), None);
        assert_eq!(headers["x-goog-resumable"], "start");
        assert_eq!(headers["x-upload-content-length"], "11");
    }
}
