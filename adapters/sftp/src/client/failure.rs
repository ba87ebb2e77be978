//! What a failure of the protocol means for a delivery.

use navette_router::ports::{DeliveryError, DeliveryErrorKind, PeerWords};
use russh_sftp::client::error::Error;
use russh_sftp::protocol::StatusCode;

/// What `error` means, which happened while `doing` something. `words` cleans what the server said.
pub(crate) fn failure(error: &Error, doing: &str, words: impl Fn(&str) -> PeerWords) -> DeliveryError {
    use DeliveryErrorKind as Kind;
    match error {
        Error::Status(status) => {
            let (kind, remedy) = match status.status_code {
                StatusCode::NoSuchFile => (Kind::Missing, "look at the directories in the settings and on the server"),
                StatusCode::PermissionDenied => (Kind::Forbidden, "let the account write there"),
                StatusCode::Failure if is_full(&status.error_message) => (Kind::Full, "make room"),
                StatusCode::Failure => {
                    (Kind::Forbidden, "the server does not say why; look at its log, at its disk and at its quotas")
                }
                StatusCode::OpUnsupported => {
                    (Kind::Forbidden, "the server does not know this; another kind of server is needed")
                }
                StatusCode::NoConnection | StatusCode::ConnectionLost => return cut(doing),
                StatusCode::Ok | StatusCode::Eof | StatusCode::BadMessage => {
                    (Kind::Protocol, "look at the server's log")
                }
            };
            DeliveryError::new(kind, format!("{doing}: {remedy}")).said(words(&status.error_message))
        }
        Error::Timeout => late(doing),
        Error::Limited(_) => DeliveryError::new(Kind::Busy, format!("{doing}: the server allows no more at once")),
        Error::UnexpectedPacket => {
            DeliveryError::new(Kind::Protocol, format!("{doing}: the answer belongs to no question"))
        }
        Error::IO(_) | Error::UnexpectedBehavior(_) => cut(doing),
    }
}

/// The connection ended.
pub(crate) fn cut(doing: &str) -> DeliveryError {
    DeliveryError::new(
        DeliveryErrorKind::Interrupted,
        format!("{doing}: the server, or something on the way, closed the connection"),
    )
}

/// There was no answer in time.
pub(crate) fn late(doing: &str) -> DeliveryError {
    DeliveryError::new(
        DeliveryErrorKind::TimedOut,
        format!("{doing}: no answer in time; look whether the server is overloaded"),
    )
}

/// Servers have one code for whatever fails, and say the rest in words.
fn is_full(said: &str) -> bool {
    let said = said.to_lowercase();
    ["no space", "disk full", "quota", "full", "espace"].iter().any(|word| said.contains(word))
}
