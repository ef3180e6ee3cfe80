//! Bugs of real clients: empty objects, ends on a boundary, answers to the last request. Each test says what the bug was.

use crate::harness::{SEED, chunks, created, known, play, read};
use resumable::ClientSnapshot;
use resumable::client::{ClientPolicy, Failure, Length, Step, Upload, Verdict};

/// A source of unknown length that was a multiple of the buffer ended in `bytes N-(N-1)/...`, or in `N-N/N`.
#[test]
fn b06_b64_b65_an_end_on_a_boundary_is_a_close() {
    for (size, granularity) in [(7, 1), (7, 7)] {
        let mut upload = created(Length::Unknown, chunks(size, granularity));
        play(
            &mut upload,
            "> fill to 7
             ! source 7
             > PUT bytes 0-6/*
             < 308 bytes=0-6
             > fill to 14
             ! source 14
             > PUT bytes 7-13/*
             < 308 bytes=0-13
             > fill to 21
             ! source 14 end
             > PUT bytes */14
             < 200
             > done, 14 bytes",
        );
    }
}

/// A later process that found the object complete took it without looking at it.
#[test]
fn b07_an_object_that_a_question_finds_complete_is_checked() {
    let record = ClientSnapshot { persisted: 3, total: Some(11) };
    let mut upload = Upload::resume(record, ClientPolicy::default(), SEED);
    play(&mut upload, "> PUT bytes */11\n< 200 x-goog-stored-content-length: 12");
    let failure = Failure::SizeDiffers { total: 11, size: 12 };
    assert_eq!(upload.step(), Step::Failed(failure));
}

/// An empty file was `bytes 0--1/0`, `bytes 0-0/0`, an underflow, or the largest number there is.
#[test]
fn b16_b46_b55_b65_an_empty_object_is_closed_at_zero() {
    for policy in [ClientPolicy::default(), chunks(7, 1), chunks(7, 7)] {
        for length in [Length::Known(0), Length::Unknown] {
            let mut upload = created(length, policy);
            if length == Length::Unknown {
                play(&mut upload, "! source 0 end");
            }
            play(&mut upload, "> PUT bytes */0\n< 200\n> done, 0 bytes");
        }
    }
}

/// 201 to the last request was an invalid response.
#[test]
fn b21_201_to_the_last_request_is_a_success() {
    let mut upload = known(11);
    play(&mut upload, "> PUT bytes 0-10/11\n< 201\n> done, 11 bytes");
}

/// 200 to a question, which means that all is well, was an invalid response.
#[test]
fn b22_a_question_that_finds_a_complete_upload_is_a_success() {
    let mut upload = known(11);
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < lost
         > wait
         > PUT bytes */11
         < 200
         > done, 11 bytes",
    );
}

/// 201 to a question made the client start over.
#[test]
fn b24_201_to_a_question_is_a_success() {
    let mut upload = known(11);
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < 500
         > wait
         > PUT bytes */11
         < 201
         > done, 11 bytes",
    );
}

/// When the Range of a 308 covered everything, the next header was `bytes 262144-262143/262144`.
#[test]
fn b31_b47_a_range_that_covers_everything_is_followed_by_a_close() {
    let mut upload = created(Length::Known(262_144), chunks(262_144, 262_144));
    play(
        &mut upload,
        "> PUT bytes 0-262143/262144
         < 308 bytes=0-262143
         > PUT bytes */262144
         < 200
         > done, 262144 bytes",
    );
}

/// 200 with an empty body was no success, and the data was sent again.
#[test]
fn b33_b68_a_success_needs_no_body() {
    // The answer's head is all that is read.
    assert_eq!(read("200 Content-Length: 0"), Verdict::Complete { size: None });
    let mut upload = known(11);
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < lost
         > wait
         > PUT bytes */11
         < 200 Content-Length: 0
         > done, 11 bytes",
    );
}

/// 308 with the full range to a close was reported as lost data, because it was compared with the wrong end.
#[test]
fn b35_b37_308_with_the_full_range_to_a_close_is_closed_again() {
    let mut upload = known(11);
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < 308 bytes=0-9
         > PUT bytes 10-10/11
         < 308 bytes=0-10
         > PUT bytes */11
         < 308 bytes=0-10
         > wait
         > PUT bytes */11
         < 200
         > done, 11 bytes",
    );
}

/// Whether the answer had a body decided what it meant: 308 with one was the end, 200 without one was not.
#[test]
fn b49_the_status_decides_and_not_the_body() {
    let mut upload = known(11);
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < 308 Range: bytes=0-6 | Content-Length: 43 | Content-Type: application/json
         > PUT bytes 7-10/11
         < 200 Content-Length: 0
         > done, 11 bytes",
    );
}

/// Without a size the header ended in a slash: `bytes 0-6/`.
#[test]
fn b53_an_unknown_total_is_an_asterisk() {
    let mut upload = created(Length::Unknown, chunks(7, 1));
    play(
        &mut upload,
        "! source 7
         > PUT bytes 0-6/*
         < lost
         > wait
         > PUT bytes */*",
    );
}

/// For an empty file 200 did not end the loop: requests without end, while the server said that all is well.
#[test]
fn b54_an_empty_object_ends_with_the_first_success() {
    let mut upload = known(0);
    play(&mut upload, "> PUT bytes */0\n< 200");
    assert_eq!(upload.step(), Step::Done { size: 0 });
}

/// 308 to the last request was a success.
#[test]
fn b56_308_to_the_last_request_is_not_the_end() {
    let mut upload = known(10);
    play(
        &mut upload,
        "> PUT bytes 0-9/10
         < 308 bytes=0-3
         > PUT bytes 4-9/10
         < 200
         > done, 10 bytes",
    );
}

/// A last request can fail softly: the 308 has no Range, and the final data has to be there still.
#[test]
fn the_last_chunk_is_kept_until_there_is_a_success() {
    let mut upload = known(16_779);
    play(&mut upload, "> PUT bytes 0-16778/16779\n< 308");
    assert_eq!(upload.persisted().get(), 0);
    play(
        &mut upload,
        "> wait
         > PUT bytes */16779
         < 308
         > PUT bytes 0-16778/16779
         < 200
         > done, 16779 bytes",
    );
}
