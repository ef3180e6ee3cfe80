//! A command that was killed goes on where it was, or says why it cannot.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use rustix::process::Signal;

use crate::program::{TempFile, file, run, stream};
use crate::server::Action::{After, Amid, Answer, Close, Then};
use crate::server::{TOKEN, bytes, complete, created, kept, status};

const CHUNK: u64 = 262_144;
const CHUNKS: [&str; 2] = ["--chunk-size", "262144"];

#[test]
fn a_killed_upload_of_a_file_goes_on() {
    let lives = file(3 * CHUNK + 7).with(&CHUNKS).kept().again();
    let kill = lives.kill();
    let outcome = lives.against([
        ("POST", Answer(created())),
        ("PUT bytes 0-262143/786439", Answer(kept(CHUNK))),
        ("PUT bytes 262144-524287/786439", Amid(131_071, kill, String::new())),
        ("PUT bytes */786439", Answer(kept(CHUNK + 11))),
        ("PUT bytes 262155-786431/786439", Answer(kept(2 * CHUNK))),
        ("PUT bytes 524288-786431/786439", Answer(kept(3 * CHUNK))),
        ("PUT bytes 786432-786438/786439", Answer(complete())),
    ]);
    outcome.succeeds();
    assert_eq!(outcome.lives[0].code, None, "it was killed");
}

/// Its source brings the same bytes once more. What is acknowledged is read, compared and skipped.
#[test]
fn a_killed_upload_of_a_stream_goes_on() {
    let lives = stream(3 * CHUNK + 7).with(&CHUNKS).kept().again();
    let kill = lives.kill();
    lives
        .against([
            ("POST", Answer(created())),
            ("PUT bytes 0-262143/*", Answer(kept(CHUNK - 3))),
            ("PUT bytes 262141-524287/*", Amid(131_071, kill, String::new())),
            ("PUT bytes */*", Answer(kept(CHUNK + 11))),
            ("PUT bytes 262155-786431/*", Answer(kept(2 * CHUNK))),
            ("PUT bytes 524288-786431/*", Answer(kept(3 * CHUNK))),
            ("PUT bytes 786432-786438/786439", Answer(complete())),
        ])
        .succeeds();
}

/// A process that ends between the creation and its answer has nothing to go on with, and nothing was sent.
#[test]
fn a_kill_before_the_session_is_known_starts_over() {
    let lives = file(11).kept().again();
    let kill = lives.kill();
    lives
        .against([
            ("POST", Then(kill, created())),
            ("POST", Answer(created())),
            ("PUT bytes 0-10/11", Answer(complete())),
        ])
        .succeeds();
}

#[test]
fn a_kill_before_the_first_byte_is_acknowledged_goes_on_with_the_same_session() {
    for (run, question) in [(file(11), "PUT bytes */11"), (stream(11), "PUT bytes */*")] {
        let lives = run.kept().again();
        let kill = lives.kill();
        lives
            .against([
                ("POST", Answer(created())),
                ("PUT bytes 0-10/11", Amid(3, kill, String::new())),
                (question, Answer(kept(0))),
                ("PUT bytes 0-10/11", Answer(complete())),
            ])
            .succeeds();
    }
}

/// The success was on its way, or was there and the state not yet removed.
#[test]
fn a_kill_after_the_last_byte_is_told_that_all_is_there() {
    for (run, question) in [(file(11), "PUT bytes */11"), (stream(11), "PUT bytes */*")] {
        let lives = run.kept().again();
        let kill = lives.kill();
        lives
            .against([
                ("POST", Answer(created())),
                ("PUT bytes 0-10/11", Then(kill, complete())),
                (question, Answer(complete())),
            ])
            .succeeds();
    }
}

