//! The guarantees of the rules, over random stories: starts, guesses, resends, withdrawals, unlocks, workers that
//! send, fail and die, receipts, and clocks that run, jump and step back.
//!
//! | file | is |
//! |---|---|
//! | `operation` | what can happen, and the limits it happens under |
//! | `reference` | what the contract says must come of it, written without a look at the rules |
//! | `post` | the same for messages on their way |
//! | `audit` | what happened, and the guarantees as sentences about that alone |
//! | `world` | runs an operation against the rules and asks all of them |
//!
//! | guarantee | where it is asserted |
//! |---|---|
//! | guesses a challenge, single use, failures and lock, sends and cooldown, lifetime (G1 to G4) | `audit` |
//! | every answer, exactly; binding to the cell (G9); old codes are dead; terminal states | `world` against `reference` |
//! | a refusal changes nothing but stepped times; counters never fall; waits that are told are true | `world` |
//! | nothing is sent too late, too often or after it settled; nothing queued is lost | `world` against `post` |
//!
//! 2,000 stories by default; `OTP_TEST_ROUNDS` multiplies.

mod audit;
mod operation;
mod post;
mod reference;
#[path = "../support/mod.rs"]
mod support;
mod world;

use proptest::{prelude::*, test_runner::FileFailurePersistence};

use operation::{limits, story};
use world::World;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000 * support::rounds(),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/guarantees/regressions.txt"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn hold_in_every_story(limits in limits(), story in story()) {
        let mut world = World::new(limits);
        for operation in story {
            world.run(operation);
        }
        world.audit.assert_guarantees(&limits);
    }
}

#[test]
fn stories_reach_every_answer() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};

    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeMap::<&'static str, u32>::new();
    for _ in 0..300 {
        let limits = limits().new_tree(&mut runner).expect("limits").current();
        let story = story().new_tree(&mut runner).expect("a story").current();
        let mut world = World::new(limits);
        story.into_iter().for_each(|operation| world.run(operation));
        world.audit.seen.iter().for_each(|(name, times)| *seen.entry(name).or_default() += times);
    }
    let rare: Vec<_> =
        audit::EVENTS.iter().filter(|name| seen.get(*name).is_none_or(|times| *times < 5)).collect();
    assert!(rare.is_empty(), "too rare: {rare:?} of {seen:#?}");
}

/// A challenge that begins anew under its recipient's key counts its sends from one again; its messages must not.
#[test]
fn a_late_report_is_not_taken_for_a_report_of_the_next_challenge() {
    use operation::{End, Guess, Operation};
    use otp_core::{Channel, transition::SendKind};

    let start = || Operation::Start {
        cell: 0,
        by_recipient: true,
        channel: Channel::Sms,
        context: None,
        send: SendKind::Deliver,
    };
    let mut world = World::new(operation::Limits {
        life: 600_000,
        once_only: true,
        max_checks: 2,
        failures_per_day: 5,
        failures_in_a_row: 5,
        cooldown: 0,
        sends_per_challenge: 3,
        sends_per_hour: 5,
        sends_per_day: 5,
        live_challenges: 1,
    });
    world.run(start());
    world.run(Operation::Claim { session: 0 });
    world.run(Operation::Check { session: 0, guess: Guess::Right });
    world.run(start());
    world.run(Operation::Claim { session: 0 });
    world.run(Operation::Report { held: 1, end: End::Sent });
    assert_eq!(world.audit.seen.get("late report"), Some(&1));
}
