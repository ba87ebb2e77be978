//! What the hub has to say.

use std::fmt;
use std::net::IpAddr;

use navette_router::model::NotificationId;
use navette_router::ports::{self, Delivery};
use secrecy::SecretString;

use crate::message::{Number, message_name};

/// Whose inboxes there are, and what waits in them. Each future may be dropped at any moment.
pub trait Inboxes: Send + Sync + 'static {
    /// Who was let in.
    type Account: Send + Sync + 'static;

    /// None: there is no such account, or that is not its password; nobody can tell which. What the account may see is asked anew each
    /// time: one that was blocked since finds nothing.
    fn log_in(
        &self,
        user: &str,
        password: &SecretString,
        from: IpAddr,
    ) -> impl Future<Output = Result<Option<Self::Account>, ports::Error>> + Send;

    /// What waits, oldest first, behind `after`, at most `limit`; fewer only at the end. `after`, and any before it, may have been
    /// acknowledged meanwhile: nothing that waits behind it may be passed over for that.
    fn waiting(
        &self,
        account: &Self::Account,
        after: Option<NotificationId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Waiting>, ports::Error>> + Send;

    /// One of them; none when it does not wait (any more), or waits for somebody else.
    fn find(
        &self,
        account: &Self::Account,
        id: NotificationId,
    ) -> impl Future<Output = Result<Option<Waiting>, ports::Error>> + Send;

    /// It was taken in: it does not wait any more. Doing it again changes nothing.
    fn acknowledge(
        &self,
        account: &Self::Account,
        id: NotificationId,
    ) -> impl Future<Output = Result<(), ports::Error>> + Send;
}

/// A message that waits.
#[derive(Clone)]
pub struct Waiting {
    /// What it is acknowledged by.
    pub id: NotificationId,
    /// The word for the process in names: letters, digits and `_`, no hyphen.
    pub process: String,
    /// What it is made of. The same each time, but for [`Delivery::attempt`].
    pub delivery: Delivery,
}

impl Waiting {
    /// What its file is called.
    pub fn name(&self) -> String {
        message_name(&Number::new(&self.delivery.folder.external_id), &self.process, self.delivery.sequence)
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Waiting")
            .field("id", &self.id)
            .field("delivery", &self.delivery)
            .finish_non_exhaustive()
    }
}
