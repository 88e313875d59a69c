//! Guesses at codes that a provider made: the guarantees over random orders of reservations, verdicts, failed calls, new
//! codes, withdrawals and locks.
//!
//! | file | is |
//! |---|---|
//! | `operation` | what can happen, and the limits it happens under |
//! | `answer` | what may be told |
//! | `world` | runs an operation against the rules, and what the contract says must come of it |
//!
//! | guarantee | where it is asserted |
//! |---|---|
//! | no more guesses answered, nor asked at once, than `max_checks` (G1) | `world`, at every answer |
//! | a code succeeds once (G2) | `world`, at every answer |
//! | wrong guesses over all challenges are bounded; a lock hides verdicts (G3) | `world`, `story` below |
//! | a verdict on an older code, or one that came too late, decides nothing | `world`: a refusal writes nothing |
//! | a guess without a verdict is given back, once | `world`: the record's count is exact |
//!
//! 2,000 stories by default; `OTP_TEST_ROUNDS` multiplies.

mod answer;
mod operation;
#[path = "../support/mod.rs"]
mod support;
mod world;

use otp_core::{Outcome, Policy, Verdict};
use proptest::{
    prelude::*, strategy::ValueTree, test_runner::FileFailurePersistence, test_runner::TestRunner,
};

use answer::EVENTS;
use operation::{DAY, Operation, limits, story};
use world::World;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000 * support::rounds(),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/entrusted/regressions.txt"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn hold_in_every_story(limits in limits(), story in story()) {
        let mut world = World::new(limits.policy());
        story.into_iter().for_each(|operation| world.run(operation));
    }
}

#[test]
fn stories_reach_every_answer() {
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeMap::<&'static str, u32>::new();
    for _ in 0..300 {
        let limits = limits().new_tree(&mut runner).expect("limits").current();
        let story = story().new_tree(&mut runner).expect("a story").current();
        let mut world = World::new(limits.policy());
        story.into_iter().for_each(|operation| world.run(operation));
        world.seen.iter().for_each(|(name, times)| *seen.entry(name).or_default() += times);
    }
    let rare: Vec<_> = EVENTS.iter().filter(|name| seen.get(*name).is_none_or(|times| *times < 5)).collect();
    assert!(rare.is_empty(), "too rare: {rare:?} of {seen:#?}");
}

/// 50 a day under the usual limits: five guesses are asked of each challenge before the first is answered.
#[test]
fn the_fiftieth_failure_of_a_day_is_the_last_that_is_answered() {
    let mut world = World::new(Policy::default());
    let mut wrong = 0;
    for _ in 0..9 {
        world.run(Operation::Start { by_recipient: false });
        wrong += world.guess_at_once([Some(Verdict::Wrong); 5]);
    }
    assert_eq!(wrong, 45);

    // Three more, then five at once of which two may be told.
    world.run(Operation::Start { by_recipient: false });
    wrong += world.guess_at_once([Some(Verdict::Wrong), Some(Verdict::Wrong), Some(Verdict::Over)]);
    world.run(Operation::Start { by_recipient: false });
    let five = [Verdict::Wrong, Verdict::Wrong, Verdict::Wrong, Verdict::Right, Verdict::Over].map(Some);
    wrong += world.guess_at_once(five);
    assert_eq!(wrong, 50);
    assert!(world.begin().is_none(), "a start while locked");

    world.run(Operation::Pass(DAY - 1));
    assert!(world.begin().is_none(), "a start while the failures still count");
    world.run(Operation::Pass(DAY / 24 + 1));
    world.run(Operation::Start { by_recipient: false });
    assert_eq!(world.guess_at_once([Some(Verdict::Wrong)]), 1);
}

#[test]
fn one_right_guess_among_many_asked_at_once_is_told_once() {
    for (verdicts, expected) in [
        ([Verdict::Wrong, Verdict::Right, Verdict::Right], ["wrong", "verified", "already verified"]),
        (
            [Verdict::Right, Verdict::Wrong, Verdict::Over],
            ["verified", "already verified", "already verified"],
        ),
        ([Verdict::Over, Verdict::Right, Verdict::Wrong], ["over", "verified", "already verified"]),
    ] {
        let mut world = World::new(Policy::default());
        world.run(Operation::Start { by_recipient: true });
        (0..3).for_each(|_| world.run(Operation::Reserve { session: 0, right_context: true }));
        for (verdict, expected) in verdicts.into_iter().zip(expected) {
            let before = world.seen.get(expected).copied().unwrap_or_default();
            world.run(Operation::Settle { asked: 0, verdict: Some(verdict) });
            assert_eq!(world.seen.get(expected).copied(), Some(before + 1), "{verdicts:?}: {expected}");
        }
    }
}

#[test]
fn a_provider_that_never_answers_costs_no_guess_and_opens_nothing() {
    let mut world = World::new(Policy::default());
    world.run(Operation::Start { by_recipient: true });
    for _ in 0..100 {
        (0..6).for_each(|_| world.run(Operation::Reserve { session: 0, right_context: true }));
        (0..5).for_each(|_| world.run(Operation::Settle { asked: 0, verdict: None }));
    }
    assert_eq!(world.seen.get("too many checks"), Some(&100), "the sixth at once");
    assert_eq!(world.seen.get("no verdict"), Some(&500));
    world.run(Operation::Reserve { session: 0, right_context: true });
    let outcome = world.settle(0, Some(Verdict::Wrong)).expect("it was asked");
    assert_eq!(outcome, Some(Outcome::Wrong { checks_left: 4 }));
}
