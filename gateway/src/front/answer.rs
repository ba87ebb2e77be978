//! The body of an answer on its way out: what its request holds is given back when the last byte is sent, or nobody wants it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use navette_adapter_api::Body;

use super::activity::InFlight;
use super::admission::Permit;
use crate::metrics::FrontMetrics;

#[derive(Debug)]
pub(super) struct AnswerBody {
    body: Body,
    sent_bytes: u64,
    metrics: Arc<FrontMetrics>,
    _permit: Option<Permit>,
    _in_flight: InFlight,
}

impl AnswerBody {
    pub(super) const fn new(
        body: Body,
        permit: Option<Permit>,
        in_flight: InFlight,
        metrics: Arc<FrontMetrics>,
    ) -> Self {
        Self { body, sent_bytes: 0, metrics, _permit: permit, _in_flight: in_flight }
    }
}

impl http_body::Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => self.sent_bytes += frame.data_ref().map_or(0, |bytes| bytes.len() as u64),
            // The head is out: all that can be done for the client is to break off.
            Some(Err(error)) => tracing::error!(%error, "an answer breaks off because what it sends cannot be read"),
            None => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        self.metrics.sent_bytes.inc_by(self.sent_bytes);
    }
}
