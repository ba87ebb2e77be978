//! Bodies that cross the adapter: what an answer is made of, and why reading a request can fail.

use std::{
    fmt, io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;
use http_body::{Frame, SizeHint};

/// The bytes of an answer.
#[derive(Default)]
pub enum Body {
    /// No bytes at all.
    #[default]
    Empty,
    /// Bytes already in memory: every JSON answer.
    Full(Bytes),
    /// Bytes that are read while they are sent: the content of an attachment.
    Stream {
        /// Where the bytes come from.
        frames: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>,
        /// How many bytes remain to be sent; announced as `Content-Length`.
        remaining: u64,
    },
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("Empty"),
            Self::Full(bytes) => formatter.debug_tuple("Full").field(&bytes.len()).finish(),
            Self::Stream { remaining, .. } => formatter.debug_tuple("Stream").field(remaining).finish(),
        }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Full(Bytes::from(bytes))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match &mut *self {
            Self::Empty => Poll::Ready(None),
            Self::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                *self = Self::Empty;
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            Self::Stream { frames, remaining } => match frames.as_mut().poll_next(context) {
                Poll::Ready(Some(Ok(bytes))) => {
                    *remaining = remaining.saturating_sub(bytes.len() as u64);
                    Poll::Ready(Some(Ok(Frame::data(bytes))))
                }
                Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Full(bytes) => bytes.is_empty(),
            Self::Stream { remaining, .. } => *remaining == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Stream { remaining, .. } => SizeHint::with_exact(*remaining),
        }
    }
}

/// Why the body of a request could not be read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// The client sent nothing for longer than the configured limit: answered 408.
    #[error("no bytes arrived for too long")]
    Stalled,
    /// More bytes than the limit, or than a compressed body may become: answered 413.
    #[error("the body is larger than this operation accepts")]
    TooLarge,
    /// The framing or the compression is broken: answered 400.
    #[error("the body is not validly encoded")]
    Malformed,
    /// The client went away: nobody is left to answer.
    #[error("the client closed the connection before the end of the body")]
    Disconnected,
}
