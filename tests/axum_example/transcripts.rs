//! The transcripts of `tests/transcripts`, played against the axum example over TCP.

use std::path::Path;

use crate::format::Transcript;
use crate::play::play;
use crate::tcp::Tcp;

/// What is not played, and why.
const OTHERWISE: [(&str, &str); 6] = [
    ("gzip.txt", "this server does not decode"),
    ("smuggling.txt", "hyper takes lengths that are given twice and are equal for one, as RFC 9112 allows"),
    ("whole_object_media.txt", "this server knows resumable uploads only"),
    ("whole_object_multipart.txt", "this server knows resumable uploads only"),
    ("xml_interface.txt", "this server has the JSON interface only"),
    ("strict.txt", "hyper takes a length beside chunked for void and closes the connection, as RFC 9112 allows"),
];

/// hyper's names for what is called otherwise elsewhere. They have no meaning (RFC 9110, section 15.1).
const PHRASES: [(&str, &str); 3] = [
    ("308 Resume Incomplete", "308 Permanent Redirect"),
    ("413 Content Too Large", "413 Payload Too Large"),
    ("499 Client Closed Request", "499 <none>"),
];

#[test]
fn every_transcript_is_what_the_example_does_over_tcp() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let (mut failures, mut played) = (Vec::new(), 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.extension().is_none_or(|kind| kind != "txt") || OTHERWISE.iter().any(|(other, _)| *other == name) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let text = PHRASES.iter().fold(text, |text, (theirs, hyper)| text.replace(theirs, hyper));
        let transcript = Transcript::parse(&text).unwrap();
        if transcript.setup.only_in_memory.is_some() {
            continue;
        }
        played += 1;
        if let Err(error) = play(&transcript, &mut Tcp::new(&transcript.setup)) {
            failures.push(format!("tests/transcripts/{name}:{error}"));
        }
    }
    assert!(failures.is_empty(), "{} fail:\n{}", failures.len(), failures.join("\n"));
    assert!(played > 30, "expected the transcripts, played {played}");
}
