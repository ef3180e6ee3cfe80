//! What is saved of an upload comes back the same: feature `serde`, with JSON as one of its formats.

use resumable::client::{ClientPolicy, Upload};
use resumable::server::Session;
use resumable::{ClientSnapshot, Epoch, Policy, Saved, Snapshot};

#[test]
fn a_record_of_a_session_is_a_line_of_json_and_comes_back() {
    for (state, persisted, total) in [
        (Saved::Open, 0, None),
        (Saved::Open, 43, Some(2_000_000)),
        (Saved::Complete, 7, Some(7)),
        (Saved::Cancelled, 3, None),
        (Saved::Expired, 11, Some(u64::MAX)),
        (Saved::Dead, u64::MAX, Some(u64::MAX)),
    ] {
        let record = Snapshot { epoch: Epoch::from_record(5), persisted, total, state };
        let line = serde_json::to_string(&record).unwrap();
        let read: Snapshot = serde_json::from_str(&line).unwrap();
        assert_eq!(read, record, "{line}");
        assert_eq!(Session::restore(Policy::default(), read).unwrap().snapshot(), record, "{line}");
    }
}

#[test]
fn the_names_in_the_json_are_a_promise_to_stores_that_hold_it() {
    let record = Snapshot { epoch: Epoch::from_record(5), persisted: 43, total: None, state: Saved::Open };
    assert_eq!(serde_json::to_string(&record).unwrap(), r#"{"epoch":5,"persisted":43,"total":null,"state":"Open"}"#);
    let record = ClientSnapshot { persisted: 43, total: Some(2_000_000) };
    assert_eq!(serde_json::to_string(&record).unwrap(), r#"{"persisted":43,"total":2000000}"#);
}

#[test]
fn a_client_goes_on_from_its_line_of_json() {
    let read: ClientSnapshot = serde_json::from_str(r#"{"persisted":43,"total":2000000}"#).unwrap();
    let upload = Upload::resume(read, ClientPolicy::default(), 7);
    assert_eq!(upload.step().to_string(), "status of 2000000");
    assert_eq!(upload.snapshot(), Some(read));
}

#[test]
fn json_that_is_no_record_is_refused() {
    for line in [
        r#"{"epoch":5,"persisted":-1,"total":null,"state":"Open"}"#,
        r#"{"epoch":5,"persisted":18446744073709551616,"total":null,"state":"Open"}"#,
        r#"{"epoch":5,"persisted":43,"total":null,"state":"Half"}"#,
        r#"{"epoch":5,"persisted":43,"total":null}"#,
    ] {
        assert!(serde_json::from_str::<Snapshot>(line).is_err(), "{line}");
    }
}
