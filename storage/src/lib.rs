//! The router's storage ports, implemented: [`embedded`] needs no other service, [`memory`] is the double for tests, and
//! [`conformance`] is the suite that every backend passes.

pub mod conformance;
pub mod embedded;
pub mod memory;
mod writers;
