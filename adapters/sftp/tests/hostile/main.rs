//! Servers that mean no good, or cannot help it.

mod answers;
mod deliveries;
mod files;
mod server;
