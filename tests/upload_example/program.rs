//! Running the program: what it gets, how long it may take, and what must hold in every run.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

use crate::server::{Action, Exchange, Seen, Server, TOKEN, bytes};

/// How long one run may take.
const LIMIT: Duration = Duration::from_secs(60);

/// One run of the program.
pub struct Run {
    /// The file, unless it is a stream.
    pub file: Option<TempFile>,
    pub size: u64,
    pub args: Vec<String>,
    pub path: String,
    /// Whether the URL is that of a session.
    pub in_session: bool,
}

/// How a run went.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub seen: Seen,
    /// The most memory it had, in KiB, where the system tells.
    pub peak: Option<u64>,
    pub size: u64,
}

/// A file of so many bytes.
pub fn file(size: u64) -> Run {
    Run { file: Some(TempFile::new(size)), ..stream(size) }
}

/// A stream of so many bytes, of which the program does not know how many.
pub fn stream(size: u64) -> Run {
    Run { file: None, size, args: Vec::new(), path: "/create?uploadType=resumable".to_owned(), in_session: false }
}

impl Run {
    /// With more arguments.
    pub fn with(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(|arg| (*arg).to_owned()));
        self
    }

    /// Where the file is.
    pub fn path(&self) -> PathBuf {
        self.file.as_ref().unwrap().path().into()
    }

    /// With another creation URL.
    pub fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// In a session that was made elsewhere.
    pub fn in_session(self) -> Self {
        Self { in_session: true, ..self.at(&format!("/up/{TOKEN}?upload_id={TOKEN}")) }
    }

    /// Runs it against a server that plays `script`, every line of which has to be played, and no more.
    pub fn against<const N: usize>(self, script: [(&str, Action); N]) -> Ran {
        let script = script.map(|(line, action)| (line.to_owned(), action));
        self.against_long(script.into())
    }

    /// The same with a script that was computed.
    pub fn against_long(self, script: Vec<Exchange>) -> Ran {
        let expected: Vec<String> = script.iter().map(|(line, _)| line.clone()).collect();
        let server = Server::start(script);
        let args = self.args(server.port);
        let input = if self.file.is_some() { 0 } else { self.size };
        let mut ran = run(&args.iter().map(String::as_str).collect::<Vec<_>>(), input);
        ran.size = self.size;
        ran.seen = server.stop();
        assert_eq!(ran.seen.lines, expected, "{}", ran.stderr);
        ran
    }

    /// What the program is called with, for a server on that port.
    pub fn args(&self, port: u16) -> Vec<String> {
        let defaults = ["--backoff-ms", "1", "--seed", "7", "--timeout", "30"].map(str::to_owned);
        let source = self.file.as_ref().map_or("-", TempFile::path).to_owned();
        let url = format!("http://127.0.0.1:{port}{}", self.path);
        let session = self.in_session.then(|| "--session".to_owned());
        defaults.into_iter().chain(self.args.iter().cloned()).chain([source]).chain(session).chain([url]).collect()
    }
}

impl Ran {
    /// It has uploaded everything, and said so.
    pub fn succeeds(&self) -> &Self {
        let mut expected = String::new();
        for byte in Sha256::digest(bytes(self.size)) {
            write!(expected, "{byte:02x}").unwrap();
        }
        writeln!(expected, " {}", self.size).unwrap();
        assert_eq!(self.stdout, expected, "{}", self.stderr);
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }

    /// It has failed, and the last line says why.
    pub fn fails(&self, why: &str) -> &Self {
        self.fails_with(1, why)
    }

    /// It has failed with that code, and the last line says why.
    pub fn fails_with(&self, code: i32, why: &str) -> &Self {
        let last = self.stderr.lines().next_back().unwrap_or_default();
        assert_eq!(last, format!("error: {why}"), "{}", self.stderr);
        assert_eq!((self.code, self.stdout.as_str()), (Some(code), ""));
        self
    }

    /// It was called wrongly.
    pub fn is_wrong(&self, why: &str) -> &Self {
        assert!(self.stderr.starts_with(&format!("error: {why}")), "{}", self.stderr);
        assert_eq!((self.code, self.stdout.as_str()), (Some(2), ""));
        self
    }

    /// What it has shown of the exchange, without the summary.
    pub fn ladder(&self) -> Vec<&str> {
        let is_part = |line: &&str| !["error: ", "done: ", "wait "].iter().any(|start| line.starts_with(start));
        self.stderr.lines().filter(is_part).collect()
    }
}

/// Runs the program with exactly these arguments, and with so many bytes on its standard input.
pub fn run(args: &[&str], input: u64) -> Ran {
    run_fed(args, bytes(input), &AtomicU32::new(0))
}

/// The same with any bytes on its standard input. `process` has its id while it runs, else 0.
pub fn run_fed(args: &[&str], input: Vec<u8>, process: &AtomicU32) -> Ran {
    let mut child = Command::new(program())
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    process.store(child.id(), Ordering::SeqCst);
    let mut stdin = child.stdin.take().unwrap();
    let feeder = thread::spawn(move || {
        // A program that has failed reads no more.
        let _ = stdin.write_all(&input);
    });
    let stdout = collect(child.stdout.take().unwrap());
    let stderr = collect(child.stderr.take().unwrap());
    let (code, peak) = wait(&mut child);
    process.store(0, Ordering::SeqCst);
    feeder.join().unwrap();
    let ran = Ran {
        code,
        stdout: stdout.join().unwrap(),
        stderr: stderr.join().unwrap(),
        seen: Seen::default(),
        peak,
        size: 0,
    };
    for output in [&ran.stdout, &ran.stderr] {
        assert!(!output.contains(TOKEN), "the session's address is a secret: {output}");
    }
    ran
}

/// The exit code and the peak of memory; the program is ended if it takes too long.
fn wait(child: &mut Child) -> (Option<i32>, Option<u64>) {
    let deadline = Instant::now() + LIMIT;
    let mut peak = None;
    while Instant::now() < deadline {
        peak = peak_of(child.id()).or(peak);
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code(), peak);
        }
        thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    (None, peak)
}

/// What Linux says, in KiB.
fn peak_of(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn collect(mut pipe: impl std::io::Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).unwrap();
        text
    })
}

/// Where cargo puts the example, seen from this test.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.parent().and_then(Path::parent).unwrap();
    let program = target.join("examples").join(format!("upload{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "expected {}: run `cargo build --examples`", program.display());
    program
}

/// A file that is removed in the end.
pub struct TempFile(PathBuf);

impl TempFile {
    /// With the first bytes of the source.
    pub fn new(size: u64) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("upload-{}-{count}.bin", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, bytes(size)).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = std::fs::remove_file(&self.0);
    }
}
