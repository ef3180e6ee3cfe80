//! Sources of every kind and size, sent without a fault.

use crate::program::{file, stream};
use crate::server::Action::{Answer, Then};
use crate::server::{complete, created, kept};

const CHUNK: u64 = 262_144;

#[test]
fn r46_an_empty_source_is_closed_without_data() {
    file(0).against([("POST", Answer(created())), ("PUT bytes */0", Answer(complete()))]).succeeds();
    stream(0).against([("POST", Answer(created())), ("PUT bytes */0", Answer(complete()))]).succeeds();
}

#[test]
fn one_byte_is_one_request() {
    file(1).against([("POST", Answer(created())), ("PUT bytes 0-0/1", Answer(complete()))]).succeeds();
    stream(1).against([("POST", Answer(created())), ("PUT bytes 0-0/1", Answer(complete()))]).succeeds();
}

#[test]
fn a_file_of_one_chunk_is_one_request() {
    file(CHUNK)
        .with(&["--chunk-size", "262144"])
        .against([("POST", Answer(created())), ("PUT bytes 0-262143/262144", Answer(complete()))])
        .succeeds();
}

/// B06: some clients end a stream that stops on a boundary with an inverted range.
#[test]
fn r46_a_stream_of_one_chunk_is_closed_without_data() {
    stream(CHUNK)
        .with(&["--chunk-size", "262144"])
        .against([
            ("POST", Answer(created())),
            ("PUT bytes 0-262143/*", Answer(kept(CHUNK))),
            ("PUT bytes */262144", Answer(complete())),
        ])
        .succeeds();
}

#[test]
fn one_and_a_half_chunks_of_a_file_name_the_total_from_the_start() {
    let ran = file(CHUNK + 131_071).with(&["--chunk-size", "262144"]).against([
        ("POST", Answer(created())),
        ("PUT bytes 0-262143/393215", Answer(kept(CHUNK))),
        ("PUT bytes 262144-393214/393215", Answer(complete())),
    ]);
    ran.succeeds();
    assert_eq!(ran.seen.connections, 1, "the connection is kept");
    assert_eq!(
        ran.ladder(),
        [
            "POST X-Upload-Content-Length: 393215",
            &format!("200 Location: http://127.0.0.1:{}/up/***?upload_id=***", ran.seen.port),
            "PUT bytes 0-262143/393215",
            "308 bytes=0-262143",
            "PUT bytes 262144-393214/393215",
            "200",
        ]
    );
    assert!(ran.stderr.contains("done: 3 requests, 0 retries, 393215 bytes sent, 0 of them again, "));
}

#[test]
fn r46_one_and_a_half_chunks_of_a_stream_name_the_total_in_the_end() {
    stream(CHUNK + 131_071)
        .with(&["--chunk-size", "262144"])
        .against([
            ("POST", Answer(created())),
            ("PUT bytes 0-262143/*", Answer(kept(CHUNK))),
            ("PUT bytes 262144-393214/393215", Answer(complete())),
        ])
        .succeeds();
}

#[test]
fn a_chunk_size_of_0_sends_a_file_in_one_request() {
    file(9 << 20)
        .with(&["--chunk-size", "0"])
        .against([("POST", Answer(created())), ("PUT bytes 0-9437183/9437184", Answer(complete()))])
        .succeeds();
}

#[test]
fn chunks_are_of_8_mib_by_default() {
    stream((8 << 20) + 7)
        .against([
            ("POST", Answer(created())),
            ("PUT bytes 0-8388607/*", Answer(kept(8 << 20))),
            ("PUT bytes 8388608-8388614/8388615", Answer(complete())),
        ])
        .succeeds();
}

/// A stream is held only from the acknowledged byte on, a file by pieces.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "the peak of memory is read from /proc")]
fn memory_does_not_grow_with_the_source() {
    let chunks = 96;
    let total = chunks * CHUNK;
    for (source, named) in [(file(total), total.to_string()), (stream(total), "*".to_owned())] {
        let mut script = vec![("POST".to_owned(), Answer(created()))];
        for end in (1..=chunks).map(|n| n * CHUNK) {
            let line = format!("PUT bytes {}-{}/{named}", end - CHUNK, end - 1);
            script.push((line, Answer(kept(end))));
        }
        script.push((format!("PUT bytes */{total}"), Answer(complete())));
        let ran = source.with(&["--chunk-size", "262144"]).against_long(script);
        ran.succeeds();
        let peak = ran.peak.unwrap();
        assert!(peak < 16 << 10, "24 MiB went through {peak} KiB");
    }
}

/// What was sent before the change and what was sent after it do not fit together.
#[test]
fn a_file_that_changes_on_the_way_is_no_success() {
    let run = file(CHUNK + 7).with(&["--chunk-size", "262144"]);
    let path = run.path();
    let grow = move || std::fs::write(&path, vec![b'x'; 300_000]).unwrap();
    let ran = run.against([
        ("POST", Answer(created())),
        ("PUT bytes 0-262143/262151", Answer(kept(CHUNK))),
        ("PUT bytes 262144-262150/262151", Then(Box::new(grow), complete())),
    ]);
    ran.fails_with(
        3,
        "the source has changed: expected it to stay as it was while it was sent: the server may have a mixture",
    );
}

#[test]
fn a_file_that_shrinks_on_the_way_is_no_success() {
    let run = file(CHUNK + 7).with(&["--chunk-size", "262144"]);
    let path = run.path();
    let shrink = move || std::fs::write(&path, b"").unwrap();
    let ran =
        run.against([("POST", Answer(created())), ("PUT bytes 0-262143/262151", Then(Box::new(shrink), kept(CHUNK)))]);
    ran.fails_with(3, "the source has changed: expected a size of 262151 bytes, got 262144");
}
