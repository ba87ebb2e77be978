//! What writes to people.

use std::future::Future;

use crate::model::MailId;

/// An e-mail, ready to be sent. It holds an address, which is personal data: it is never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The mail it is; makes its `Message-ID`.
    pub id: MailId,
    /// To whom.
    pub to: String,
    /// What it is about, in a line.
    pub subject: String,
    /// The text.
    pub text: String,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Letter").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why a letter was not taken. Its text holds no address.
#[derive(Debug, thiserror::Error)]
#[error("a mail was not taken")]
pub struct MailError {
    /// Whether trying again is pointless.
    pub permanent: bool,
    /// The cause.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// What writes to people.
pub trait Mailer: Send + Sync + 'static {
    /// Hands a letter over. `Ok` when a server took it.
    fn send(&self, letter: &Letter) -> impl Future<Output = Result<(), MailError>> + Send;
}
