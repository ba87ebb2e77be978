//! The front over real sockets, with a handler that does as the path says.

mod bodies;
mod fixture;
mod http1;
mod http2;
mod limits;
mod stopping;
mod tls;
