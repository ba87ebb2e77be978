//! The end of a body that nobody read, because the answer was clear before.
//!
//! An HTTP/1.1 client that still sends may not look at the answer before it is done, and closing on it would reset the
//! connection. What is small is read to its end, and the connection lives on; what is large makes the connection linger.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use parking_lot::Mutex;

/// More than this is not read.
const READ_MAX_BYTES: u64 = 1024 * 1024;
/// Nor for longer than this.
const READ_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Default)]
pub(super) struct Leftover(Arc<Mutex<State>>);

#[derive(Debug, Default)]
enum State {
    /// The body is being read, was read, or never was.
    #[default]
    None,
    Body {
        incoming: Incoming,
        /// Whether any of it was read, and so the client told to go on.
        begun: bool,
    },
    Abandoned,
}

impl Leftover {
    pub(super) fn put(&self, incoming: Incoming, begun: bool) {
        *self.0.lock() = State::Body { incoming, begun };
    }

    /// The body failed: what comes after it means nothing.
    pub(super) fn abandon(&self) {
        *self.0.lock() = State::Abandoned;
    }

    /// Reads what is left, if it is little. Gives whether the body has ended.
    ///
    /// A client that waits for `100 Continue` and never got it will send nothing: `expects_continue`.
    pub(super) async fn read(&self, expects_continue: bool) -> bool {
        let (mut incoming, begun) = match std::mem::take(&mut *self.0.lock()) {
            State::None => return true,
            State::Abandoned => return false,
            State::Body { incoming, begun } => (incoming, begun),
        };
        if incoming.size_hint().lower() > READ_MAX_BYTES || (expects_continue && !begun) {
            return false;
        }
        let reading = async {
            let mut read_bytes = 0;
            while let Some(frame) = Pin::new(&mut incoming).frame().await {
                let Ok(frame) = frame else { return false };
                read_bytes += frame.data_ref().map_or(0, |bytes| bytes.len() as u64);
                if read_bytes > READ_MAX_BYTES {
                    return false;
                }
            }
            true
        };
        tokio::time::timeout(READ_TIMEOUT, reading).await.unwrap_or(false)
    }
}
