//! Bodies of requests.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use navette_adapter_api::BodyFault;

/// A body that comes frame by frame, or breaks off.
pub(crate) struct Frames {
    frames: VecDeque<Result<Bytes, BodyFault>>,
    announced: Option<u64>,
}

impl Frames {
    /// A body whose length is not announced.
    pub(crate) fn chunked(frames: impl IntoIterator<Item = Result<Bytes, BodyFault>>) -> Self {
        Self { frames: frames.into_iter().collect(), announced: None }
    }

    /// The same, said to have this length.
    pub(crate) fn announcing(self, length: u64) -> Self {
        Self { announced: Some(length), ..self }
    }
}

impl From<Bytes> for Frames {
    fn from(bytes: Bytes) -> Self {
        Self { announced: Some(bytes.len() as u64), frames: VecDeque::from([Ok(bytes)]) }
    }
}

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        Poll::Ready(self.frames.pop_front().map(|frame| frame.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        self.announced.map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}
