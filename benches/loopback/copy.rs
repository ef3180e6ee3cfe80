//! What no server can be faster than: bytes from a connection to a file, through a buffer, and one byte of answer.
//!
//! A message is a length in 8 bytes, the most significant first, and so many bytes, which are appended to the file of
//! the connection. With [`NEW_FILE`] in the length they begin another file.
//!
//! With `--record` a line of a hundred bytes is written after each message: what a server has to do that tells after a crash how
//! far it had come. Beside the bytes the line is in a file of its own, which is synced after them. Within, it is behind them in
//! the same file with their CRC32C, so that one sync serves both. That is the least that such a server can do: in the end the lines
//! would have to be cut off, and after a crash the bytes would have to be read again.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::thread;

use clap::ValueEnum;
use crc_fast::{CrcAlgorithm, Digest};

use super::{BUFFER, Files, SYNC_EVERY};

/// Set in the length of a message that begins a file.
pub(crate) const NEW_FILE: u64 = 1 << 63;

/// With `--aligned` the bytes are read to a multiple of this.
const ALIGNMENT: usize = 64;

/// The length that a message begins with, in bytes.
const HEAD: usize = 8;

/// The line that says how far a file has come, and how much room there is for lines.
const LINE: [u8; 100] = [b'7'; 100];
const LINES: usize = 640;

/// Where the lines go that are within: no file of this benchmark has more bytes.
const BEHIND: u64 = 1 << 30;

/// Where the line goes.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Record {
    Beside,
    Within,
}

pub(crate) fn serve(listener: &TcpListener, files: &Files, record: Option<Record>, aligned: bool) -> io::Result<()> {
    thread::scope(|scope| {
        for (number, stream) in (1_u64..).zip(listener.incoming()) {
            let stream = stream?;
            scope.spawn(move || {
                if let Err(error) = copy(stream, files, number, record, aligned) {
                    eprintln!("error: {error}");
                }
            });
        }
        Ok(())
    })
}

fn copy(mut stream: TcpStream, files: &Files, number: u64, record: Option<Record>, aligned: bool) -> io::Result<()> {
    let &Files { ref root, sync } = files;
    let beside = match record {
        Some(Record::Beside) => Some(lines(&root.join(format!("{number}.record")))?),
        Some(Record::Within) | None => None,
    };
    let is_within = record == Some(Record::Within);
    stream.set_nodelay(true)?;
    let mut room = vec![0; ALIGNMENT + HEAD + BUFFER];
    // What is behind the length is aligned.
    let skipped = if aligned { room[HEAD..].as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT) } else { 0 };
    let buffer = &mut room[skipped..][..HEAD + BUFFER];
    let (mut file, mut at) = (None, 0);
    for message in 1_u64.. {
        let mut held = 0;
        while held < HEAD {
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
        let mut sum = is_within.then(|| Digest::new(CrcAlgorithm::Crc32Iscsi));
        if let Some(sum) = &mut sum {
            sum.update(first);
        }
        while at < end {
            // Pieces end at multiples of their size, so that no two of them share a page.
            let past = usize::try_from(at % BUFFER as u64).map_err(io::Error::other)?;
            let bytes = &mut buffer[HEAD..][..BUFFER - past];
            let len = stream.read(bytes)?;
            if len == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            file.write_all_at(&bytes[..len], at)?;
            at += len as u64;
            if let Some(sum) = &mut sum {
                sum.update(&bytes[..len]);
            }
            if sync && at - synced >= SYNC_EVERY && at < end {
                file.sync_data()?;
                synced = at;
            }
        }
        // Over and over the same room: so the file keeps its length.
        let place = message % LINES as u64 * LINE.len() as u64;
        if let Some(sum) = sum {
            let mut line = LINE;
            line[..8].copy_from_slice(&sum.finalize().to_be_bytes());
            file.write_all_at(&line, BEHIND + place)?;
        }
        if sync {
            file.sync_data()?;
        }
        if let Some(record) = &beside {
            record.write_all_at(&LINE, place)?;
            if sync {
                record.sync_data()?;
            }
        }
        stream.write_all(b"!")?;
    }
    Ok(())
}

/// A file with room for lines.
fn lines(path: &Path) -> io::Result<File> {
    let file = File::create(path)?;
    file.write_all_at(&LINE.repeat(LINES), 0)?;
    file.sync_all()?;
    Ok(file)
}
