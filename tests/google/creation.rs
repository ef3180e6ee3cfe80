//! Creations as a server reads them.

use resumable::google::{Creation, CreationError, CreationKind, decode_creation, encode_creation};

use crate::head;

/// What a creation with these fields says: its form, the size and the type of the object.
fn creation(fields: &[(&str, &str)]) -> Result<(CreationKind, Option<u64>, Option<String>), CreationError> {
    let head = head(fields);
    let creation = decode_creation(&head[..])?;
    let content_type = creation.content_type.map(|value| value.escape_ascii().to_string());
    Ok((creation.kind, creation.total, content_type))
}

#[test]
fn the_json_form_has_fields_of_its_own_for_the_object() {
    let fields = [
        ("X-Upload-Content-Length", "2000000"),
        ("X-Upload-Content-Type", "text/csv"),
        ("Content-Type", "application/json; charset=UTF-8"),
        ("Content-Length", "27"),
    ];
    let expected = (CreationKind::Json, Some(2_000_000), Some("text/csv".into()));
    assert_eq!(creation(&fields), Ok(expected));
}

#[test]
fn the_json_form_may_say_nothing() {
    assert_eq!(creation(&[]), Ok((CreationKind::Json, None, None)));
    // The type of the metadata is not that of the object.
    let metadata = [("Content-Type", "application/json")];
    assert_eq!(creation(&metadata), Ok((CreationKind::Json, None, None)));
}

#[test]
fn the_xml_form_has_the_type_of_the_object_in_content_type() {
    for start in ["start", "START"] {
        let fields = [("x-goog-resumable", start), ("Content-Type", "text/csv")];
        assert_eq!(creation(&fields), Ok((CreationKind::Xml, None, Some("text/csv".into()))));
    }
}

#[test]
fn redivis_mixes_both_forms() {
    let fields = [("x-goog-resumable", "start"), ("x-upload-content-length", "11")];
    assert_eq!(creation(&fields), Ok((CreationKind::Xml, Some(11), None)));
    let typed = [("x-goog-resumable", "start"), ("X-Upload-Content-Type", "text/csv"), ("Content-Type", "a/b")];
    assert_eq!(creation(&typed), Ok((CreationKind::Xml, None, Some("text/csv".into()))));
}

#[test]
fn an_empty_length_is_an_unknown_one() {
    // google-cloud-php sends the field without a value when it does not know the size.
    let fields = [("X-Upload-Content-Length", ""), ("X-Upload-Content-Type", "")];
    assert_eq!(creation(&fields), Ok((CreationKind::Json, None, None)));
}

#[test]
fn lengths_from_zero_to_the_largest_are_read() {
    for (value, total) in
        [("0", 0), ("1", 1), ("007", 7), ("18446744073709551614", u64::MAX - 1), ("18446744073709551615", u64::MAX)]
    {
        let read = creation(&[("X-Upload-Content-Length", value)]);
        assert_eq!(read, Ok((CreationKind::Json, Some(total), None)), "{value}");
    }
}

#[test]
fn creation_error_length() {
    for value in ["-1", "+7", "7 7", "7,7", "0x7", "7.0", "*", "18446744073709551616", "\u{0667}"] {
        let read = creation(&[("X-Upload-Content-Length", value)]);
        assert_eq!(read, Err(CreationError::Length), "{value}");
    }
    assert_eq!(
        CreationError::Length.to_string(),
        "expected X-Upload-Content-Length to be a number of bytes, got something else"
    );
}

#[test]
fn creation_error_repeated() {
    for field in ["x-goog-resumable", "x-upload-content-length", "x-upload-content-type"] {
        let value = match field {
            "x-goog-resumable" => "start",
            _ => "7",
        };
        let read = creation(&[(field, value), (field, value)]);
        assert_eq!(read, Err(CreationError::Repeated { field }));
        assert_eq!(CreationError::Repeated { field }.to_string(), format!("expected one {field} header, got several"));
    }
    let types = [("x-goog-resumable", "start"), ("Content-Type", "a/b"), ("Content-Type", "a/b")];
    let field = "content-type";
    assert_eq!(creation(&types), Err(CreationError::Repeated { field }));
}

#[test]
fn creation_error_start() {
    for value in ["", "upload", "start, start"] {
        let read = creation(&[("x-goog-resumable", value)]);
        assert_eq!(read, Err(CreationError::Start), "{value}");
    }
    assert_eq!(CreationError::Start.to_string(), "expected x-goog-resumable: start, got another value");
}

#[test]
fn the_json_form_is_answered_by_200_and_the_xml_form_by_201() {
    for (kind, status) in [(CreationKind::Json, 200), (CreationKind::Xml, 201)] {
        let creation = Creation { kind, total: None, content_type: None };
        assert_eq!(creation.status(), status);
    }
}

#[test]
fn what_a_client_writes_is_what_the_server_reads() {
    for kind in [CreationKind::Json, CreationKind::Xml] {
        for total in [None, Some(0), Some(11), Some(u64::MAX)] {
            for content_type in [None, Some("text/csv")] {
                let written = encode_creation(kind, total, content_type);
                let headers: Vec<_> = written.iter().map(|(name, value)| httparse::Header { name, value }).collect();
                let expected = Creation { kind, total, content_type: content_type.map(str::as_bytes) };
                assert_eq!(decode_creation(&headers[..]), Ok(expected));
            }
        }
    }
}
