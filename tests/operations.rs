//! Operations on an upload, in any order, against a reference that holds its bytes and nothing else; and the bodies of
//! the fuzz targets on what `proptest` makes, so that the promises are tried without a fuzzer too.
#![allow(clippy::unwrap_used)]

use core::num::NonZeroU64;

use proptest::collection::vec;
use proptest::prelude::*;
use resumable::Policy;
use resumable::server::Ticket;

#[path = "../fuzz/src/lib.rs"]
#[allow(clippy::pedantic, clippy::expect_used, dead_code, unreachable_pub)]
mod fuzz_bodies;
#[path = "operations/machine.rs"]
mod machine;
#[path = "operations/reference.rs"]
#[allow(clippy::cast_possible_truncation, reason = "the objects are small")]
mod reference;
mod strategies;

use machine::Machine;
use reference::{Came, Reference, Request};
use strategies::{Operation, bytes, interleaved, one_by_one};

/// Does the same to both, and holds what comes of it against each other, and the bytes against the source's.
fn check(grain: u64, operations: &[Operation]) {
    let policy = Policy { granularity: NonZeroU64::new(grain).unwrap(), ..Policy::default() };
    let (mut machine, mut reference) = (Machine::new(policy), Reference::new(grain));
    // The number of a request, its ticket, and the offset of the next byte of its body.
    let mut open: Vec<(usize, Ticket, u64)> = Vec::new();
    let source = bytes(2_000);
    for (id, operation) in operations.iter().enumerate() {
        let persisted = machine.kept().len() as u64;
        match *operation {
            Operation::Append(ref upload) => {
                let at = persisted.saturating_add_signed(-upload.back);
                let end = at + upload.len;
                let request = Request {
                    at,
                    end: upload.has_end.then_some(end),
                    total: upload.total.map(|more| machine.total().unwrap_or(end + more)),
                    length: upload.has_length.then_some(upload.len),
                };
                let (ticket, came) = machine.append(request);
                assert_eq!(came, reference.append(id, request), "{request:?}");
                if came == Came::Reading {
                    open.push((id, ticket, at));
                }
            }
            Operation::Status { names_persisted } => {
                let total = names_persisted.then_some(persisted);
                assert_eq!(machine.status(total), reference.status(total), "status of {total:?}");
            }
            Operation::Chunk { request, len } if !open.is_empty() => {
                let index = request % open.len();
                let (id, ticket, next) = &mut open[index];
                let data = &source[usize::try_from(*next).unwrap()..][..usize::try_from(len).unwrap()];
                *next += len;
                let came = machine.chunk(ticket, data);
                assert_eq!(came, reference.chunk(*id, data), "{len} bytes before {next}");
                if came != Came::Reading {
                    drop(open.swap_remove(index));
                }
            }
            Operation::End { request, clean } if !open.is_empty() => {
                let (id, mut ticket, _) = open.swap_remove(request % open.len());
                assert_eq!(machine.end(&mut ticket, clean), reference.end(id, clean), "the end, clean: {clean}");
            }
            Operation::Chunk { .. } | Operation::End { .. } => {}
        }
        assert_eq!(machine.kept(), reference.kept, "after {operation:?}");
        assert_eq!(machine.kept(), &source[..machine.kept().len()]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn requests_one_by_one_come_to_what_the_reference_says(grain in 1..8_u64, operations in one_by_one()) {
        check(grain, &operations);
    }

    #[test]
    fn requests_at_the_same_time_come_to_what_the_reference_says(grain in 1..8_u64, operations in interleaved()) {
        check(grain, &operations);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_operations_of_hosts_and_peers_break_a_promise_of_the_server(data in vec(any::<u8>(), 0..200)) {
        fuzz_bodies::server::run(&data);
    }

    #[test]
    fn no_answers_and_losses_break_a_promise_of_the_client(data in vec(any::<u8>(), 0..200)) {
        fuzz_bodies::client::run(&data);
    }

    #[test]
    fn no_adversary_keeps_an_upload_from_its_end(data in vec(any::<u8>(), 0..200)) {
        fuzz_bodies::pair::run(&data);
    }
}
