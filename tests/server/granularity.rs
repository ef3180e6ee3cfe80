//! How much of a body is published: multiples of the granularity, and what a cut leaves (R14, R15).

use std::num::{NonZeroU32, NonZeroU64};

use resumable::google::GRANULARITY;
use resumable::server::StoreReply;
use resumable::{OnCut, Persisted, Policy};

use crate::OBJECT;
use crate::host::Host;
use crate::request::{Request, put, put_whole, status};

const QUANTUM: usize = 262_144;

/// Multiples of so many bytes count.
fn grain(granularity: u64) -> Policy {
    Policy { granularity: NonZeroU64::new(granularity).expect("above zero"), ..Policy::default() }
}

fn on_cut(granularity: u64, on_cut: OnCut) -> Policy {
    Policy { on_cut, ..grain(granularity) }
}

fn floor(quantum: u32) -> OnCut {
    OnCut::Floor(NonZeroU32::new(quantum).expect("above zero"))
}

/// Bytes that tell their position, more than one quantum of them.
fn many(length: usize) -> Vec<u8> {
    (0..251).cycle().take(length).collect()
}

#[test]
fn r14_the_presets_count_single_bytes_and_multiples_of_256_kib() {
    assert_eq!(Policy::default().granularity.get(), 1);
    assert_eq!(Policy::gcs().granularity.get(), 262_144);
    assert_eq!(GRANULARITY, 262_144);
}

#[test]
fn r14_a_request_that_is_not_the_last_is_rounded_down() {
    let body = many(QUANTUM + 7);
    let mut host = Host::new(Policy::gcs(), None);
    assert_eq!(host.send(put("bytes 0-262150/*", &body)), "308 bytes=0-262143");
    assert_eq!(host.store.borrow().durable, &body[..QUANTUM]);
    assert_eq!(host.send(put("bytes 262144-*/*", &body[QUANTUM..])), "200");
    assert_eq!(host.object(), Some(body));
}

#[test]
fn r14_a_chunked_request_that_is_not_the_last_is_rounded_down_too() {
    let mut host = Host::new(grain(4), None);
    assert_eq!(host.send(put("bytes 0-6/11", &OBJECT[..7]).chunked()), "308 bytes=0-3");
    assert_eq!(host.send(put("bytes 4-10/*", &OBJECT[4..]).chunked()), "200");
}

#[test]
fn r14_multiples_are_counted_from_the_start_of_the_object() {
    let mut host = Host::holding(grain(4), None, &OBJECT[..3]);
    // Bytes 3..9 are six, but the next multiple of the whole is 8.
    assert_eq!(host.send(put("bytes 3-8/*", &OBJECT[3..9])), "308 bytes=0-7");
}

/// P2: what is persisted may be no multiple, because it was under another policy. It stays when the store confirms less than
/// it was asked for, of which only multiples count.
#[test]
fn r14_a_store_that_confirms_less_takes_nothing_back() {
    for confirmed in 3..8 {
        let mut host = Host::holding(grain(4), None, &OBJECT[..3]);
        let mut append = host.open(put("bytes 3-8/*", &OBJECT[3..9]));
        host.until(&mut append, "sync to 8");
        host.store_says(StoreReply::Synced(Persisted::confirmed(confirmed)));
        host.turn(&mut append);
        assert_eq!(host.persisted(), if confirmed < 4 { 3 } else { 4 });
        assert_eq!(host.finish(&mut append), "308 bytes=0-7");
    }
}

#[test]
fn r14_a_request_that_would_add_nothing_is_refused_before_its_body_is_read() {
    for (range, body, end) in [
        ("bytes 4-6/*", &b"efg"[..], 7),
        ("bytes 4-6/11", b"efg", 7),
        ("bytes 4-4/*", b"e", 5),
        ("bytes 1-6/*", b"bcdefg", 7),
    ] {
        let mut host = Host::holding(grain(4), None, b"abcd");
        let refusal = format!(
            "400 expected a request that is not the last to reach a new multiple of 4 bytes, got one that ends at {end}"
        );
        assert_eq!(host.refuses(put(range, body)), refusal, "{range}");
        assert_eq!(host.refuses(put(range, body).chunked()), refusal, "{range}");
    }
}

#[test]
fn r14_a_retransmission_adds_nothing_and_is_no_error() {
    for (range, body) in [("bytes 0-3/*", &b"abcd"[..]), ("bytes 0-2/*", b"abc"), ("bytes 3-3/11", b"d")] {
        let mut host = Host::holding(grain(4), None, b"abcd");
        assert_eq!(host.send(put(range, body)), "308 bytes=0-3", "{range}");
    }
}

#[test]
fn r14_a_retransmission_that_reaches_further_adds_what_is_new() {
    let mut host = Host::holding(grain(4), None, b"abcd");
    assert_eq!(host.send(put("bytes 0-8/*", &OBJECT[..9])), "308 bytes=0-7");
}

