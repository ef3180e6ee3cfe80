//! Calls that cannot be taken: each error with its text, and that a call which fails changes nothing.

use std::num::NonZeroU64;

use resumable::server::{BodyEnd, Fault, Rejection, StoreReply};
use resumable::{Epoch, Persisted, Policy, Saved, ServerError, Snapshot, SnapshotError, Superseded};

use crate::OBJECT;
use crate::host::{Conn, Host};
use crate::request::{delete, put, status};

const ELEVEN: Option<u64> = Some(11);

/// A request that has come as far as this step, of an upload of which four bytes are persisted.
fn at(due: &str) -> (Host, Conn) {
    let policy = Policy { sync_every: NonZeroU64::new(4), ..Policy::default() };
    let mut host = Host::holding(policy, ELEVEN, b"abcd");
    let mut conn = match due {
        "discard" | "respond cancelled" => host.open(delete()),
        "respond incomplete, 4 persisted" => host.open(status("bytes */*")),
        "read the body, at most 0 bytes" => host.open(status("bytes */*").chunked()),
        "close" => host.open(put("bytes 4-10/11", b"efg").cut().length(7)),
        _ => host.open(put("bytes 4-10/11", &OBJECT[4..]).in_pieces_of(4)),
    };
    host.until(&mut conn, due);
    (host, conn)
}

/// What a host can call for a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Call {
    Body(&'static [u8]),
    End(BodyEnd),
    Store(StoreReply),
}

fn calls(host: &Host) -> [Call; 13] {
    [
        Call::Body(b""),
        Call::Body(b"x"),
        Call::End(BodyEnd::Clean),
        Call::End(BodyEnd::Cut),
        Call::Store(StoreReply::Fenced(host.session.snapshot())),
        Call::Store(StoreReply::Stale(Epoch::from_record(9))),
        Call::Store(StoreReply::Synced(host.session.persisted())),
        Call::Store(StoreReply::Committed),
        Call::Store(StoreReply::Discarded),
        Call::Store(StoreReply::Failed(Fault::Unavailable)),
        Call::Store(StoreReply::Failed(Fault::Full)),
        Call::Store(StoreReply::Rejected(Rejection::Checksum)),
        Call::Store(StoreReply::Rejected(Rejection::Precondition)),
    ]
}

/// Makes the call; one that fails must have changed nothing.
fn call(host: &mut Host, conn: &mut Conn, call: Call) -> Result<(), ServerError> {
    let before = (host.session.clone(), conn.ticket.clone());
    let (session, ticket) = (&mut host.session, &mut conn.ticket);
    let result = match call {
        Call::Body(chunk) => session.handle_body(ticket, chunk).map(drop),
        Call::End(end) => session.handle_body_end(ticket, end),
        Call::Store(reply) => session.handle_store(ticket, reply),
    };
    if result.is_err() {
        assert_eq!((&host.session, &conn.ticket), (&before.0, &before.1), "{call:?}");
    }
    result
}

#[test]
fn superseded_is_for_a_request_that_a_newer_one_has_taken_over_from() {
    let (mut host, mut conn) = at("read the body, at most 7 bytes");
    let _newer = host.open(put("bytes 4-10/11", &OBJECT[4..]));
    for due in calls(&host) {
        assert_eq!(call(&mut host, &mut conn, due), Err(ServerError::Superseded(Superseded)), "{due:?}");
    }
    assert_eq!(
        ServerError::Superseded(Superseded).to_string(),
        "expected the newest request, got one that a newer one has superseded"
    );
}

#[test]
fn unexpected_is_for_a_call_that_is_no_answer_to_the_step_that_is_due() {
    type Taken = fn(Call) -> bool;
    // A write can fail, and bytes can be confirmed that another request has read from the record before.
    let body: Taken = |call| {
        !matches!(
            call,
            Call::Store(
                StoreReply::Fenced(_) | StoreReply::Committed | StoreReply::Discarded | StoreReply::Rejected(_)
            )
        )
    };
    let phases: [(&str, Taken); 10] = [
        ("fence epoch 1", |call| {
            matches!(call, Call::Store(StoreReply::Fenced(_) | StoreReply::Stale(_) | StoreReply::Failed(_)))
        }),
        ("read the body, at most 7 bytes", body),
        ("sync to 8", |call| {
            matches!(call, Call::Store(StoreReply::Synced(_) | StoreReply::Stale(_) | StoreReply::Failed(_)))
        }),
        ("sync to 11", |call| {
            matches!(call, Call::Store(StoreReply::Synced(_) | StoreReply::Stale(_) | StoreReply::Failed(_)))
        }),
        ("commit 11 bytes", |call| {
            matches!(
                call,
                Call::Store(
                    StoreReply::Committed | StoreReply::Rejected(_) | StoreReply::Stale(_) | StoreReply::Failed(_)
                )
            )
        }),
        ("discard", |call| {
            matches!(call, Call::Store(StoreReply::Discarded | StoreReply::Stale(_) | StoreReply::Failed(_)))
        }),
        ("respond complete, 11 bytes", |_| false),
        ("respond cancelled", |_| false),
        ("respond incomplete, 4 persisted", |_| false),
        ("close", |_| false),
    ];
    for (due, taken) in phases {
        let all = calls(&at(due).0);
        for wanted in all {
            let (mut host, mut conn) = at(due);
            let result = call(&mut host, &mut conn, wanted);
            if taken(wanted) {
                assert_eq!(result, Ok(()), "{due}: {wanted:?}");
            } else {
                assert!(matches!(result, Err(ServerError::Unexpected { .. })), "{due}: {wanted:?} {result:?}");
            }
        }
    }
}

