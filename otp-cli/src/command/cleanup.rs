//! `otp cleanup`: deletes records that are over.

use std::time::Duration;

use otp_service::{Over, Retention, Verifier};
use serde_json::json;

use crate::{
    cli::GlobalOptions,
    command::{CommandError, operator::Operator},
    output,
    records::Shown,
    show::{Progress, Table, count},
};

/// Fewest days that records are kept: budgets look back over a day, and codes by e-mail live as long.
const FEWEST_DAYS: u32 = 2;
/// Challenges that a dry run shows.
const FIRST: usize = 10;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Deletes what has been over for this many days [default: record_retention_days]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: Option<u32>,
    /// Deletes nothing: shows how many challenges it would be, and the first 10
    #[arg(long)]
    dry_run: bool,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &GlobalOptions, arguments: &Arguments) -> Result<(), CommandError> {
    let operator = Operator::open(options)?;
    let asked = arguments.days.unwrap_or(operator.config().record_retention_days);
    let days = asked.max(FEWEST_DAYS);
    if days != asked {
        output::diagnostic(format_args!(
            "otp: limits look back over a day, so records are kept for {FEWEST_DAYS} days at least"
        ));
    }
    operator.run(async |service| {
        let verifier = &service.verifier;
        let now = verifier.now();
        let before = now - Duration::from_secs(u64::from(days) * 86_400);
        let retention = Retention { before, now };
        if arguments.dry_run {
            let over = verifier.over(retention, FIRST).await?;
            return show(verifier, over, days, arguments.json);
        }
        let over = verifier.over(retention, 0).await?;
        let mut progress =
            Progress::new("challenges", usize::try_from(over.challenges).unwrap_or(usize::MAX));
        // Challenges go first; what is deleted after them (ledgers, replies, meters) is little.
        let deleted = verifier.clean_up(retention, |deleted| progress.show(deleted)).await;
        progress.finish();
        let deleted = deleted?;
        if arguments.json {
            output::answer(json!({ "days": days, "challenges": over.challenges, "deleted": deleted }))?;
        } else {
            output::answer(format_args!(
                "Deleted {}, {} among them, that had been over for {days} days.",
                count(deleted as u64, "record"),
                count(over.challenges, "challenge"),
            ))?;
        }
        Ok(())
    })
}

fn show(verifier: &Verifier, over: Over, days: u32, as_json: bool) -> Result<(), CommandError> {
    let now = verifier.now();
    let challenges = over.challenges;
    let first: Vec<_> = over
        .first
        .into_iter()
        .map(|challenge| {
            let listed = otp_service::Listed { challenge, delivery: None };
            Shown::new(listed, None, verifier.policy(), now)
        })
        .collect();
    if as_json {
        let first: Vec<_> = first.iter().map(Shown::json).collect();
        output::answer(json!({ "days": days, "challenges": challenges, "first": first }))?;
        return Ok(());
    }
    output::answer(format_args!(
        "{} would be deleted, over for more than {days} days.",
        count(challenges, "challenge")
    ))?;
    if !first.is_empty() {
        let mut table = Table::new(["RECIPIENT", "PURPOSE", "CHANNEL", "STATE", "BEGAN", "VALIDITY"]);
        for challenge in &first {
            let [recipient, purpose, channel, state, _, _, began, validity] = challenge.cells();
            table.row([recipient, purpose, channel, state, began, validity]);
        }
        output::answer(table)?;
    }
    if challenges > first.len() as u64 {
        output::answer(format_args!("... and {} more.", challenges - first.len() as u64))?;
    }
    Ok(())
}
