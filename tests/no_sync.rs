//! The switch `--no-sync` of the server examples: uploads work with it, and its help says what it costs.
#![cfg(unix)]
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "a test of programs has sockets and files")]
#![allow(unreachable_pub, reason = "a test exports nothing: `pub` is what other modules use")]

#[path = "../examples/server/disk.rs"]
#[allow(dead_code, reason = "a part of the example: only its syncs are of interest here")]
mod disk;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A program, running; it is killed at the end of its test.
struct Program(Child, String);

impl Program {
    fn start(name: &str, root: &Path) -> Self {
        let mut command = Command::new(program(name));
        command.args(["--no-sync", "--listen", "127.0.0.1:0", "--root"]).arg(root);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let addr = line.trim().strip_prefix("listening on http://").unwrap().to_owned();
        Self(child, addr)
    }

    /// The whole answer to a request after which the connection is closed.
    fn ask(&self, method: &str, target: &str, fields: &str, body: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.1).unwrap();
        let length = body.len();
        let fixed = format!("Host: {}\r\nConnection: close\r\nContent-Length: {length}", self.1);
        stream.write_all(format!("{method} {target} HTTP/1.1\r\n{fixed}\r\n{fields}\r\n").as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Where cargo puts the example, seen from this test.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.parent().and_then(Path::parent).unwrap();
    let program = target.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "expected {}: run `cargo build --examples`", program.display());
    program
}

#[test]
fn an_upload_in_two_chunks_arrives_whole() {
    for name in ["server", "axum"] {
        let root = tempfile::tempdir().unwrap();
        let program = Program::start(name, root.path());
        let created = program.ask("POST", "/upload/storage/v1/b/b/o?uploadType=resumable&name=n", "", b"");
        let location = created.lines().find_map(|line| line.strip_prefix("Location: http://"));
        let location = location.or_else(|| created.lines().find_map(|line| line.strip_prefix("location: http://")));
        let session = location.and_then(|url| url.strip_prefix(&program.1)).unwrap_or_else(|| panic!("{created}"));
        let first = program.ask("PUT", session, "Content-Range: bytes 0-6/18\r\n", b"0123456");
        assert!(first.starts_with("HTTP/1.1 308 "), "{name}: {first}");
        let last = program.ask("PUT", session, "Content-Range: bytes 7-17/18\r\n", b"789abcdefgh");
        assert!(last.starts_with("HTTP/1.1 200 "), "{name}: {last}");
        let read = program.ask("GET", "/storage/v1/b/b/o/n?alt=media", "", b"");
        assert!(read.ends_with("\r\n\r\n0123456789abcdefgh"), "{name}: {read}");
    }
}

#[test]
fn the_help_says_that_what_was_told_can_be_lost() {
    for name in ["server", "axum"] {
        let ran = Command::new(program(name)).arg("--help").output().unwrap();
        let help = String::from_utf8(ran.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        let said = "UNSAFE: never sync anything to the disk. A crash of the machine or a power cut then loses bytes \
                    and objects that clients were told are safe.";
        assert!(help.contains(said), "{name}: {help}");
    }
}

/// The system refuses to sync a device that keeps nothing, so its answer shows whether it was asked.
#[test]
fn with_the_switch_the_system_is_never_asked_to_sync() {
    let nothing = Path::new("/dev/null");
    let asked = [disk::File::open(nothing).unwrap().sync(), disk::sync_folder(nothing)];
    assert!(asked.iter().all(Result::is_err), "{asked:?}");
    disk::never_sync();
    let not_asked = [disk::File::open(nothing).unwrap().sync(), disk::sync_folder(nothing)];
    assert!(not_asked.iter().all(Result::is_ok), "{not_asked:?}");
}
