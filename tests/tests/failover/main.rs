//! A provider fails for a while: the other takes over within seconds, and gives back when it is over.
//!
//! `OTP_TEST_OUTAGE_SECONDS=60` makes every outage a minute long.

mod audit;
mod breaker;
mod figures;
mod mode;
mod providers;
mod world;

use std::{
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

use figures::Figures;
use mode::{Mode, modes};
use otp_tests::note;
use providers::stand_in;
use world::{Phase, World};

/// Steady starts, while something is measured.
const STARTS_PER_SECOND: u32 = 20;
/// The same while a probe is waited for.
const FEW_PER_SECOND: u32 = 4;
/// How long a sender that is left alone waits for a probe at most, and what a busy machine adds.
const PROBED_WITHIN: Duration = Duration::from_secs(32);
/// Of the messages started during an outage, per thousand.
const TAKEN_OVER: usize = 999;
/// From the accepted start to the arrival at the other provider.
const P99: Duration = Duration::from_secs(5);
/// What an outage may add to the server's memory: messages that hang, and the rows of a start in the database's cache.
/// One answer of 10 MiB would be more.
const GROWTH_KIB: u64 = 4 * 1024;
const GROWTH_OF_A_START_KIB: u64 = 5;

/// How long an outage lasts: `OTP_TEST_OUTAGE_SECONDS`, or two seconds more than it takes to notice.
#[expect(clippy::disallowed_methods, reason = "the length of a test run is the caller's wish")]
fn length(mode: &Mode) -> Duration {
    let seconds = std::env::var("OTP_TEST_OUTAGE_SECONDS").ok().and_then(|text| text.parse().ok());
    seconds.map_or(mode.takes + Duration::from_secs(2), Duration::from_secs)
}

/// Before, during and after an outage. Only one outage at a time: figures of several at once would say little.
fn outage(mode: &Mode, turn: &Mutex<()>) {
    let one_at_a_time = turn.lock().unwrap_or_else(PoisonError::into_inner);
    let mut world = World::start();
    let before = world.starts(STARTS_PER_SECOND, |phase| phase.lasts() >= Duration::from_secs(1));
    assert!(before.preferred.len() == before.accepted.len() && before.other.is_empty(), "{mode}: before");

    world.fails(mode);
    let length = length(mode);
    let during = world.starts(STARTS_PER_SECOND, |phase| phase.lasts() >= length);
    let figures = Figures::of(&during);
    let growth = during.peak_kib - before.peak_kib;
    note(&format!("{mode}, {length:?}: {figures}, {growth} KiB more"));
    assert!(figures.taken_over * 1_000 >= figures.accepted * TAKEN_OVER, "{mode}: {figures}");
    assert!(figures.p99 <= P99, "{mode}: {figures}");
    assert!(
        growth <= GROWTH_KIB + GROWTH_OF_A_START_KIB * during.accepted.len() as u64,
        "{mode}: {growth} KiB"
    );
    breaker::is_kept(mode, &during, &world.log());
    during.has_one_code_a_message();
    world.last_code_is_valid(&during);

    world.works();
    drop(one_at_a_time);
    let is_probed = |phase: &Phase| !phase.preferred.is_empty() || phase.lasts() > PROBED_WITHIN;
    let probing = world.starts(FEW_PER_SECOND, is_probed);
    assert_eq!(probing.preferred.len(), 1, "{mode}: one message is the probe, after {:?}", probing.lasts());
    assert_eq!(probing.other.len(), probing.accepted.len() - 1, "{mode}: all others went elsewhere");
    world.says(breaker::WELL_AGAIN);
    let after = world.starts(FEW_PER_SECOND, |phase| phase.accepted.len() == 10);
    assert!(after.preferred.len() == 10 && after.other.is_empty(), "{mode}: all as before");
    breaker::closed_again(mode, &world.log());
    audit::no_secret_in(mode, &world.log(), &[before, during, probing, after]);
}

#[test]
fn the_other_provider_takes_over_and_gives_back() {
    let elsewhere = stand_in();
    let turn = Mutex::new(());
    thread::scope(|scope| {
        for mode in modes(elsewhere.address()) {
            let turn = &turn;
            let story = thread::Builder::new().name(mode.to_string());
            story.spawn_scoped(scope, move || outage(&mode, turn)).expect("a thread");
        }
    });
    assert_eq!(elsewhere.connections(), 0, "nothing goes where a redirect points");
}
