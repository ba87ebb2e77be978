//! What the domain needs from the outside, as traits.

mod adapter;
mod attachments;
mod clock;
mod error;
mod mailer;
mod store;

pub use adapter::{Adapter, Capabilities, Direction};
pub use attachments::{Attachments, Stored, Upload};
pub use clock::{Clock, SystemClock};
pub use error::{Error, ErrorKind};
pub use mailer::{Letter, MailError, Mailer};
pub use store::{Inbox, InboxPage, InboxQuery, Located, Store, Subject, Wanted};
