//! The HubEE V1 API as a pull adapter: recipients come and fetch, depositors come and deposit.

mod body;

pub use body::{Body, BodyFault};
