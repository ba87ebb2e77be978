//! `navette-load`: capacity tests of an exchange hub.

use std::process::ExitCode;

fn main() -> ExitCode {
    navette_loadtest::main()
}
