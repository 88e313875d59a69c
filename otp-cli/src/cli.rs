//! The command line.

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::{
    command::{self, CommandError},
    config::{Capabilities, Config, MissingKey, Sources},
    environment, output,
};

/// Verification of phone numbers and e-mail addresses by one-time codes.
#[derive(Debug, Parser)]
#[command(name = "otp", version, propagate_version = true)]
struct CommandLine {
    #[command(flatten)]
    options: GlobalOptions,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct GlobalOptions {
    /// The configuration file [default: otp.toml, where there is one]
    #[arg(long, global = true, value_name = "FILE", display_order = 100)]
    pub(crate) config: Option<PathBuf>,
    /// The file of environment variables [default: .env, where there is one]
    #[arg(long, global = true, value_name = "FILE", display_order = 101)]
    pub(crate) env_file: Option<PathBuf>,
}

/// One variant per command. A new command is a variant here, an arm in `run`, and a module in `command/`.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server: migrates its database, sends messages, stops cleanly on SIGTERM
    Serve(command::serve::Arguments),
    /// Send what servers queued, and delete old records: for use beside `otp serve --no-worker` on the same database
    Worker,
    /// Register an account with a running server, and have a code sent to its e-mail address
    Register(command::register::Arguments),
    /// Have a running server send a code to an account's e-mail address or phone number
    Send(command::send::Arguments),
    /// Verify an account's e-mail address or phone number with the code that was sent there
    Verify(command::verify::Arguments),
    /// List challenges: recipients masked, where each stands, how long its code is valid
    List(command::list::Arguments),
    /// Delete records that have been over for some days
    Cleanup(command::cleanup::Arguments),
    /// Lift a recipient's lock
    Unlock(command::unlock::Arguments),
    /// Delete everything about a recipient: challenges, budgets, locks, the account
    Forget(command::forget::Arguments),
    /// Send a test message through a configured sender, past the queue
    Message(command::message::Arguments),
    /// Check configuration, senders, database and server, and say what to do; exit status 1 where something fails
    Doctor(command::doctor::Arguments),
    /// Bring the database up to date
    Migrate,
    /// Show the effective configuration, secrets masked
    Config(command::config::Arguments),
    /// Make a new secret key
    Keygen(command::keygen::Arguments),
}

/// Runs the program. Exit status: 0 done, 1 refused or failed, 2 usage or configuration.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let line = match CommandLine::try_parse_from(arguments) {
        Ok(line) => line,
        Err(error) => {
            // Help and version are errors to clap, and answers to people: it knows which stream and status to take.
            let _ = error.print();
            return u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    let result = match &line.command {
        Command::Serve(arguments) => command::serve::run(&line.options, arguments),
        Command::Worker => command::worker::run(&line.options),
        Command::Register(arguments) => command::register::run(arguments),
        Command::Send(arguments) => command::send::run(arguments),
        Command::Verify(arguments) => command::verify::run(arguments),
        Command::List(arguments) => command::list::run(&line.options, arguments),
        Command::Cleanup(arguments) => command::cleanup::run(&line.options, arguments),
        Command::Unlock(arguments) => command::unlock::run(&line.options, arguments),
        Command::Forget(arguments) => command::forget::run(&line.options, arguments),
        Command::Message(arguments) => command::message::run(&line.options, arguments),
        Command::Doctor(arguments) => command::doctor::run(&line.options, arguments),
        Command::Migrate => command::migrate::run(&line.options),
        Command::Config(arguments) => command::config::run(&line.options, arguments),
        Command::Keygen(arguments) => command::keygen::run(arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::diagnostic(format_args!("otp: {error}"));
            error.exit_code()
        }
    }
}

impl GlobalOptions {
    /// What the configuration is made from.
    pub(crate) fn sources(&self) -> Sources {
        Sources::read(self.config.as_deref(), self.env_file.as_deref(), environment::variables())
    }

    /// The configuration, its warnings on stderr.
    ///
    /// # Errors
    ///
    /// [`CommandError::Configuration`] with all problems.
    pub(crate) fn load(&self, missing_key: MissingKey) -> Result<Config, CommandError> {
        let config = Config::load(&self.sources(), &Capabilities::of_this_build(), missing_key)?;
        for warning in &config.warnings {
            output::diagnostic(format_args!("otp: warning: {warning}"));
        }
        Ok(config)
    }
}
