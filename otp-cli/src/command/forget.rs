//! `otp forget`: deletes everything about a recipient.

use serde_json::json;

use crate::{
    cli::GlobalOptions,
    command::{
        CommandError,
        operator::{Operator, PurposeOption},
    },
    output,
    show::count,
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
        let mut records = 0;
        for purpose in arguments.purpose.purposes() {
            records += service.verifier.forget(&purpose, &recipient).await?;
        }
        // An account belongs to no purpose: it goes with everything, or stays.
        let accounts =
            if arguments.purpose.is_any() { service.database.forget_account(&recipient).await? } else { 0 };
        if arguments.json {
            let recipient = recipient.to_string();
            output::answer(json!({ "recipient": recipient, "records": records, "accounts": accounts }))?;
        } else if records + accounts == 0 {
            output::answer(format_args!("Nothing is known about {recipient}: 0 records deleted."))?;
        } else {
            output::answer(format_args!(
                "Deleted everything about {recipient}: {} and {}.",
                count(records as u64, "record"),
                count(accounts as u64, "account"),
            ))?;
        }
        Ok(())
    })
}
