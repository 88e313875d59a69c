//! `otp register`: a new account, and a code on its way to it.

use serde_json::json;

use super::call::{self, Connection};
use crate::command::CommandError;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The e-mail address
    email: String,
    /// The phone number, with its country code
    phone: String,
    /// The first name
    first: String,
    /// The last name
    last: String,
    #[command(flatten)]
    connection: Connection,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let Arguments { email, phone, first, last, connection } = arguments;
    connection.run(async |client| {
        let account = json!({ "email": email, "phone": phone, "first_name": first, "last_name": last });
        let account = client.post("users/register", &account).await?;
        connection.say(format_args!("Registered {}.", account["email"].as_str().unwrap_or(email)))?;
        let sent = client.post(call::RESEND_VERIFICATION, &json!({ "email": email })).await?;
        connection.say(call::sent(&sent))?;
        Ok(json!({ "account": account, "verification": sent }))
    })
}
