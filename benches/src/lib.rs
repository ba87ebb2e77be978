//! How fast the hub is, and how fast the machine is: each bench runs beside the physical limit, in the same run, on the same disk.
//!
//! A figure alone says more of the machine than of the hub. So the journal is measured beside a bare log that does nothing but
//! group commit; attachments beside SHA-256, a write and a shared sync; the whole hub, over HTTP, beside a bare server that does
//! the same hashing and the same durable writes, gives the same answers and knows no rule. The ratio is what counts.
//!
//! * `cargo bench -p navette-benches`: in process.
//! * `cargo build --release -p navette-gateway -p navette-benches --bins`, then `target/release/navette-compare --help`: over HTTP.

#[cfg(feature = "cluster")]
pub mod broker;
pub mod compare;
pub mod deposits;
pub mod enrolment;
pub mod figures;
pub mod fill;
pub mod ground;
pub mod limit;
pub mod server;
pub mod wire;
