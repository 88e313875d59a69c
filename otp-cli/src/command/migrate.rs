//! `otp migrate`: the tables.

use crate::{
    cli::GlobalOptions,
    command::CommandError,
    config::{DatabaseUrl, MissingKey},
    output,
};

pub(crate) fn run(options: &GlobalOptions) -> Result<(), CommandError> {
    let config = options.load(MissingKey::Ephemeral)?;
    let applied = match &config.database {
        DatabaseUrl::Sqlite(path) => otp_diesel::sqlite::migrate(path.display().to_string())?,
        other => return Err(CommandError::NoSuchStore(other.kind().as_str())),
    };
    match applied.as_slice() {
        [] => output::answer("up to date")?,
        applied => applied.iter().try_for_each(|name| output::answer(format_args!("applied {name}")))?,
    }
    Ok(())
}
