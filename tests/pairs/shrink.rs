//! The same runs with plans of `proptest`'s making: one that fails shrinks to the few things that must go wrong.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestError, TestRng, TestRunner};

use crate::plan::{Crash, Exchange, Plan, Setup, choose_failure};
use crate::strategies::{choices, chosen};
use crate::support::flaw::Flaw;
use crate::world::World;

/// Plans whose parts are made of numbers; 0 is the simplest everywhere, so numbers and parts shrink to nothing.
fn plans() -> impl Strategy<Value = Plan> {
    let exchanges = vec(choices(14), 0..9);
    let crashes = vec(choices(4), 0..4);
    let failures = vec(choices(3), 0..3);
    (choices(32), exchanges, crashes, failures).prop_map(|(setup, exchanges, crashes, failures)| Plan {
        setup: chosen(&setup, |choose| Setup::choose(choose)),
        exchanges: exchanges.iter().map(|numbers| chosen(numbers, |choose| Exchange::choose(choose))).collect(),
        crashes: crashes.iter().map(|numbers| chosen(numbers, |choose| Crash::choose(choose))).collect(),
        failures: failures.iter().map(|numbers| chosen(numbers, |choose| choose_failure(choose))).collect(),
    })
}

fn check(plan: &Plan, flaw: Option<Flaw>) -> Result<(), TestCaseError> {
    World::new(plan, flaw, false).run().map(|_| ()).map_err(|broken| {
        let mut again = World::new(plan, flaw, true);
        let _ = again.run();
        TestCaseError::fail(format!("breaks {broken}\n{}", again.ladder()))
    })
}

fn config() -> ProptestConfig {
    // The plan is printed; a file of seeds would not outlive the next change of what plans are made of.
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn promises_hold_whatever_goes_wrong(plan in plans()) {
        check(&plan, None)?;
    }
}

/// A store that confirms without syncing is found out by a single upload without any trouble.
#[test]
fn a_plan_that_fails_shrinks_to_nothing_but_its_cause() {
    let mut runner = TestRunner::new_with_rng(config(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let result = runner.run(&plans(), |plan| check(&plan, Some(Flaw::StoreConfirmsWithoutSync)));
    let Err(TestError::Fail(reason, plan)) = result else {
        panic!("expected a plan that fails, got {result:?}");
    };
    assert!(plan.exchanges.is_empty() && plan.crashes.is_empty() && plan.failures.is_empty(), "{plan:?}");
    assert!(reason.message().contains("breaks NoLie: recorded"), "{reason}");
    assert!(reason.message().contains("client    0 > PUT bytes 0-"), "{reason}");
}
