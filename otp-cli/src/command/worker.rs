//! `otp worker`: sends what servers on the same database queued.

use std::io;

use crate::{cli::GlobalOptions, command::CommandError, config::MissingKey, logging, serve};

pub(crate) fn run(options: &GlobalOptions) -> Result<(), CommandError> {
    let config = options.load(MissingKey::Create)?;
    logging::start(&config.log).map_err(io::Error::other)?;
    serve::work(config)
}
