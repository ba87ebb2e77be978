//! Capacity tests over the public HTTP contract, and the judge of them.

mod access;
mod arrivals;
mod bearer;
mod chaos;
mod commands;
mod content;
mod exposition;
mod geography;
mod hub;
mod hub_process;
mod interruption;
mod judge;
mod knee;
mod machine;
mod measure;
mod profile;
mod progress;
mod quantity;
mod random;
mod report;
mod results;
mod roles;
mod room;
mod roster;
mod run;
mod screen;
mod stage;
mod wire;
mod world;

pub use commands::main;

/// The version of the program, and the revision of the project that it was built from.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "+", env!("BUILD_REVISION"));
