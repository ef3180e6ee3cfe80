//! The checksum of the whole: told with the last bytes, and compared with what the server says.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest as _, Md5};

use crate::program::{Run, file, stream};
use crate::server::Action::{Amid, Answer, Close};
use crate::server::{bytes, complete, created, described, kept, status};

const CHUNK: u64 = 262_144;
const CHUNKS: [&str; 2] = ["--chunk-size", "262144"];

fn crc32c(size: u64) -> String {
    BASE64_STANDARD.encode(crc_fast::crc32_iscsi(&bytes(size)).to_be_bytes())
}

fn md5(size: u64) -> String {
    BASE64_STANDARD.encode(Md5::digest(bytes(size)))
}

/// The values of `x-goog-hash` in the heads that came.
fn told(heads: &[String]) -> Vec<Option<&str>> {
    heads.iter().map(|head| head.split("x-goog-hash: ").nth(1)?.split("\r\n").next()).collect()
}

/// Half of Google's clients do it, the others declare it at the creation or not at all (facts, section on checksums).
#[test]
fn the_last_bytes_bring_the_checksum_of_all_of_them() {
    let size = CHUNK + 7;
    for (args, expected) in [
        (&[][..], Some(format!("crc32c={}", crc32c(size)))),
        (&["--checksum", "crc32c"], Some(format!("crc32c={}", crc32c(size)))),
        (&["--checksum", "md5"], Some(format!("md5={}", md5(size)))),
        (&["--checksum", "none"], None),
    ] {
        for (run, total) in [(file(size), "262151"), (stream(size), "*")] {
            let ran = run.with(&CHUNKS).with(args).against([
                ("POST", Answer(created())),
                (&format!("PUT bytes 0-262143/{total}"), Answer(kept(CHUNK))),
                ("PUT bytes 262144-262150/262151", Answer(kept(CHUNK + 3))),
                ("PUT bytes 262147-262150/262151", Answer(complete())),
            ]);
            ran.succeeds();
            let expected = expected.as_deref();
            assert_eq!(told(&ran.seen.heads), [None, None, expected, expected]);
        }
    }
}

#[test]
fn a_close_without_bytes_brings_it_too() {
    let ran = stream(CHUNK).with(&CHUNKS).against([
        ("POST", Answer(created())),
        ("PUT bytes 0-262143/*", Answer(kept(CHUNK))),
        ("PUT bytes */262144", Answer(complete())),
    ]);
    ran.succeeds();
    assert_eq!(told(&ran.seen.heads), [None, None, Some(format!("crc32c={}", crc32c(CHUNK)).as_str())]);
    let ran = file(0).against([("POST", Answer(created())), ("PUT bytes */0", Answer(complete()))]);
    ran.succeeds();
    assert_eq!(told(&ran.seen.heads), [None, Some("crc32c=AAAAAA==")]);
}

/// To ask in the middle, nobody reads a large file to its end.
#[test]
fn a_question_brings_it_only_where_all_was_read() {
    let ran = file(CHUNK + 7).with(&CHUNKS).against([
        ("POST", Answer(created())),
        ("PUT bytes 0-262143/262151", Answer(status(503, ""))),
        ("PUT bytes */262151", Answer(kept(CHUNK))),
        ("PUT bytes 262144-262150/262151", Close(String::new())),
        ("PUT bytes */262151", Answer(complete())),
    ]);
    ran.succeeds();
    let expected = format!("crc32c={}", crc32c(CHUNK + 7));
    assert_eq!(told(&ran.seen.heads), [None, None, None, Some(expected.as_str()), Some(expected.as_str())]);
}

/// The beginning is read again, by a file and by a stream.
#[test]
fn a_resumed_upload_brings_the_checksum_of_all_bytes() {
    for (run, question, total) in
        [(file(CHUNK + 7), "PUT bytes */262151", "262151"), (stream(CHUNK + 7), "PUT bytes */*", "*")]
    {
        let lives = run.with(&CHUNKS).kept().again();
        let kill = lives.kill();
        let outcome = lives.against([
            ("POST", Answer(created())),
            (&format!("PUT bytes 0-262143/{total}"), Answer(kept(CHUNK))),
            ("PUT bytes 262144-262150/262151", Amid(1, kill, String::new())),
            (question, Answer(kept(CHUNK + 3))),
            ("PUT bytes 262147-262150/262151", Answer(complete())),
        ]);
        outcome.succeeds();
        let told = told(&outcome.seen.heads);
        let expected = format!("crc32c={}", crc32c(CHUNK + 7));
        assert_eq!((told[3], told[4]), (None, Some(expected.as_str())));
    }
}

