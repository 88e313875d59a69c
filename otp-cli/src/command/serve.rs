//! `otp serve`: the server.

use std::io;

use crate::{cli::GlobalOptions, command::CommandError, config::MissingKey, logging, serve};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Sends nothing and deletes no old records: `otp worker` does, on the same database
    #[arg(long)]
    no_worker: bool,
}

pub(crate) fn run(options: &GlobalOptions, arguments: &Arguments) -> Result<(), CommandError> {
    let config = options.load(MissingKey::Create)?;
    logging::start(&config.log).map_err(io::Error::other)?;
    serve::run(config, !arguments.no_worker)
}
