//! `otp verify`: an account's e-mail address or phone number, with the code that was sent there.

use serde_json::json;

use super::call::{self, Connection};
use crate::command::CommandError;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The e-mail address, or the phone number with its country code
    #[arg(value_name = "EMAIL|PHONE")]
    recipient: String,
    /// The code
    code: String,
    #[command(flatten)]
    connection: Connection,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let Arguments { recipient, code, connection } = arguments;
    connection.run(async |client| {
        let verified = if call::is_email(recipient) {
            client.post("auth/verify-account", &json!({ "email": recipient, "otp": code })).await?
        } else {
            client.post("users/verify-otp", &json!({ "phone": recipient, "otp_code": code })).await?
        };
        connection.say(call::message(&verified))?;
        Ok(verified)
    })
}
