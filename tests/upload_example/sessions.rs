//! Sessions that were made elsewhere, and sessions that are given up.

use crate::program::{file, run, stream};
use crate::server::Action::{Amid, Answer, Close, Then};
use crate::server::{Server, TOKEN, complete, created, kept, status};

const CHUNK: u64 = 262_144;

#[test]
fn a_session_made_elsewhere_is_asked_first() {
    for (run, question) in [(file(11), "PUT bytes */11"), (stream(11), "PUT bytes */*")] {
        let ran = run.in_session().against([(question, Answer(kept(0))), ("PUT bytes 0-10/11", Answer(complete()))]);
        ran.succeeds();
        assert!(ran.seen.heads[0].starts_with(&format!("PUT /up/{TOKEN}?upload_id={TOKEN} HTTP/1.1\r\n")));
    }
}

/// Whoever has begun it has sent the beginning of the same bytes.
#[test]
fn a_session_made_elsewhere_goes_on_where_it_is() {
    let total = 3 * CHUNK + 7;
    for (run, question) in [(file(total), "PUT bytes */786439"), (stream(total), "PUT bytes */*")] {
        run.in_session()
            .against([(question, Answer(kept(2 * CHUNK + 3))), ("PUT bytes 524291-786438/786439", Answer(complete()))])
            .succeeds();
    }
    file(11).in_session().against([("PUT bytes */11", Answer(complete()))]).succeeds();
}

#[test]
fn a_session_made_elsewhere_is_not_replaced() {
    for (run, question) in [(file(11), "PUT bytes */11"), (stream(11), "PUT bytes */*")] {
        run.in_session().against([(question, Answer(status(404, "")))]).fails("the session is gone (last: 404)");
    }
}

#[test]
fn a_session_made_elsewhere_can_be_kept() {
    let lives = file(11).in_session().kept().again();
    let kill = lives.kill();
    lives
        .against([
            ("PUT bytes */11", Answer(kept(0))),
            ("PUT bytes 0-10/11", Answer(kept(7))),
            ("PUT bytes 7-10/11", Amid(1, kill, String::new())),
            ("PUT bytes */11", Answer(kept(9))),
            ("PUT bytes 9-10/11", Answer(complete())),
        ])
        .succeeds();
}

#[test]
fn the_state_of_another_session_is_refused() {
    let lives = file(11).in_session().kept().again_with(&["--session", "http://127.0.0.1:{port}/up/another"]);
    let kill = lives.kill();
    let outcome =
        lives.against([("PUT bytes */11", Answer(kept(3))), ("PUT bytes 3-10/11", Amid(1, kill, String::new()))]);
    let ran = outcome.last();
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert!(ran.stderr.contains("got that of another session"), "{}", ran.stderr);
    assert!(outcome.state().is_some());
}

/// R49: all of these say that there is no open session any more.
#[test]
fn r49_a_session_can_be_cancelled() {
    let refused = "HTTP/1.1 204 No Content\r\n\r\n".to_owned();
    for answer in [status(499, ""), status(200, ""), refused, status(404, "")] {
        let server = Server::start(vec![("DELETE".to_owned(), Answer(answer))]);
        let session = format!("http://127.0.0.1:{}/up/{TOKEN}", server.port);
        let header = format!("Authorization: Bearer {TOKEN}");
        let ran = run(&["--cancel", "--session", &session, "--header", &header], 0);
        let seen = server.stop();
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{}", ran.stderr);
        assert_eq!(seen.lines, ["DELETE"]);
        assert!(seen.heads[0].contains(&header) && seen.heads[0].contains("\r\nContent-Length: 0\r\n"));
    }
}

#[test]
fn a_cancel_that_is_refused_is_a_failure() {
    let server = Server::start(vec![("DELETE".to_owned(), Answer(status(403, "not yours")))]);
    let session = format!("http://127.0.0.1:{}/up/{TOKEN}", server.port);
    run(&["--cancel", "--session", &session], 0).fails("the server refused the request with 403 (last: 403 not yours)");
    server.stop();
}

/// Also with the command that has begun it. An answer that is lost is asked for again, and the file is not read.
#[test]
fn what_is_kept_can_be_cancelled() {
    for run in [file(11), stream(11)] {
        let lives = run.kept().again_with(&["--cancel"]);
        let (kill, is_file) = (lives.kill(), lives.is_file());
        let path = is_file.then(|| lives.path());
        let vanish = move || {
            if let Some(path) = path {
                std::fs::remove_file(path).unwrap();
            }
            kill();
        };
        let outcome = lives.against([
            ("POST", Answer(created())),
            ("PUT bytes 0-10/11", Amid(1, Box::new(vanish), String::new())),
            ("DELETE", Close(String::new())),
            ("DELETE", Answer(status(499, ""))),
        ]);
        let ran = outcome.last();
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{}", ran.stderr);
        assert!(outcome.state().is_none(), "it is over");
    }
}

/// A kill in the middle of a cancel leaves what is needed to cancel again, or to go on.
#[test]
fn a_killed_cancel_can_be_repeated() {
    let lives = file(11).kept().again_with(&["--cancel"]).again();
    let (first, second) = (lives.kill(), lives.kill());
    lives
        .against([
            ("POST", Answer(created())),
            ("PUT bytes 0-10/11", Amid(1, first, String::new())),
            ("DELETE", Close(String::new())),
            ("DELETE", Then(second, String::new())),
            ("PUT bytes */11", Answer(kept(7))),
            ("PUT bytes 7-10/11", Answer(complete())),
        ])
        .succeeds();
}

#[test]
fn nothing_kept_cannot_be_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state").to_str().unwrap().to_owned();
    run(&["--cancel", "--state", &state], 0)
        .fails_with(4, &format!("expected the state of an upload in {state}, got no such file"));
}
