//! `otp unlock`: lifts a recipient's lock.

use serde_json::json;

use crate::{
    cli::GlobalOptions,
    command::{
        CommandError,
        operator::{Operator, PurposeOption},
    },
    output,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The phone number with its country code, or the e-mail address
    #[arg(value_name = "PHONE|EMAIL")]
    recipient: String,
    #[command(flatten)]
    purpose: PurposeOption,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &GlobalOptions, arguments: &Arguments) -> Result<(), CommandError> {
    Operator::open(options)?.run(async |service| {
        let recipient = service.recipient(&arguments.recipient).await?;
        let mut unlocked = Vec::new();
        for purpose in arguments.purpose.purposes() {
            if service.verifier.unlock(&purpose, &recipient).await? {
                unlocked.push(purpose.to_string());
            }
        }
        if arguments.json {
            output::answer(json!({ "recipient": recipient.to_string(), "unlocked": unlocked }))?;
        } else if unlocked.is_empty() {
            output::answer(format_args!(
                "{recipient} was not locked; its count of wrong codes is zero now. A code whose guesses are used up stays \
                 so: register again."
            ))?;
        } else {
            output::answer(format_args!("Unlocked {recipient} for {}.", unlocked.join(", ")))?;
        }
        Ok(())
    })
}
