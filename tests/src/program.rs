//! The `otp` program, built beside the suites that start it.

fn main() -> std::process::ExitCode {
    otp_cli::run(std::env::args_os())
}
