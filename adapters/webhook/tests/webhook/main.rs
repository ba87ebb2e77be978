//! Calls over real sockets, to servers of every kind.

mod calls;
mod conformance;
mod hostile;
mod server;