#[test]
fn a_stream_that_ended_with_a_chunk_is_closed_by_the_next_process() {
    let lives = stream(CHUNK).with(&CHUNKS).kept().again();
    let kill = lives.kill();
    lives
        .against([
            ("POST", Answer(created())),
            ("PUT bytes 0-262143/*", Answer(kept(CHUNK))),
            ("PUT bytes */262144", Then(kill, String::new())),
            ("PUT bytes */*", Answer(kept(CHUNK))),
            ("PUT bytes */262144", Answer(complete())),
        ])
        .succeeds();
}

#[test]
fn r43_a_session_that_is_gone_meanwhile_is_replaced() {
    for (run, total) in [(file(11), "11"), (stream(11), "*")] {
        let lives = run.kept().again();
        let kill = lives.kill();
        let question = format!("PUT bytes */{total}");
        lives
            .against([
                ("POST", Answer(created())),
                ("PUT bytes 0-10/11", Answer(kept(7))),
                ("PUT bytes 7-10/11", Amid(1, kill, String::new())),
                (&question, Answer(status(404, "no such session"))),
                ("POST", Answer(created())),
                ("PUT bytes 0-10/11", Answer(complete())),
            ])
            .succeeds();
    }
}

/// Half of a stream is read when it is told. The next process has it from the start.
#[test]
fn r43_a_session_that_is_gone_amid_a_stream_is_replaced_by_the_next_process() {
    let outcome = stream(11).kept().again().against([
        ("POST", Answer(created())),
        ("PUT bytes 0-10/11", Answer(kept(7))),
        ("PUT bytes 7-10/11", Answer(status(404, ""))),
        ("PUT bytes */*", Answer(status(404, ""))),
        ("POST", Answer(created())),
        ("PUT bytes 0-10/11", Answer(complete())),
    ]);
    outcome.succeeds();
    outcome.lives[0].fails("the session is gone (last: 404)");
}

#[test]
fn a_failure_keeps_the_state_and_the_next_process_goes_on() {
    let outcome = file(11).with(&["--max-attempts", "1"]).kept().again().against([
        ("POST", Answer(created())),
        ("PUT bytes 0-10/11", Close(String::new())),
        ("PUT bytes */11", Answer(kept(3))),
        ("PUT bytes 3-10/11", Answer(complete())),
    ]);
    outcome.succeeds();
    outcome.lives[0].fails("no progress in 1 attempts (last: the connection was closed without an answer)");
}

#[test]
fn the_state_is_json_that_only_its_owner_may_read() {
    let lives = file(CHUNK + 7).with(&CHUNKS).kept();
    let path = lives.state();
    let look = move || {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let state: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(state["upload"], serde_json::json!({"persisted": CHUNK, "total": CHUNK + 7}));
        assert!(state["session"].as_str().unwrap().ends_with(&format!("/up/{TOKEN}?upload_id={TOKEN}")));
        assert_eq!(state["source"]["kind"], "file");
    };
    lives
        .against([
            ("POST", Answer(created())),
            ("PUT bytes 0-262143/262151", Answer(kept(CHUNK))),
            ("PUT bytes 262144-262150/262151", Then(Box::new(look), complete())),
        ])
        .succeeds();
}

/// The kill comes while the state is being replaced, or just before, or just after.
#[test]
fn a_kill_at_any_moment_leaves_the_state_whole() {
    let kills = 24;
    let total = kills * CHUNK + 7;
    let lives = (0..kills).fold(file(total).with(&CHUNKS).kept(), |lives, _| lives.again());
    let mut script = vec![("POST".to_owned(), Answer(created()))];
    for n in 0..kills {
        let end = (n + 1) * CHUNK;
        let kill = lives.kill();
        let act = move || {
            std::thread::sleep(std::time::Duration::from_micros(n * 100));
            kill();
        };
        script.push((format!("PUT bytes {}-{}/{total}", n * CHUNK, end - 1), After(kept(end), Box::new(act))));
        script.push((format!("PUT bytes */{total}"), Answer(kept(end))));
    }
    script.push((format!("PUT bytes {}-{}/{total}", total - 7, total - 1), Answer(complete())));
    lives.against_long(script).succeeds();
}

