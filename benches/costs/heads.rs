//! A head as clients send it: 519 bytes, 12 fields.

use std::hint::black_box;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use httparse::Header;
use resumable::google::{self, Options};
use resumable::http1;

use crate::case::{Case, cases};

/// What google-cloud-storage for Python sends with a chunk, its identifiers shortened.
pub(crate) const HEAD: &[u8] =
    b"PUT /upload/storage/v1/b/bucket/o?uploadType=resumable&upload_id=ABPtcPqz7 HTTP/1.1\r\n\
Host: storage.example.com\r\n\
User-Agent: gcloud-python/3.17.1 gl-python/3.11.7\r\n\
Accept-Encoding: gzip, deflate\r\n\
Accept: */*\r\n\
Connection: keep-alive\r\n\
content-type: application/octet-stream\r\n\
content-range: bytes 0-65535/2000000\r\n\
x-goog-api-client: gl-python/3.11.7 gccl/3.17.1\r\n\
x-goog-gcs-idempotency-token: 3f5ac9b2-10f5-4b2e\r\n\
Authorization: Bearer ya29.a0AfH6SMBx7nKq\r\n\
X-Request-Id: 7c9e6679\r\n\
Content-Length: 65536\r\n\r\n";

pub(crate) const CASES: &[Case] = cases! {
    "head by httparse" => {
        let mut headers = [httparse::EMPTY_HEADER; 16];
        parse(&mut headers).1
    },
    "head by httparse, decoded" => {
        let mut headers = [httparse::EMPTY_HEADER; 16];
        let (method, _) = parse(&mut headers);
        google::decode_request(method, &headers[..12], Some(65_536), &Options::default()).ok()
    },
    "head by http1" => {
        let mut headers = [httparse::EMPTY_HEADER; 16];
        let head = http1::parse_request(black_box(HEAD), &mut headers, http1::Options::default());
        head.ok().flatten().map(|head| head.len)
    },
    "head by httparse, types of http" => {
        let mut headers = [httparse::EMPTY_HEADER; 16];
        let (method, _) = parse(&mut headers);
        types(method, &headers[..12])
    },
    "head by httparse, types of http, decoded" => {
        let mut headers = [httparse::EMPTY_HEADER; 16];
        let (method, _) = parse(&mut headers);
        let Some(head) = types(method, &headers[..12]) else { return };
        let head = head.into_parts().0;
        let body = resumable::http::body_length(&head);
        resumable::http::decode_request(&head, body, &Options::default()).ok()
    },
};

/// The method, and how many bytes the head takes.
pub(crate) fn parse<'b>(headers: &mut [Header<'b>]) -> (&'b str, usize) {
    let mut request = httparse::Request::new(headers);
    match request.parse(black_box(HEAD)) {
        Ok(httparse::Status::Complete(len)) => (request.method.unwrap_or_default(), len),
        _ => ("", 0),
    }
}

/// What an HTTP stack does with a head before its handler sees it.
fn types(method: &str, headers: &[Header<'_>]) -> Option<Request<()>> {
    let mut map = HeaderMap::with_capacity(headers.len());
    for header in headers {
        let name = HeaderName::from_bytes(header.name.as_bytes()).ok()?;
        map.append(name, HeaderValue::from_bytes(header.value).ok()?);
    }
    let mut request = Request::new(());
    *request.method_mut() = Method::from_bytes(method.as_bytes()).ok()?;
    *request.uri_mut() = Uri::from_static("/upload/storage/v1/b/bucket/o?uploadType=resumable&upload_id=ABPtcPqz7");
    *request.headers_mut() = map;
    Some(request)
}
