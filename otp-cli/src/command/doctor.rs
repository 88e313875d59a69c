//! `otp doctor`: every entry of the troubleshooting guides as a check.

use serde_json::json;

use crate::{
    cli::GlobalOptions,
    command::CommandError,
    doctor::{self, Finding, Status},
    output,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// One JSON array, an object for each finding
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &GlobalOptions, arguments: &Arguments) -> Result<(), CommandError> {
    let findings = doctor::examine(options.sources())?;
    if arguments.json {
        let findings: Vec<_> = findings.iter().map(json).collect();
        output::answer(serde_json::Value::from(findings))?;
    } else {
        let width = findings.iter().map(|found| found.name.chars().count()).max().unwrap_or_default();
        findings.iter().try_for_each(|found| output::answer(line(found, width)))?;
    }
    match findings.iter().filter(|found| found.status == Status::Fail).count() {
        0 => Ok(()),
        failed => Err(CommandError::Unwell(failed)),
    }
}

fn line(found: &Finding, width: usize) -> String {
    let line = format!("{:<4}  {:<width$}  {}", found.status.as_str(), found.name, found.finding);
    match &found.remedy {
        Some(remedy) => format!("{line}  {remedy}"),
        None => line,
    }
}

fn json(found: &Finding) -> serde_json::Value {
    json!({
        "status": found.status.as_str(),
        "name": found.name,
        "finding": found.finding,
        "remedy": found.remedy,
    })
}
