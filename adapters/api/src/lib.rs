//! The HubEE V1 API as a pull adapter: recipients come and fetch, depositors come and deposit.

mod answer;
mod bodies;
mod body;
mod endpoint;
pub mod error;
mod field;
mod handle;
mod range;

pub use body::{Body, BodyFault};
pub use endpoint::{Endpoint, NotificationList, Refusal};
pub use handle::{Api, Secrets};
