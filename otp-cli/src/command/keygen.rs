//! `otp keygen`: a new secret key.

use otp_core::KeyId;

use crate::{command::CommandError, new_key, output};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The key's public name [default: a random one]
    #[arg(long, value_name = "KID")]
    id: Option<KeyId>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let key = new_key(arguments.id.as_ref())?;
    output::answer(key.expose())?;
    output::diagnostic(INSTRUCTIONS);
    Ok(())
}

const INSTRUCTIONS: &str = "\
Keep this key secret. Give it to the server as OTP_SECRET_KEY, or in a file named by OTP_SECRET_KEY_FILE.
To rotate, put the new key in front and keep the old one: OTP_SECRET_KEY=NEW,OLD. Remove the old one when nothing made
with it is live: after a day, or after record_retention_days where locked recipients are to stay locked.";