#[test]
fn unexpected_names_what_is_due_and_what_was_called() {
    let mut shown = Vec::new();
    for due in ["fence epoch 1", "read the body, at most 7 bytes", "sync to 8", "commit 11 bytes", "close"] {
        let (mut host, mut conn) = at(due);
        let error = call(&mut host, &mut conn, Call::Store(StoreReply::Discarded));
        shown.push(error.expect_err("it is not due").to_string());
    }
    assert_eq!(
        shown,
        [
            "expected an epoch recorded, got bytes discarded",
            "expected the body, got bytes discarded",
            "expected bytes synced, got bytes discarded",
            "expected an object committed, got bytes discarded",
            "expected nothing but the connection to be closed, got bytes discarded",
        ]
    );
}

#[test]
fn store_ahead_is_for_a_store_that_confirms_bytes_that_never_came() {
    for (due, received, confirmed) in [("sync to 8", 8, 9), ("sync to 11", 11, 12), ("sync to 8", 8, u64::MAX)] {
        let (mut host, mut conn) = at(due);
        let synced = StoreReply::Synced(Persisted::confirmed(confirmed));
        let error = call(&mut host, &mut conn, Call::Store(synced)).expect_err("a lie");
        assert!(matches!(error, ServerError::StoreAhead { .. }));
        assert_eq!(
            error.to_string(),
            format!("expected the store to confirm at most {received} bytes, got {confirmed}")
        );
        assert_eq!(host.finish(&mut conn), "200");
    }
}

#[test]
fn store_behind_is_for_a_store_that_has_lost_bytes_that_it_had_confirmed() {
    for (due, persisted, confirmed) in [("sync to 8", 4, 3), ("sync to 11", 8, 7), ("sync to 8", 4, 0)] {
        let (mut host, mut conn) = at(due);
        let synced = StoreReply::Synced(Persisted::confirmed(confirmed));
        let error = call(&mut host, &mut conn, Call::Store(synced)).expect_err("a loss");
        let text = format!("expected the store to confirm at least {persisted} bytes, got {confirmed}");
        assert_eq!(error.to_string(), text);
        assert_eq!(
            error,
            ServerError::StoreBehind {
                persisted: Persisted::confirmed(persisted),
                confirmed: Persisted::confirmed(confirmed),
            }
        );
    }
}

#[test]
fn store_behind_is_for_a_record_too() {
    let lost = Snapshot { epoch: Epoch::from_record(7), persisted: 3, total: ELEVEN, state: Saved::Open };
    let (mut host, mut conn) = at("fence epoch 1");
    let behind =
        Err(ServerError::StoreBehind { persisted: Persisted::confirmed(4), confirmed: Persisted::confirmed(3) });
    assert_eq!(call(&mut host, &mut conn, Call::Store(StoreReply::Fenced(lost))), behind);
    let before = host.session.clone();
    assert_eq!(host.session.handle_record(lost), behind);
    assert_eq!(host.session, before);
}

#[test]
fn record_is_for_one_that_no_upload_can_have() {
    let epoch = Epoch::from_record(7);
    let above = SnapshotError::PersistedAboveTotal { persisted: 12, total: 11 };
    let early = SnapshotError::CompleteBeforeTotal { persisted: 7, total: ELEVEN };
    for (persisted, state, error, text) in [
        (12, Saved::Open, above, "expected at most the total of 11 bytes, found 12 persisted"),
        (
            7,
            Saved::Complete,
            early,
            "expected a complete upload to have its total of Some(11) bytes persisted, found 7",
        ),
    ] {
        let record = Snapshot { epoch, persisted, total: ELEVEN, state };
        let (mut host, mut conn) = at("fence epoch 1");
        let refused = Err(ServerError::Record(error));
        assert_eq!(call(&mut host, &mut conn, Call::Store(StoreReply::Fenced(record))), refused);
        let before = host.session.clone();
        assert_eq!(host.session.handle_record(record), refused);
        assert_eq!(host.session, before);
        assert_eq!(ServerError::Record(error).to_string(), text);
    }
}