#[test]
fn a_state_that_cannot_be_replaced_ends_the_upload() {
    let lives = file(CHUNK + 7).with(&CHUNKS).kept();
    let temporary = lives.state().with_file_name("state.tmp");
    let block = move || fs::create_dir(&temporary).unwrap();
    let outcome =
        lives.against([("POST", Answer(created())), ("PUT bytes 0-262143/262151", Then(Box::new(block), kept(CHUNK)))]);
    outcome.fails_with(4, "cannot keep the state: Is a directory (os error 21)");
}

#[test]
fn ctrl_c_leaves_the_state_whole() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let lives = file(11).kept().again();
        let interrupt = lives.signal(signal);
        let outcome = lives.against([
            ("POST", Answer(created())),
            ("PUT bytes 0-10/11", Then(interrupt, String::new())),
            ("PUT bytes */11", Answer(kept(3))),
            ("PUT bytes 3-10/11", Answer(complete())),
        ]);
        outcome.succeeds();
        assert_eq!(outcome.lives[0].code, Some(130));
    }
}

/// Runs an upload up to its seventh byte, changes the file, and runs it again.
fn after_a_change(change: impl FnOnce(&std::path::Path) + Send + 'static, why: &str) {
    let lives = file(11).kept().again();
    let (kill, path) = (lives.kill(), lives.path());
    let act = move || {
        change(&path);
        kill();
    };
    lives
        .against([
            ("POST", Answer(created())),
            ("PUT bytes 0-10/11", Answer(kept(7))),
            ("PUT bytes 7-10/11", Amid(1, Box::new(act), String::new())),
        ])
        .fails_with(3, &format!("the source has changed: {why}"));
}

#[test]
fn a_file_of_another_size_is_refused() {
    after_a_change(|path| fs::write(path, bytes(12)).unwrap(), "expected a size of 11 bytes, got 12");
}

#[test]
fn a_file_that_was_written_to_is_refused() {
    after_a_change(
        |path| fs::write(path, bytes(11)).unwrap(),
        "expected the modification time of the upload's beginning, got another",
    );
}

/// Some programs set the time back after they have written.
#[test]
fn a_file_with_another_beginning_is_refused() {
    after_a_change(
        |path| {
            let modified = fs::metadata(path).unwrap().modified().unwrap();
            fs::write(path, b"another one").unwrap();
            fs::File::options().write(true).open(path).unwrap().set_modified(modified).unwrap();
        },
        "expected the 7 acknowledged bytes to be the same as before, got others",
    );
}

#[test]
fn a_stream_of_other_bytes_is_refused() {
    for (input, why) in [
        (b"another one".to_vec(), "expected the 7 acknowledged bytes to be the same as before, got others"),
        (bytes(6), "expected a size of 11 bytes, got 6"),
    ] {
        let lives = stream(11).kept().again_fed(input);
        let kill = lives.kill();
        lives
            .against([
                ("POST", Answer(created())),
                ("PUT bytes 0-10/11", Answer(kept(7))),
                ("PUT bytes 7-10/11", Amid(1, kill, String::new())),
                ("PUT bytes */*", Answer(kept(7))),
            ])
            .fails_with(3, &format!("the source has changed: {why}"));
    }
}

#[test]
fn a_stream_of_another_length_is_refused() {
    for (size, got) in [(10, 10), (12, 12)] {
        let lives = stream(11).kept().again_fed(bytes(size));
        let kill = lives.kill();
        lives
            .against([
                ("POST", Answer(created())),
                ("PUT bytes 0-10/11", Answer(kept(7))),
                ("PUT bytes 7-10/11", Amid(1, kill, String::new())),
                ("PUT bytes */*", Answer(kept(7))),
            ])
            .fails_with(3, &format!("the source has changed: expected a size of 11 bytes, got {got}"));
    }
}

