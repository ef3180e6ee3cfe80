//! `multipart/related`, read from memory: however its bytes come, the parts are the same.

use std::collections::VecDeque;

use crate::server::connection::{Incoming, ReadError};
use crate::server::related::Related;

const TYPE: &str = "multipart/related; charset=x; boundary=\"b b\"";
const SAID: &str = r#"{"name": "n"}"#;
/// What looks like the start of a boundary, in either line end, is data.
const MEDIA: &[u8] = b"\r\n--b\n--b b\n\r--b b--\r\r\n--b \n";

/// A body in pieces.
struct Pieces(VecDeque<Vec<u8>>, Vec<u8>);

impl Pieces {
    fn of(pieces: &[&[u8]]) -> Self {
        Self(pieces.iter().filter(|piece| !piece.is_empty()).map(|piece| piece.to_vec()).collect(), Vec::new())
    }
}

impl Incoming for Pieces {
    fn read(&mut self) -> Result<Option<&[u8]>, ReadError> {
        let Some(piece) = self.0.pop_front() else { return Ok(None) };
        self.1 = piece;
        Ok(Some(&self.1))
    }
}

/// The description, the type of the object, and the object.
fn read(mut body: Pieces) -> Result<(String, Option<String>, Vec<u8>), ReadError> {
    let mut related = Related::new(TYPE, &mut body)?;
    related.first()?;
    let said = String::from_utf8(related.read_all(100)?).unwrap();
    let content_type = related.next()?;
    let mut media = Vec::new();
    while let Some(bytes) = related.read()? {
        assert!(!bytes.is_empty(), "an empty piece says nothing");
        media.extend_from_slice(bytes);
    }
    assert!(body.0.is_empty(), "the body is read to its end");
    Ok((said, content_type, media))
}

/// A body whose lines end in CR LF, or in LF.
fn body(preamble: &str, media: &[u8], end: &str, line_end: &str) -> Vec<u8> {
    let start = format!("{preamble}--b b\nContent-Type: application/json\nX: y\n\n{SAID}\n--b b\nCONTENT-TYPE:a/b\n\n");
    let end = format!("\n--b b--{end}");
    [start.replace('\n', line_end).as_bytes(), media, end.replace('\n', line_end).as_bytes()].concat()
}

#[test]
fn the_parts_are_the_same_at_every_split() {
    for (line_end, media) in [("\r\n", MEDIA), ("\n", b"\r\n--b\n--b \n\r\n--b"), ("\r\n", b""), ("\n", b"")] {
        for body in [body("", media, "", line_end), body("for people\n", media, "\nfor people --b b\n", line_end)] {
            for split in 0..=body.len() {
                let (said, content_type, object) = read(Pieces::of(&[&body[..split], &body[split..]])).unwrap();
                assert_eq!(
                    (said.as_str(), content_type.as_deref(), &object[..]),
                    (SAID, Some("a/b"), media),
                    "at {split}"
                );
            }
            let bytes: Vec<&[u8]> = body.chunks(1).collect();
            assert_eq!(read(Pieces::of(&bytes)).unwrap().2, media, "byte by byte");
        }
    }
}

/// P4: only a closing boundary says that the object is whole.
#[test]
fn a_body_that_ends_before_its_closing_boundary_is_none() {
    let body = body("", MEDIA, "", "\r\n");
    for cut in 0..body.len() {
        let error = read(Pieces::of(&[&body[..cut]])).unwrap_err();
        assert!(matches!(&error, ReadError::Content(text) if text.starts_with("expected ")), "at {cut}: {error:?}");
    }
}

#[test]
fn what_is_no_pair_of_parts_is_refused() {
    let long = format!("--b b\r\n\r\n{}\r\n--b b\r\n\r\nx\r\n--b b--", " ".repeat(101));
    let endless = format!("--b b\r\nX: {}", "y".repeat(20_000));
    for body in [
        "",
        "no boundary at all",
        "--b b--",
        "--b b\r\nno field\r\n\r\n",
        "--b b\r\n\r\n{}\r\n--b b--",
        "--b b\r\n\r\n{}\r\n--b b\r\n\r\nx\r\n--b b\r\n\r\ny\r\n--b b--",
        &long,
        &endless,
    ] {
        let error = read(Pieces::of(&[body.as_bytes()])).unwrap_err();
        assert!(matches!(&error, ReadError::Content(text) if text.starts_with("expected ")), "{body}: {error:?}");
    }
}

/// P6: the lines around the parts are few, however short they are.
#[test]
fn what_stands_before_the_parts_and_in_their_heads_is_bounded() {
    let (many, fields) = ("\n".repeat(17_000), "X: y\r\n".repeat(3_000));
    for body in [
        format!("{many}--b b\r\n\r\n{{}}\r\n--b b\r\n\r\nx\r\n--b b--"),
        format!("--b b\r\n{fields}\r\n{{}}\r\n--b b\r\n\r\nx\r\n--b b--"),
        format!("--b b\r\n\r\n{{}}\r\n--b b\r\n{fields}\r\nx\r\n--b b--"),
    ] {
        let error = read(Pieces::of(&[body.as_bytes()])).unwrap_err();
        assert_eq!(error.to_string(), "expected at most 16384 bytes of lines before a part, got more");
    }
}

#[test]
fn the_boundary_is_what_the_type_says() {
    for (content_type, is_right) in [
        ("multipart/related; boundary=b", true),
        ("Multipart/Related;BOUNDARY=\"b\"", true),
        ("multipart/related; type=\"a/b\"; boundary=b", true),
        ("multipart/related", false),
        ("multipart/related; boundary=", false),
        ("multipart/related; boundary=\"b", false),
        ("multipart/form-data; boundary=b", false),
        ("", false),
    ] {
        let mut body = Pieces::of(&[b"--b\r\n\r\n{}\r\n--b--"]);
        let result = Related::new(content_type, &mut body).and_then(|mut related| related.first());
        assert_eq!(result.is_ok(), is_right, "{content_type}");
    }
    let long = format!("multipart/related; boundary={}", "b".repeat(71));
    assert!(Related::new(&long, &mut Pieces::of(&[])).is_err());
}
