//! What no server can answer faster: one read and one write for each request, and nothing looked at.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// As long as the answers of the server example to a status request.
const ANSWER: &[u8] = b"HTTP/1.1 308 Resume Incomplete\r\n\
    Range: bytes=0-262143\r\n\
    Content-Length: 0\r\n\
    Date: Thu, 26 Nov 2026 00:00:00 GMT\r\n\r\n";

pub(crate) fn serve(listener: &TcpListener) -> io::Result<()> {
    thread::scope(|scope| {
        for stream in listener.incoming() {
            let stream = stream?;
            scope.spawn(move || {
                if let Err(error) = answer(stream) {
                    eprintln!("error: {error}");
                }
            });
        }
        Ok(())
    })
}

/// The client waits for each answer, so whatever is read is one request.
fn answer(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer)? > 0 {
        stream.write_all(ANSWER)?;
    }
    Ok(())
}