fn answered(run: Run, answer: &str) -> crate::program::Ran {
    run.against([("POST", Answer(created())), ("PUT bytes 0-10/11", Answer(answer.to_owned()))])
}

#[test]
fn an_answer_with_the_same_checksum_is_a_success() {
    let (crc32c, md5) = (crc32c(11), md5(11));
    for answer in [
        described(&format!("x-goog-hash: crc32c={crc32c}\r\n"), ""),
        described(&format!("X-Goog-Hash: crc32c={crc32c}, md5={md5}\r\n"), ""),
        described(&format!("x-goog-hash: crc32c={crc32c}\r\nx-goog-hash: md5={md5}\r\n"), "{}"),
        described("", &format!(r#"{{"kind":"storage#object","crc32c":"{crc32c}","md5Hash":"{md5}"}}"#)),
        // Of another kind, or of none: there is nothing to compare.
        described("x-goog-hash: sha256=AAAA\r\n", "rows"),
    ] {
        for kind in ["crc32c", "md5", "none"] {
            for run in [file(11), stream(11)] {
                answered(run.with(&["--checksum", kind]), &answer).succeeds();
            }
        }
    }
}

#[test]
fn an_answer_with_another_checksum_is_a_failure() {
    let (right, wrong) = ((crc32c(11), md5(11)), (crc32c(7), md5(7)));
    for (kind, right, wrong, field) in
        [("crc32c", &right.0, &wrong.0, "crc32c"), ("md5", &right.1, &wrong.1, "md5Hash")]
    {
        let long = format!(r#"{{"mediaLink":"{}","{field}":"{wrong}"}}"#, "x".repeat(4000));
        for answer in [
            described(&format!("x-goog-hash: {kind}={wrong}\r\n"), ""),
            described(&format!("x-goog-hash: other=AAAA,{kind}={wrong}\r\n"), ""),
            described(&format!("x-goog-hash: other=AAAA\r\nx-goog-hash: {kind}={wrong}\r\n"), ""),
            described(&format!("x-goog-hash: {kind}={right}\r\nx-goog-hash: {kind}={wrong}\r\n"), ""),
            described("", &format!(r#"{{"{field}":"{wrong}"}}"#)),
            described("", &long),
        ] {
            let why = format!("the server has another object: expected {kind} {right}, got {wrong}");
            answered(file(11).with(&["--checksum", kind]), &answer).fails_with(5, &why);
            answered(stream(11).with(&["--checksum", kind]), &answer).fails_with(5, &why);
            answered(file(11).with(&["--checksum", "none"]), &answer).succeeds();
        }
    }
}

/// Cloud Storage and Drive describe the object in JSON, with its size as a text. Where nothing is said, or nothing
/// that is a size in their way, there is nothing to compare.
#[test]
fn an_answer_with_another_size_is_a_failure() {
    for run in [file, stream] {
        let described = |size: &str| described("", &format!(r#"{{"kind":"storage#object","size":{size}}}"#));
        for wrong in ["7", "12", "0"] {
            let why = format!("expected an object of 11 bytes at the server, got {wrong} (last: 200)");
            answered(run(11), &described(&format!("\"{wrong}\""))).fails(&why);
        }
        for right in ["\"11\"", "7", "\"7 kB\"", "null", "{}"] {
            answered(run(11), &described(right)).succeeds();
        }
    }
}

/// What an earlier process has sent is compared, too.
#[test]
fn a_resumed_upload_that_is_complete_is_compared() {
    let wrong = described(&format!("x-goog-hash: crc32c={}\r\n", crc32c(7)), "");
    for (run, question) in [(file(11), "PUT bytes */11"), (stream(11), "PUT bytes */*")] {
        let lives = run.kept().again();
        let kill = lives.kill();
        lives
            .against([
                ("POST", Answer(created())),
                ("PUT bytes 0-10/11", Amid(7, kill, String::new())),
                (question, Answer(wrong.clone())),
            ])
            .fails_with(
                5,
                &format!("the server has another object: expected crc32c {}, got {}", crc32c(11), crc32c(7)),
            );
    }
}
