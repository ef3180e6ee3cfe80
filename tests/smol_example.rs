//! The example program `smol`, as its users run it, against the server example: over a good network, over one that
//! cuts connections, loses answers and stalls, and against servers that do not do what they should.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a test over TCP has sockets, files and threads"
)]
#![allow(unreachable_pub, reason = "a test exports nothing: `pub` is what other modules use")]

#[path = "server_example/peer.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod peer;
#[path = "../examples/demo/proxy.rs"]
mod proxy;
#[path = "../examples/server/server.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod server;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use peer::{Host, data};
use proxy::{Faults, Proxy};
use server::Config;

const CHUNK: u64 = 262_144;

/// An uneven size of a few chunks.
const SIZE: usize = 1_234_567;

/// Runs the program, with patience for servers that answer and little for those that do not.
fn run(file: &Path, addr: SocketAddr, arguments: &[&str]) -> Output {
    let url = format!("http://{addr}/upload/storage/v1/b/b/o?uploadType=resumable&name=n");
    let mut command = Command::new(program());
    command.arg(file).arg(url).args(["--chunk-size", "262144", "--backoff-ms", "10", "--seed", "7"]);
    command.args(arguments).output().unwrap()
}

/// Where cargo puts the example, seen from this test.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.parent().and_then(Path::parent).unwrap();
    let program = target.join("examples").join(format!("smol{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "expected {}: run `cargo build --examples`", program.display());
    program
}

fn file_of(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A server that plays one answer to each connection, after the head of a request.
fn scripted(answers: Vec<&'static str>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                head.push(byte[0]);
            }
            // The client may be gone.
            let _ = stream.write_all(answer.replace("ADDR", &addr.to_string()).as_bytes());
        }
    });
    addr
}

const CREATED: &str = "HTTP/1.1 200 OK\r\nLocation: http://ADDR/session/0123456789abcdef\r\nContent-Length: 0\r\n\r\n";

#[test]
fn files_of_all_sizes_arrive() {
    for size in [0, 1, 7, 262_143, 262_144, 262_145, SIZE] {
        let (host, _root) = Host::start(Config::default());
        let bytes = data(size);
        let ran = run(file_of(&bytes).path(), host.addr.parse().unwrap(), &[]);
        assert!(ran.status.success(), "{}", text(&ran.stderr));
        assert_eq!(text(&ran.stdout), format!("{size}\n"));
        assert!(host.media("n").unwrap() == bytes, "{size} bytes");
    }
}

/// Each fault strikes once at least, and some while the client sends.
#[test]
fn a_file_arrives_over_a_bad_network() {
    for seed in 1..=4 {
        let mut config = Config::default();
        config.policy.sync_every = NonZeroU64::new(64 << 10);
        let (host, _root) = Host::start(config);
        let faults = Faults {
            count: 12,
            within: NonZeroU64::new(CHUNK).unwrap(),
            stall: Duration::from_millis(700),
            rate: None,
        };
        let network = Proxy::start(host.addr.parse().unwrap(), seed, faults, Box::new(|_, _| ())).unwrap();
        let bytes = data(SIZE);
        // Shorter than a stall: the client comes back while the older connection still lives.
        let patience = ["--timeout-ms", "500", "--max-attempts", "30"];
        let ran = run(file_of(&bytes).path(), network.addr(), &patience);
        let ladder = text(&ran.stderr);
        assert!(ran.status.success(), "{ladder}");
        assert!(ladder.contains("no answer: "), "the network was not bad: {ladder}");
        assert!(ladder.contains("PUT bytes */1234567"), "it never asked: {ladder}");
        assert!(host.media("n").unwrap() == bytes, "seed {seed}");
    }
}

#[test]
fn a_refusal_ends_it_and_is_shown_without_the_sessions_secret() {
    let refused = "HTTP/1.1 403 Forbidden\r\nContent-Length: 41\r\n\r\nnot for you, http://a/0123456789abcdef\n\x1b[1m";
    let ran = run(file_of(b"resumable!\n").path(), scripted(vec![CREATED, refused]), &[]);
    assert_eq!(ran.status.code(), Some(1));
    let said = text(&ran.stderr);
    assert!(said.contains("403") && said.contains("not for you, http://a/*** "), "{said}");
    assert!(!said.contains("0123456789abcdef") && !said.contains('\x1b'), "{said}");
    assert_eq!(ran.stdout, b"");
}

/// A success whose body breaks off may be none: it is asked for again.
#[test]
fn a_success_that_breaks_off_is_asked_for_again() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{";
    let whole = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    let ran = run(file_of(b"resumable!\n").path(), scripted(vec![CREATED, cut, whole]), &[]);
    let ladder = text(&ran.stderr);
    assert!(ran.status.success(), "{ladder}");
    assert!(ladder.contains("no answer: the answer 200 is not whole") && ladder.contains("PUT bytes */11"), "{ladder}");
}

#[test]
fn a_session_elsewhere_is_not_trusted() {
    let elsewhere = "HTTP/1.1 200 OK\r\nLocation: http://127.0.0.2:9/session\r\nContent-Length: 0\r\n\r\n";
    let ran = run(file_of(b"resumable!\n").path(), scripted(vec![elsewhere]), &[]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(text(&ran.stderr).contains("127.0.0.2:9, which is not trusted"), "{}", text(&ran.stderr));
}

#[test]
fn what_cannot_be_uploaded_is_named() {
    let addr = scripted(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let ran = run(folder.path(), addr, &[]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(text(&ran.stderr).contains("expected a regular file"), "{}", text(&ran.stderr));
    let missing = folder.path().join("missing");
    assert!(text(&run(&missing, addr, &[]).stderr).contains("cannot open"));
    fs::write(&missing, b"it is there now").unwrap();
    let ran = Command::new(program()).arg(&missing).arg("https://a/?token=0123456789").output().unwrap();
    assert_eq!(text(&ran.stderr), "error: expected a URL with http://, got https, which is not supported\n");
    let ran = run(&missing, addr, &["--chunk-size", "7"]);
    assert_eq!(ran.status.code(), Some(2));
    assert!(text(&ran.stderr).contains("multiple of 262144"), "{}", text(&ran.stderr));
}
