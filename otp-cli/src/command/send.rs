//! `otp send`: a code to an account's e-mail address or phone number.

use serde_json::json;

use super::call::{self, Connection};
use crate::command::CommandError;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The e-mail address, or the phone number with its country code
    #[arg(value_name = "EMAIL|PHONE")]
    recipient: String,
    #[command(flatten)]
    connection: Connection,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let Arguments { recipient, connection } = arguments;
    connection.run(async |client| {
        let sent = if call::is_email(recipient) {
            client.post(call::RESEND_VERIFICATION, &json!({ "email": recipient })).await?
        } else {
            client.post("users/verify-phone", &json!({ "phone": recipient })).await?
        };
        connection.say(call::sent(&sent))?;
        Ok(sent)
    })
}
