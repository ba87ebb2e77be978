//! The `navette` gateway: what stands between the sockets and the hub, and the only crate that names a backend or an adapter.

pub mod command_line;
#[cfg(test)]
mod committed;
pub mod compose;
pub mod configuration;
pub mod front;
pub mod health;
pub mod init;
pub mod logging;
pub mod metrics;
pub mod process_limits;
pub mod serve;
pub mod service_manager;
pub mod signals;
pub mod token_endpoint;
pub mod tokens;
