//! `otp migrate`: the tables.

use crate::{cli::GlobalOptions, command::CommandError, config::MissingKey, database, output};

pub(crate) fn run(options: &GlobalOptions) -> Result<(), CommandError> {
    let config = options.load(MissingKey::Ephemeral)?;
    match database::migrate(&config.database)?.as_slice() {
        [] => output::answer("up to date")?,
        applied => applied.iter().try_for_each(|name| output::answer(format_args!("applied {name}")))?,
    }
    Ok(())
}
