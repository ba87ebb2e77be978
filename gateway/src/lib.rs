//! The `navette` gateway: what stands between the sockets and the hub, and the only crate that names a backend or an adapter.

pub mod admin;
pub mod application;
pub mod backend;
pub mod capacity;
mod chores;
pub mod commands;
#[cfg(test)]
mod committed;
pub mod configuration;
pub mod deliveries;
pub mod demo;
mod documentation;
pub mod front;
pub mod health;
pub mod logging;
pub mod metrics;
pub mod partner;
mod password;
#[cfg(feature = "cluster")]
pub mod relocation;
pub mod sandbox;
mod sealing;
pub mod service;
mod sftp;
mod surroundings;
mod system;
pub mod token_endpoint;
pub mod tokens;
mod watch;
mod ways;

/// The version of the program, and the revision of the project that it was built from.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "+", env!("BUILD_REVISION"));
