//! `otp cleanup`.

use std::time::Duration;

use crate::{
    json, run,
    seed::{numbers, seed},
};

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn a_dry_run_shows_and_a_run_deletes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let all = numbers(13);
    let (old, young) = all.split_at(12);
    seed(folder, old, 40 * DAY, "k1");
    seed(folder, young, Duration::ZERO, "k1");

    let (status, stdout, stderr) = run(folder, &["cleanup", "--dry-run"], &[]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    let lines: Vec<_> = stdout.lines().collect();
    assert_eq!(lines[0], "12 challenges would be deleted, over for more than 30 days.");
    assert!(lines[1].starts_with("RECIPIENT "));
    assert_eq!(lines.len(), 2 + 10 + 1);
    assert_eq!(lines[12], "... and 2 more.");
    assert!(lines[2].contains("+1********") && lines[2].ends_with("expired 39 d ago"), "{}", lines[2]);
    assert!(!stdout.contains("+1415555"), "{stdout}");

    let (_, answer) = json(folder, &["cleanup", "--dry-run", "--days", "41"], &[]);
    assert_eq!(answer, serde_json::json!({ "days": 41, "challenges": 0, "first": [] }));
    let by_configuration = [("OTP_RECORD_RETENTION_DAYS", "41")];
    assert_eq!(json(folder, &["cleanup", "--dry-run"], &by_configuration).1["challenges"], 0);
    let (_, answer) = json(folder, &["cleanup", "--dry-run", "--days", "39"], &[]);
    assert_eq!((&answer["challenges"], answer["first"].as_array().unwrap().len()), (&12.into(), 10));
    assert_eq!(json(folder, &["list"], &[]).1.as_array().unwrap().len(), 13, "nothing is deleted yet");

    let (status, stdout, stderr) = run(folder, &["cleanup"], &[]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    // A ledger with each challenge; the budgets of number blocks are over as well.
    assert!(stdout.starts_with("Deleted 2"), "{stdout}");
    assert!(
        stdout.ends_with(" records, 12 challenges among them, that had been over for 30 days.\n"),
        "{stdout}"
    );
    assert_eq!(json(folder, &["list"], &[]).1.as_array().unwrap().len(), 1);
    let (_, answer) = json(folder, &["cleanup"], &[]);
    assert_eq!(answer, serde_json::json!({ "days": 30, "challenges": 0, "deleted": 0 }));
}

/// More than one batch; and whoever watches a log sees how far it is.
#[test]
fn many_go_in_batches_with_progress() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    seed(folder, &numbers(10_100), 40 * DAY, "k1");
    let (status, stdout, stderr) = run(folder, &["cleanup"], &[]);
    assert_eq!(status, 0, "{stderr}");
    assert!(stdout.contains(" 10100 challenges among them"), "{stdout}");
    assert!(stderr.starts_with("otp: 10000 of 10100 challenges\n"), "{stderr}");
    assert!(stderr.ends_with("otp: 10100 of 10100 challenges\n"), "{stderr}");
    assert_eq!(json(folder, &["list"], &[]).1.as_array().unwrap().len(), 0);
}

#[test]
fn budgets_outlive_a_clean_up() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    seed(folder, &numbers(1), DAY + DAY / 2, "k1");
    let (status, _, stderr) = run(folder, &["cleanup", "--days", "1"], &[]);
    assert_eq!(status, 0);
    assert_eq!(stderr, "otp: limits look back over a day, so records are kept for 2 days at least\n");
    assert_eq!(json(folder, &["list"], &[]).1.as_array().unwrap().len(), 1);
    assert_eq!(run(folder, &["cleanup", "--days", "0"], &[]).0, 2);
}
