//! `otp list`: challenges with their messages.

use crate::{
    cli::GlobalOptions,
    command::{CommandError, operator::Operator},
    output,
    records::Shown,
    show::Table,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Those of this phone number or e-mail address only
    #[arg(long, value_name = "PHONE|EMAIL")]
    recipient: Option<String>,
    /// How many at most, the newest first
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// One JSON array, an object for each challenge; times in RFC 3339
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &GlobalOptions, arguments: &Arguments) -> Result<(), CommandError> {
    let operator = Operator::open(options)?;
    let challenges = operator.run(async |service| {
        let recipient = match &arguments.recipient {
            Some(text) => Some(service.recipient(text).await?),
            None => None,
        };
        service.list(recipient.as_ref(), arguments.limit as usize).await
    })?;
    if arguments.json {
        let challenges: Vec<_> = challenges.iter().map(Shown::json).collect();
        output::answer(serde_json::Value::from(challenges))?;
    } else if challenges.is_empty() {
        output::answer("No challenges.")?;
    } else {
        output::answer(table(&challenges))?;
    }
    Ok(())
}

fn table(challenges: &[Shown]) -> Table {
    let headings = ["RECIPIENT", "PURPOSE", "CHANNEL", "STATE", "DELIVERY", "SENDER", "BEGAN", "VALIDITY"];
    let mut table = Table::new(headings);
    challenges.iter().for_each(|challenge| table.row(challenge.cells()));
    table
}
