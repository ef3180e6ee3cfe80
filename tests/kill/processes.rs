//! The programs, and plain requests to the server.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use resumable::fields::Fields;
use resumable::http1::{MAX_HEADERS, parse_response};
use rustix::process::{Pid, Signal, kill_process};

use crate::relay::persisted;

/// No test waits longer than this for anything.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The example `server`. It is killed at the latest when its test ends.
pub struct Server {
    child: Child,
    pub addr: String,
}

impl Server {
    pub fn start(root: &Path, sync_every: u64) -> Self {
        let mut child = Command::new(program("server"))
            .args(["--listen", "127.0.0.1:0", "--sync-every", &sync_every.to_string(), "--root"])
            .arg(root)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let addr = line.trim_end().strip_prefix("listening on http://").expect("the server says where it listens");
        Self { addr: addr.to_owned(), child }
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The exit code after this signal.
    pub fn signal(&mut self, signal: Signal) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        self.child.wait().unwrap().code()
    }

    /// A new session, by an address of its own.
    pub fn create(&self, name: &str) -> String {
        let target = format!("/upload/storage/v1/b/b/o?uploadType=resumable&name={name}");
        ask(&self.addr, "POST", &target, "", b"").unwrap().location.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until the only upload has so many bytes, durable or not.
pub fn wait_for_bytes(root: &Path, bytes: u64) {
    let since = Instant::now();
    let len = |entry: io::Result<fs::DirEntry>| entry.unwrap().metadata().unwrap().len();
    while fs::read_dir(root.join("data")).unwrap().map(len).all(|len| len < bytes) {
        assert!(since.elapsed() < PATIENCE, "the bytes were not stored");
        thread::sleep(Duration::from_millis(1));
    }
}

/// The example `upload`, always with the same command.
pub struct Client {
    command: Command,
    /// For a stream: what its standard input is.
    input: Option<PathBuf>,
    child: Child,
    /// What it says, in a file, so that nobody has to read it.
    words: File,
}

impl Client {
    /// Uploads the file, as a file or as a stream.
    pub fn start(file: &Path, url: &str, is_stream: bool) -> Self {
        let mut command = Command::new(program("upload"));
        command
            .args(["--chunk-size", "262144", "--backoff-ms", "4", "--max-attempts", "1000000", "--state"])
            .arg(file.with_extension("state"))
            .arg(if is_stream { Path::new("-") } else { file })
            .arg(url)
            .stdout(Stdio::null());
        let input = is_stream.then(|| file.to_owned());
        let words = tempfile::tempfile().unwrap();
        let child = run(&mut command, input.as_deref(), &words);
        Self { command, input, child, words }
    }

    pub fn again(&mut self) {
        self.child = run(&mut self.command, self.input.as_deref(), &self.words);
    }

    pub fn kill(&mut self) {
        // It may have ended already, and is started again all the same.
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }

    /// How it has ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// The last of what it said.
    pub fn last_words(&mut self) -> String {
        let mut text = String::new();
        self.words.rewind().unwrap();
        self.words.read_to_string(&mut text).unwrap();
        text.lines().next_back().unwrap_or_default().to_owned()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.kill();
    }
}

fn run(command: &mut Command, input: Option<&Path>, words: &File) -> Child {
    let stdin = input.map_or_else(Stdio::null, |file| File::open(file).unwrap().into());
    command.stdin(stdin).stderr(words.try_clone().unwrap()).spawn().unwrap()
}

/// An answer, as far as it counts here.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// How much `Range` says.
    pub persisted: u64,
    /// The path and query of `Location`.
    pub location: Option<String>,
    pub body: Vec<u8>,
}

/// One request on a connection of its own.
pub fn ask(addr: &str, method: &str, target: &str, fields: &str, body: &[u8]) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let length = body.len();
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\nContent-Length: {length}\r\n{fields}\r\n"
    )?;
    stream.write_all(body)?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let head = parse_response(&bytes, &mut headers, method).map_err(io::Error::other)?;
    let head = head.ok_or(io::ErrorKind::UnexpectedEof)?;
    let location = head.headers.field("location").one();
    let location =
        location.map(|url| String::from_utf8_lossy(url).splitn(4, '/').nth(3).map(|path| format!("/{path}")));
    Ok(Answer {
        status: head.status,
        persisted: persisted(head.headers.field("range")),
        location: location.flatten(),
        body: bytes[head.len..].to_vec(),
    })
}

/// Bytes that depend on their position, and on a number.
pub fn data(number: u64, len: usize) -> Vec<u8> {
    let number = usize::try_from(number).unwrap();
    (0..len)
        .map(|at| (at ^ (at >> 8).wrapping_mul(29) ^ (at >> 16).wrapping_mul(53) ^ number).to_le_bytes()[0])
        .collect()
}

/// Where cargo puts an example, seen from this test.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.parent().and_then(Path::parent).unwrap();
    let program = target.join("examples").join(name);
    assert!(program.exists(), "expected {}: run `cargo build --examples`", program.display());
    program
}
