//! Deliveries to a real OpenSSH server.

mod account;
mod conformance;
mod deliveries;
mod link;
mod speed;
