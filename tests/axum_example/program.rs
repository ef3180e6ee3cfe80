//! The program, as its users run it: it stops cleanly, and what it has told outlives it however it ends.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::peer::{Peer, data};

/// The program, running.
struct Program {
    child: Child,
    addr: String,
}

impl Program {
    fn start(root: &Path) -> Self {
        Self::start_in(Path::new("."), root)
    }

    /// From another folder.
    fn start_in(folder: &Path, root: &Path) -> Self {
        let mut command = Command::new(program());
        command.current_dir(folder).args(["--listen", "127.0.0.1:0", "--root"]).arg(root);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let addr = line.trim().strip_prefix("listening on http://").unwrap().to_owned();
        Self { child, addr }
    }

    fn connect(&self) -> Peer {
        Peer::connect(&self.addr)
    }

    /// Ends it with a signal; how it ended, and what it said.
    fn end(mut self, signal: &str) -> (ExitStatus, String) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap(), said)
    }
}

/// Where cargo puts the example, seen from this test.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.parent().and_then(Path::parent).unwrap();
    let program = target.join("examples").join(format!("axum{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "expected {}: run `cargo build --examples`", program.display());
    program
}

#[test]
fn the_root_may_be_a_folder_below_that_is_not_there_yet() {
    for root in ["new", "new/below", "./new"] {
        let folder = tempfile::tempdir().unwrap();
        let program = Program::start_in(folder.path(), Path::new(root));
        begin(&program);
        assert!(folder.path().join(root).join("lock").exists());
        assert!(program.end("-TERM").0.success());
    }
}

/// A session of which 7 bytes were told, and a request under way that has brought more.
fn begin(program: &Program) -> (String, Peer) {
    let target = "/upload/storage/v1/b/b/o?uploadType=resumable&name=n";
    let session = program.connect().ask("POST", target, &[], b"").location(&program.addr);
    assert_eq!(program.connect().put(&session, "bytes 0-6/*", &data(7)).range(), 7);
    let mut peer = program.connect();
    let fields = ["Content-Range: bytes 7-17/18", "Content-Length: 11", "Expect: 100-continue"];
    peer.send(peer.head("PUT", &session, &fields));
    assert_eq!(peer.reply().status, 100);
    peer.send(&data(18)[7..10]);
    (session, peer)
}

fn finish(root: &Path, session: &str, at_least: u64) {
    let program = Program::start(root);
    let persisted = program.connect().put(session, "bytes */18", b"").range();
    assert!((at_least..=10).contains(&persisted), "{persisted}");
    let rest = &data(18)[usize::try_from(persisted).unwrap()..];
    assert_eq!(program.connect().put(session, &format!("bytes {persisted}-17/18"), rest).status, 200);
    assert_eq!(program.connect().ask("GET", "/storage/v1/b/b/o/n?alt=media", &[], b"").body, data(18));
    assert!(program.end("-TERM").0.success());
}

#[test]
fn ctrl_c_ends_the_program_though_a_body_is_under_way() {
    let root = tempfile::tempdir().unwrap();
    let program = Program::start(root.path());
    let (session, mut peer) = begin(&program);
    let (status, said) = program.end("-INT");
    assert!(status.success(), "{status}, {said}");
    assert!(said.contains("* stopping, 1 requests are under way"), "{said}");
    let rest = peer.rest();
    assert!(rest.starts_with("HTTP/1.1 503 "), "it may be asked again, {rest}");
    finish(root.path(), &session, 7);
}

#[test]
fn what_was_told_outlives_a_kill() {
    let root = tempfile::tempdir().unwrap();
    let program = Program::start(root.path());
    let (session, _peer) = begin(&program);
    assert!(!program.end("-KILL").0.success());
    // As if it had been killed while it replaced a record.
    let temporary = root.path().join("uploads").join("0.tmp");
    std::fs::write(&temporary, b"{").unwrap();
    finish(root.path(), &session, 7);
    assert!(!temporary.exists(), "it stays for ever");
}

#[test]
fn a_folder_serves_one_program_at_a_time() {
    let root = tempfile::tempdir().unwrap();
    let program = Program::start(root.path());
    let mut other = Command::new(self::program());
    let ran = other.args(["--listen", "127.0.0.1:0", "--root"]).arg(root.path()).output().unwrap();
    assert_eq!(ran.status.code(), Some(1));
    let said = format!(
        "error: cannot serve {} on 127.0.0.1:0: expected to have the folder alone, but another process serves it\n",
        root.path().display()
    );
    assert_eq!(String::from_utf8(ran.stderr).unwrap(), said);
    assert!(program.end("-TERM").0.success());
}
