//! Reads an object back, straight from the server.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use resumable::http1::{Body, MAX_HEADERS, parse_response, write_request};
use sha2::{Digest, Sha256};

/// The SHA-256 of what a `GET` of `target` brings.
pub fn sha256(addr: SocketAddr, target: &str) -> io::Result<[u8; 32]> {
    let mut stream = TcpStream::connect(addr)?;
    let mut buffer = vec![0; 256 * 1024];
    let len = write_request(&mut buffer, "GET", target, &addr.to_string(), []).map_err(io::Error::other)?;
    stream.write_all(&buffer[..len])?;

    let (mut hash, mut body, mut unused) = (Sha256::new(), None::<Body>, 0);
    loop {
        let read = stream.read(&mut buffer[unused..])?;
        let end = unused + read;
        let mut start = 0;
        if body.is_none() {
            let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
            let head = parse_response(&buffer[..end], &mut headers, "GET").map_err(io::Error::other)?;
            if let Some(head) = head {
                if head.status != 200 {
                    return Err(io::Error::other(format!("expected the object, got {}", head.status)));
                }
                start = head.len;
                body = Some(Body::new(head.body));
            }
        }
        if let Some(body) = &mut body {
            while start < end && !body.is_end() {
                let decoded = body.decode(&buffer[start..end]).map_err(io::Error::other)?;
                hash.update(decoded.data);
                start += decoded.consumed;
            }
            if body.is_end() {
                return Ok(hash.finalize().into());
            }
        }
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // Only an unfinished head is read again.
        unused = if body.is_some() { 0 } else { end };
    }
}
