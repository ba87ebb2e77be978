//! The body of a request, as a [`Handler`](super::Handler) reads it: frame by frame, decoded, with a limit on pauses.

use std::error::Error as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use navette_adapter_api::BodyFault;

use super::gzip::{DecodeLimits, Inflater};
use super::leftover::Leftover;
use super::stall::StallTimer;
use crate::metrics::FrontMetrics;

/// Among the extensions of a request whose body came compressed: nobody said how long it really is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoded;

/// The body of a request.
#[derive(Debug)]
pub struct RequestBody(Source);

#[derive(Debug)]
enum Source {
    Buffered(Bytes),
    Arriving(Arriving),
    Compressed(Box<Compressed>),
}

impl RequestBody {
    /// A body that is in memory already: for callers that are not on the other side of a socket.
    pub fn buffered(bytes: impl Into<Bytes>) -> Self {
        Self(Source::Buffered(bytes.into()))
    }

    pub(super) fn arriving(arriving: Arriving) -> Self {
        Self(Source::Arriving(arriving))
    }

    pub(super) fn compressed(arriving: Arriving, limits: DecodeLimits) -> Self {
        let inflater = Inflater::new(limits);
        Self(Source::Compressed(Box::new(Compressed { arriving, inflater, input: Bytes::new(), ended: false })))
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let bytes = match &mut self.0 {
            Source::Buffered(bytes) if bytes.is_empty() => None,
            Source::Buffered(bytes) => Some(Ok(std::mem::take(bytes))),
            Source::Arriving(arriving) => ready!(arriving.poll_bytes(context)),
            Source::Compressed(compressed) => ready!(compressed.poll_bytes(context)),
        };
        Poll::Ready(bytes.map(|bytes| bytes.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Source::Buffered(bytes) => bytes.is_empty(),
            Source::Arriving(arriving) => arriving.incoming.as_ref().is_none_or(Body::is_end_stream),
            Source::Compressed(compressed) => compressed.ended,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Source::Buffered(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Source::Arriving(arriving) => arriving.incoming.as_ref().map(Body::size_hint).unwrap_or_default(),
            Source::Compressed(_) => SizeHint::default(),
        }
    }
}

/// What comes from the socket.
#[derive(Debug)]
pub(super) struct Arriving {
    /// Absent once it failed.
    incoming: Option<Incoming>,
    leftover: Leftover,
    stall: StallTimer,
    received_bytes: u64,
    metrics: Arc<FrontMetrics>,
}

impl Arriving {
    pub(super) const fn new(
        incoming: Incoming,
        leftover: Leftover,
        stall: StallTimer,
        metrics: Arc<FrontMetrics>,
    ) -> Self {
        Self { incoming: Some(incoming), leftover, stall, received_bytes: 0, metrics }
    }

    fn poll_bytes(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyFault>>> {
        loop {
            let Some(incoming) = &mut self.incoming else { return Poll::Ready(None) };
            let fault = match Pin::new(incoming).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => {
                    self.stall.progress();
                    match frame.into_data() {
                        Ok(bytes) if !bytes.is_empty() => {
                            self.received_bytes += bytes.len() as u64;
                            return Poll::Ready(Some(Ok(bytes)));
                        }
                        // Trailers mean nothing here.
                        Ok(_) | Err(_) => continue,
                    }
                }
                Poll::Ready(Some(Err(error))) => fault(&error),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => {
                    ready!(self.stall.poll_expired(self.received_bytes, context));
                    self.metrics.body_stalls.inc();
                    BodyFault::Stalled
                }
            };
            // Whatever still comes is of no use to anybody.
            self.incoming = None;
            self.leftover.abandon();
            return Poll::Ready(Some(Err(fault)));
        }
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.metrics.received_bytes.inc_by(self.received_bytes);
        if let Some(incoming) = self.incoming.take().filter(|incoming| !incoming.is_end_stream()) {
            self.leftover.put(incoming, self.received_bytes > 0);
        }
    }
}

#[derive(Debug)]
struct Compressed {
    arriving: Arriving,
    inflater: Inflater,
    input: Bytes,
    ended: bool,
}

impl Compressed {
    fn poll_bytes(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyFault>>> {
        loop {
            if self.ended {
                return Poll::Ready(None);
            }
            match self.inflater.step(&mut self.input) {
                Ok(Some(bytes)) => return Poll::Ready(Some(Ok(bytes))),
                Ok(None) => {}
                Err(fault) => return Poll::Ready(Some(Err(self.fail(fault)))),
            }
            match ready!(self.arriving.poll_bytes(context)) {
                Some(Ok(bytes)) => self.input = bytes,
                Some(Err(fault)) => return Poll::Ready(Some(Err(self.fail(fault)))),
                None => {
                    self.ended = true;
                    if let Err(fault) = self.inflater.finish() {
                        return Poll::Ready(Some(Err(fault)));
                    }
                }
            }
        }
    }

    const fn fail(&mut self, fault: BodyFault) -> BodyFault {
        self.ended = true;
        fault
    }
}

/// HTTP/1.1 says an I/O error about framing; everything else means that the client is gone.
fn fault(error: &hyper::Error) -> BodyFault {
    let kind = error.source().and_then(|source| source.downcast_ref::<io::Error>()).map(io::Error::kind);
    match kind {
        Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::Other) => BodyFault::Malformed,
        _ => BodyFault::Disconnected,
    }
}
