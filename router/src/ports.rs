//! What the domain needs from the outside, as traits.

mod adapter;
mod attachments;
mod clock;
mod error;
mod mailer;
mod sealer;
mod store;

pub use adapter::{
    Adapter, Awaited, Blame, Capabilities, Delivery, DeliveryError, DeliveryErrorKind, Direction, DynPush, Endpoint,
    FileStream, Files, Key, Link, Outcome, PeerWords, Push, Receipt, Returned, ReturnedFile, SettingsReader,
};
pub use attachments::{Attachments, Stored, Upload};
pub use clock::{Clock, SystemClock};
pub use error::{Error, ErrorKind};
pub use mailer::{Letter, MailError, Mailer};
pub use sealer::Sealer;
pub use store::{Inbox, InboxPage, InboxQuery, Located, Store, Subject, Wanted};