#[test]
fn what_is_no_state_is_refused_and_kept() {
    let state = |creation: &str, session: &str, persisted: u64| {
        format!(
            r#"{{"format":"state of a resumable upload, 1","creation":"{creation}","session":"{session}",
                "upload":{{"persisted":{persisted},"total":11}},"source":{{"kind":"stream","sha256":""}}}}"#
        )
    };
    let session = format!("http://127.0.0.1/{TOKEN}");
    for (text, why) in [
        (String::new(), "got something else from line 1, column 0 on"),
        ("rows,of,a table\n".to_owned(), "got something else from line 1, column 1 on"),
        (state("", &session, 7)[..150].to_owned(), "got something else from line 2, column"),
        (format!(r#"{{"format":"{TOKEN}"}}"#), "got something else from line 1, column"),
        (state("", &session, 7).replace(", 1", ", 2"), "got one in which the format is another one"),
        (state("", &session, 12), "got one in which more is persisted than there is"),
        (state("", TOKEN, 7), "got one in which the session is no URL"),
        (state("", &session, 7), "got that of one to another URL, or of another kind or name"),
    ] {
        let lives = file(11).kept();
        fs::write(lives.state(), &text).unwrap();
        let outcome = lives.against([]);
        let ran = outcome.last();
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(4), ""), "{}", ran.stderr);
        assert!(ran.stderr.starts_with("error: expected the state of ") && ran.stderr.contains(why), "{}", ran.stderr);
        assert_eq!(outcome.state(), Some(text), "it is somebody's");
    }
}

#[test]
fn the_state_of_another_upload_is_refused() {
    for other in [["--kind", "xml"], ["--name", "another"], ["--kind", "redivis"]] {
        let lives = file(11).kept().again_with(&other);
        let kill = lives.kill();
        let outcome = lives.against([("POST", Answer(created())), ("PUT bytes 0-10/11", Amid(3, kill, String::new()))]);
        let ran = outcome.last();
        assert_eq!((ran.code, ran.seen.lines.len()), (Some(4), 0), "{}", ran.stderr);
        assert!(ran.stderr.contains("another URL, or of another kind or name"), "{}", ran.stderr);
        assert!(outcome.state().is_some());
    }
}

#[test]
fn the_state_of_a_file_is_not_that_of_a_stream() {
    let lives = stream(11).kept();
    let state = lives.state();
    let kill = lives.kill();
    let outcome = lives.against([("POST", Answer(created())), ("PUT bytes 0-10/11", Amid(3, kill, String::new()))]);
    let kept = outcome.state().unwrap();
    assert!(kept.contains(r#""kind": "stream""#), "{kept}");
    let port = outcome.seen.port;
    fs::write(&state, kept).unwrap();
    let source = TempFile::new(11);
    let url = format!("http://127.0.0.1:{port}/create?uploadType=resumable");
    run(&[source.path(), &url, "--state", state.to_str().unwrap()], 0)
        .fails_with(3, "the source has changed: expected a stream, got a file");
}

#[test]
fn two_processes_do_not_share_a_state() {
    let lives = file(11).kept();
    let (path, state) = (lives.path(), lives.state());
    let second = move || {
        let (path, state) = (path.to_str().unwrap(), state.to_str().unwrap());
        let ran = run(&[path, "http://127.0.0.1:1/", "--state", state], 0);
        ran.fails_with(4, &format!("expected to be alone with the state file {state}, but another process uses it"));
    };
    lives.against([("POST", Answer(created())), ("PUT bytes 0-10/11", Then(Box::new(second), complete()))]).succeeds();
}

#[test]
fn a_state_that_cannot_be_written_ends_the_upload_before_anything_is_sent() {
    let nowhere = "/nonexistent/state";
    file(11)
        .with(&["--state", nowhere])
        .against([])
        .fails_with(4, &format!("cannot use the state file {nowhere}: No such file or directory (os error 2)"));
}
