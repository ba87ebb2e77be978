//! The HubEE V1 API as a pull adapter: recipients come and fetch, depositors come and deposit.

mod answer;
mod body;
pub mod catalogue;
mod drafts;
mod endpoint;
pub mod error;
mod handle;
mod json;
pub mod openapi;
mod range;

pub use body::{Body, BodyFault};
pub use endpoint::{Endpoint, NotificationList, Operation, Refusal};
pub use handle::{Api, Checked, Program, Refused, Secrets};
