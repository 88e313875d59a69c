//! How often a provider that fails is still asked.

use std::time::Duration;

use serde_json::Value;

use crate::{STARTS_PER_SECOND, mode::Mode, world::Phase};

const FAILURES: usize = 5;
const PROBE_EVERY: Duration = Duration::from_secs(30);
/// What a busy machine adds to, or takes from, the time between two calls.
const JITTER: Duration = Duration::from_millis(500);

/// Ends what is said of each failure.
const TAKEN_OVER: &str = "the next takes over";
const LEFT_ALONE: &str = "a sender failed again and again and is left alone";
pub(crate) const WELL_AGAIN: &str = "a sender is well again";

/// Five failures, those on their way by then, and from there on one probe per 30 s.
pub(crate) fn is_kept(mode: &Mode, during: &Phase, log: &str) {
    let calls: Vec<_> = during.preferred.iter().map(|arrival| arrival.at).collect();
    assert!(calls.len() >= FAILURES, "{mode}: {} calls", calls.len());
    let opened = calls[FAILURES - 1] + mode.takes;
    let (before, probes) = calls.split_at(calls.partition_point(|call| *call <= opened + JITTER));
    let on_their_way = (mode.takes + JITTER).as_secs_f64() * f64::from(STARTS_PER_SECOND);
    assert!(before.len() <= FAILURES + on_their_way as usize, "{mode}: {} calls before", before.len());
    let mut last = opened;
    for probe in probes {
        let pause = *probe - last;
        assert!(pause + JITTER >= PROBE_EVERY && pause <= PROBE_EVERY + 4 * JITTER, "{mode}: {pause:?}");
        last = *probe;
    }
    assert!(during.ended - last <= PROBE_EVERY + 4 * JITTER, "{mode}: no probe any more");

    let said = said(log);
    let opened: Vec<_> = said.iter().enumerate().filter(|(_, said)| *said == LEFT_ALONE).collect();
    let [(place, _)] = opened[..] else { panic!("{mode}: left alone {} times", opened.len()) };
    let failures = said[..place].iter().filter(|said| said.ends_with(TAKEN_OVER)).count() + 1;
    // Another's line may come in between, on a busy machine.
    assert!((FAILURES..=FAILURES + 1).contains(&failures), "{mode}: left alone after {failures}");
    assert!(!said.iter().any(|said| said == WELL_AGAIN), "{mode}: it is not");
}

/// It was left alone once, and no longer is.
pub(crate) fn closed_again(mode: &Mode, log: &str) {
    let said = said(log);
    let count = |text| said.iter().filter(|said| *said == text).count();
    assert_eq!((count(LEFT_ALONE), count(WELL_AGAIN)), (1, 1), "{mode}");
}

/// What the log says about senders, in order.
fn said(log: &str) -> Vec<String> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .filter(|line| line["target"] == "otp_service::routes")
        .filter_map(|line| line["message"].as_str().map(str::to_owned))
        .collect()
}
