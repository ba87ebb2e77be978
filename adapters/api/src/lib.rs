//! The HubEE V1 API as a pull adapter: recipients come and fetch, depositors come and deposit.

mod answer;
mod body;
mod drafts;
mod endpoint;
pub mod error;
mod handle;
mod json;
mod range;

pub use body::{Body, BodyFault};
pub use endpoint::{Endpoint, NotificationList, Refusal};
pub use handle::{Api, Secrets};
