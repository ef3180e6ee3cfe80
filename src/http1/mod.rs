//! HTTP/1.1 heads and bodies, for hosts without an HTTP stack of their own.
//!
//! Bytes in, plain data out, and back; for both sides. There is no connection here: the host owns the socket and the
//! buffers, and calls a function when it has read something.
//!
//! ```text
//!  read  --> parse_request  / parse_response --> a head, and the Framing of its body
//!        --> Body::decode                    --> slices of the caller's buffer, until Body::is_end
//!  write <-- write_request / write_response, chunk_head, CHUNK_END, LAST_CHUNK
//! ```
//!
//! Everything is incremental: parsing is repeated on a longer buffer until it answers `Some`, and however the bytes
//! of a body are split, the same data, the same end and the same error come out.
//!
//! # What is refused
//!
//! Two parties that disagree about where a message ends can be made to see different requests in the same bytes
//! (request smuggling, RFC 9112, section 11.2). So whatever has two readings is refused, also where the RFC would let
//! a recipient repair it:
//!
//! | what | answer |
//! | --- | --- |
//! | Content-Length together with Transfer-Encoding (but see [`Options`]) | 400 |
//! | Content-Length more than once, even if the same; a list, a sign, a space, nothing, more than a `u64` | 400 |
//! | Transfer-Encoding more than once, in HTTP/1.0, or without `chunked` as its last and only `chunked` | 400 |
//! | any coding under `chunked`, such as `gzip, chunked` | 501 |
//! | a line that ends in a bare LF, a bare CR anywhere, NUL and other control bytes | 400 |
//! | obsolete line folding, white space before the colon, two spaces in the start line | 400 |
//! | no Host in HTTP/1.1, more than one Host, a Host with bytes that no authority has | 400 |
//! | a request target with bytes outside visible ASCII | 400 |
//! | more than one empty line before a request, any before a response | 400 |
//! | a head larger than [`MAX_HEAD`], or more fields than the caller made room for | 431 |
//! | a version other than HTTP/1.0 and HTTP/1.1 | 505 |
//!
//! After any refusal, and after an answer that was sent before the request's body was read to its end
//! ([`Body::is_end`]), the connection has to be closed: what follows in the buffer is not known to be a head.
//!
//! # Example
//!
//! ```
//! use resumable::http1::{Body, MAX_HEADERS, Options, parse_request, write_response};
//!
//! let mut buf: &[u8] = b"PUT /u/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
//!                        3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n";
//! let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
//! let head = parse_request(buf, &mut headers, Options::default())?.expect("the head is whole");
//! assert_eq!((head.method, head.target, head.keep_alive), ("PUT", "/u/1", true));
//!
//! let mut body = Body::new(head.body);
//! let mut stored = Vec::new();
//! buf = &buf[head.len..];
//! while !body.is_end() {
//!     let decoded = body.decode(buf)?; // A host reads more when `consumed` is 0.
//!     stored.extend_from_slice(decoded.data);
//!     buf = &buf[decoded.consumed..];
//! }
//! assert_eq!(stored, b"abcdefg");
//!
//! let mut out = [0; 128];
//! let len = write_response(&mut out, 200, [("Content-Length", &b"0"[..])])?;
//! assert_eq!(&out[..len], b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod body;
mod bytes;
mod chunked;
mod error;
mod framing;
mod head;
mod message;
mod status;
mod window;
mod write;

pub use body::{Body, Decoded};
pub use chunked::{MAX_EXTENSION, MAX_SIZE_DIGITS, MAX_TRAILERS};
pub use error::{BodyError, HeadError};
pub use framing::{Framing, Options};
pub use head::{MAX_HEADERS, RequestHead, ResponseHead, Version, parse_request, parse_response};
pub use status::reason;
pub use window::MAX_HEAD;
pub use write::{CHUNK_END, ChunkHead, LAST_CHUNK, WriteError, chunk_head, write_request, write_response};
