//! The router's storage ports, implemented: [`embedded`] needs no other service.

pub mod embedded;
