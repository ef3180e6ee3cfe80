//! What no server can be faster than: bytes from a connection to a file, through a buffer, and one byte of answer.
//!
//! A message is a length in 8 bytes, the most significant first, and so many bytes, which are appended to the file of
//! the connection. With [`NEW_FILE`] in the length they begin another file.
//!
//! With `--record` there is a second file, in which a line of a hundred bytes is written after each message, and synced after the
//! bytes: what a server has to do that tells after a crash how far it had come.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::thread;

use super::{BUFFER, Files, SYNC_EVERY};

/// Set in the length of a message that begins a file.
pub(crate) const NEW_FILE: u64 = 1 << 63;

/// The line that says how far a file has come, and how much room there is for lines.
const LINE: [u8; 100] = [b'7'; 100];
const LINES: usize = 640;

pub(crate) fn serve(listener: &TcpListener, files: &Files, has_record: bool) -> io::Result<()> {
    thread::scope(|scope| {
        for (number, stream) in (1_u64..).zip(listener.incoming()) {
            let stream = stream?;
            scope.spawn(move || {
                if let Err(error) = copy(stream, files, number, has_record) {
                    eprintln!("error: {error}");
                }
            });
        }
        Ok(())
    })
}

fn copy(mut stream: TcpStream, files: &Files, number: u64, has_record: bool) -> io::Result<()> {
    let &Files { ref root, sync } = files;
    let record = if has_record { Some(record(&root.join(format!("{number}.record")))?) } else { None };
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; BUFFER];
    let (mut file, mut at) = (None, 0);
    for message in 1_u64.. {
        let mut held = 0;
        while held < 8 {
            match stream.read(&mut buffer[held..])? {
                0 => break,
                len => held += len,
            }
        }
        let Some((&length, first)) = buffer[..held].split_first_chunk() else {
            return Ok(());
        };
        let length = u64::from_be_bytes(length);
        if length & NEW_FILE != 0 {
            (file, at) = (Some(File::create(root.join(format!("{number}-{message}")))?), 0);
        }
        let file = file.as_ref().ok_or_else(|| io::Error::other("expected the first message to begin a file"))?;
        let end = at + (length & !NEW_FILE);
        file.write_all_at(first, at)?;
        at += first.len() as u64;
        let mut synced = at;
        while at < end {
            let len = stream.read(&mut buffer)?;
            if len == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            file.write_all_at(&buffer[..len], at)?;
            at += len as u64;
            if sync && at - synced >= SYNC_EVERY && at < end {
                file.sync_data()?;
                synced = at;
            }
        }
        if sync {
            file.sync_data()?;
        }
        if let Some(record) = &record {
            // Over and over the same room: the file keeps its length.
            record.write_all_at(&LINE, message % LINES as u64 * LINE.len() as u64)?;
            if sync {
                record.sync_data()?;
            }
        }
        stream.write_all(b"!")?;
    }
    Ok(())
}

/// A file with room for lines.
fn record(path: &Path) -> io::Result<File> {
    let file = File::create(path)?;
    file.write_all_at(&LINE.repeat(LINES), 0)?;
    file.sync_all()?;
    Ok(file)
}