#[test]
fn r14_the_last_request_is_exempt() {
    for (range, total) in
        [("bytes 4-6/7", None), ("bytes 4-6/*", Some(7)), ("bytes 4-*/7", None), ("bytes 4-*/*", None)]
    {
        for chunked in [false, true] {
            let mut host = Host::holding(grain(4), total, b"abcd");
            let request = put(range, b"efg");
            let request = if chunked { request.chunked() } else { request };
            assert_eq!(host.send(request), "200", "{range}");
            assert_eq!(host.object(), Some(b"abcdefg".to_vec()));
        }
    }
}

/// Every way in which a body promises its end, of which seven bytes arrive.
fn promises() -> [Request<'static>; 6] {
    let body = &OBJECT[..7];
    [
        put("bytes 0-10/11", body).length(11).cut(),
        put("bytes 0-10/11", body).chunked().cut(),
        put("bytes 0-10/*", body).length(11).cut(),
        put("bytes 0-*/11", body).chunked().cut(),
        put("bytes 0-*/*", body).chunked().cut(),
        put_whole(body).length(11).cut(),
    ]
}

#[test]
fn r15_a_cut_body_publishes_what_arrived_and_completes_nothing() {
    for request in promises() {
        let shown = format!("{request:?}");
        let mut host = Host::new(Policy::default(), None);
        assert_eq!(host.send(request), "closed", "{shown}");
        assert_eq!(host.steps, ["fence epoch 1", "read", "sync to 7", "close"], "{shown}");
        assert_eq!(host.send(status("bytes */*")), "308 bytes=0-6", "{shown}");
        assert_eq!(host.object(), None);
    }
}

#[test]
fn r15_a_cut_body_is_rounded_down_to_the_granularity() {
    for request in promises() {
        let mut host = Host::new(grain(3), None);
        assert_eq!(host.send(request), "closed");
        assert_eq!(host.send(status("bytes */*")), "308 bytes=0-5");
    }
}

#[test]
fn r15_a_cut_body_is_rounded_down_to_the_coarser_of_two_quanta() {
    for (granularity, quantum, kept) in [(1, 4, 4), (2, 4, 4), (4, 2, 4), (6, 4, 6), (4, 6, 4), (1, 8, 0)] {
        for request in promises() {
            let mut host = Host::new(on_cut(granularity, floor(quantum)), None);
            assert_eq!(host.send(request), "closed");
            assert_eq!(host.persisted(), kept, "{granularity} {quantum}");
        }
    }
}

#[test]
fn r15_a_cut_body_can_be_discarded() {
    for request in promises() {
        let mut host = Host::new(on_cut(1, OnCut::Discard), None);
        assert_eq!(host.send(request), "closed");
        assert_eq!(host.steps, ["fence epoch 1", "read", "close"]);
        assert_eq!(host.send(status("bytes */*")), "308");
    }
}

#[test]
fn r15_what_a_cut_body_leaves_is_where_the_next_one_goes_on() {
    for policy in [on_cut(1, OnCut::Keep), on_cut(4, OnCut::Keep), on_cut(1, floor(2)), on_cut(1, OnCut::Discard)] {
        for request in promises() {
            let mut host = Host::new(policy, None);
            host.send(request);
            let at = usize::try_from(host.persisted()).expect("small");
            let range = format!("bytes {at}-10/11");
            assert_eq!(host.send(put(&range, &OBJECT[at..])), "200");
            assert_eq!(host.object(), Some(OBJECT.to_vec()));
        }
    }
}

#[test]
fn r15_a_cut_after_the_last_byte_completes_nothing_either() {
    for request in [
        put("bytes 0-10/11", OBJECT).chunked().cut(),
        put("bytes 0-*/11", OBJECT).chunked().cut(),
        put("bytes 0-*/*", OBJECT).chunked().cut(),
        put_whole(OBJECT).chunked().cut(),
    ] {
        let mut host = Host::new(Policy::default(), Some(11));
        assert_eq!(host.send(request), "closed");
        assert_eq!(host.send(status("bytes */*")), "308 bytes=0-10");
        assert_eq!(host.object(), None);
        assert_eq!(host.send(status("bytes */11")), "200");
    }
}

#[test]
fn r15_a_cut_in_the_bytes_that_are_persisted_already_loses_none_of_them() {
    for policy in [Policy::default(), grain(3), on_cut(1, floor(4)), on_cut(1, OnCut::Discard)] {
        let mut host = Host::holding(policy, None, b"abcdefg");
        assert_eq!(host.send(put("bytes 0-10/11", b"abc").length(11).cut()), "closed");
        assert_eq!(host.send(status("bytes */*")), "308 bytes=0-6");
    }
}

#[test]
fn r15_a_body_that_was_cut_before_its_first_byte_changes_no_offset() {
    let mut host = Host::holding(Policy::default(), None, b"abcd");
    assert_eq!(host.send(put("bytes 4-10/11", b"").length(7).cut()), "closed");
    assert_eq!(host.send(status("bytes */*")), "308 bytes=0-3");
}
