//! The `navette` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    navette_gateway::commands::run()
}
