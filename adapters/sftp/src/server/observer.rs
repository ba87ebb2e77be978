//! What the server tells whoever counts.

use std::error::Error;

/// Is told what happens, to count it and to log failures. Called where connections are served: it must not wait. Nothing it is told is
/// somebody's: no user, no address, no name of a file.
pub trait Observer: Send + Sync + 'static {
    /// Somebody was sent away because a named maximum is reached: the name of the option.
    fn turned_away(&self, _limit: &'static str) {}

    /// A password was right.
    fn login_accepted(&self) {}

    /// A password was wrong, or there is no such account.
    fn login_refused(&self) {}

    /// An SFTP session began.
    fn session_began(&self) {}

    /// An SFTP session ended, however it did.
    fn session_ended(&self) {}

    /// So many bytes of messages are on their way to a recipient.
    fn bytes_sent(&self, _bytes: u64) {}

    /// The end of a message was read.
    fn message_read(&self) {}

    /// A message was acknowledged.
    fn acknowledged(&self) {}

    /// Something of the hub failed, or did not answer in time, while the server was `doing` this. The recipient was told to try again
    /// later.
    fn failed(&self, _doing: &'static str, _error: &(dyn Error + 'static)) {}
}

/// Counts nothing.
impl Observer for () {}
