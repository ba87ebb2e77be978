//! The build script of the programs: tells them which revision of the project they are built from.

#![expect(clippy::print_stdout, reason = "how a build script speaks to cargo")]

use std::path::Path;
use std::process::Command;

/// Digits of the revision.
const ABBREVIATION: &str = "--short=12";

fn main() {
    println!("cargo::rerun-if-changed=../ops/revision.rs");
    // Written at each commit and each checkout. An archive without history has neither, and never changes.
    for file in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", file]).filter(|path| Path::new(path).exists()) {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    let revision = git(&["rev-parse", ABBREVIATION, "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    // Cargo also gives it to whatever it runs, so its name must not be that of a variable of the configuration.
    println!("cargo::rustc-env=BUILD_REVISION={revision}");
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned()).filter(|text| !text.is_empty())
}
