//! The `otp` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    otp_cli::run(std::env::args_os())
}
