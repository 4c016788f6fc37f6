//! The `tempergate` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    tempergate::cli::run()
}
