//! A connection that ends when its client keeps us waiting: no request for too long, a head that does not end, an answer that is
//! not taken. It also watches the framing of what comes in.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::activity::Activity;
use super::framing::Inspector;
use crate::metrics::FrontMetrics;

/// How long what a client still sends is read and thrown away after an answer that came before the end of its body. Closing at
/// once would reset the connection, and the client might never see the answer.
const LINGER_TIMEOUT: Duration = Duration::from_secs(2);
const LINGER_BUFFER_BYTES: usize = 16 * 1024;

/// The time limits of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeLimits {
    pub(super) head: Duration,
    pub(super) idle: Duration,
    pub(super) write_stall: Duration,
}

pub(super) struct GuardedIo<S> {
    inner: S,
    activity: Arc<Activity>,
    metrics: Arc<FrontMetrics>,
    limits: TimeLimits,
    inspector: Inspector,
    read_timer: Option<Pin<Box<Sleep>>>,
    write_timer: Option<Pin<Box<Sleep>>>,
    write_waits: bool,
    /// When the head that is coming in began, and how many requests there had been before it.
    head: Option<(Instant, u64)>,
    at_end: bool,
    linger: Linger,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Linger {
    NotYet,
    Until(Instant),
    Over,
}

impl<S: AsyncRead + AsyncWrite + Unpin> GuardedIo<S> {
    pub(super) fn new(inner: S, activity: Arc<Activity>, metrics: Arc<FrontMetrics>, limits: TimeLimits) -> Self {
        Self {
            inner,
            activity,
            metrics,
            limits,
            inspector: Inspector::new(),
            read_timer: None,
            write_timer: None,
            write_waits: false,
            head: None,
            at_end: false,
            linger: Linger::NotYet,
        }
    }

    fn saw(&mut self, bytes: &[u8]) {
        if let Some(number) = self.inspector.inspect(bytes) {
            self.activity.ambiguous_from(number);
        }
        if self.activity.is_multiplexed() || self.activity.idle_since().is_none() {
            return;
        }
        let requests = self.activity.requests();
        if self.head.is_none_or(|(_, before)| before != requests) {
            self.head = Some((Instant::now(), requests));
        }
    }

    /// When to give up, as things stand; `None` while a request is in flight.
    fn deadline(&self) -> Option<Instant> {
        let idle = self.activity.idle_since()? + self.limits.idle;
        match self.head {
            Some((began, before)) if before == self.activity.requests() && !self.activity.is_multiplexed() => {
                Some(idle.min(began + self.limits.head))
            }
            _ => Some(idle),
        }
    }

    /// Nothing to read: ready once the client has kept us waiting for too long.
    ///
    /// The timer is not moved at every read but looked at when it rings. It must ring even while a request is in flight, because
    /// nobody wakes us when the last one ends.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let now = Instant::now();
            let deadline = self.deadline();
            if deadline.is_some_and(|deadline| deadline <= now) {
                return Poll::Ready(());
            }
            let ring = deadline.unwrap_or(now + self.limits.idle);
            match &mut self.read_timer {
                None => self.read_timer = Some(Box::pin(sleep_until(ring))),
                Some(timer) if timer.deadline() > ring || timer.is_elapsed() => timer.as_mut().reset(ring),
                Some(_) => {}
            }
            let Some(timer) = &mut self.read_timer else { return Poll::Pending };
            ready!(timer.as_mut().poll(context));
        }
    }

    /// What a write came to, or an error once the client has taken nothing for too long.
    fn stall<T>(&mut self, context: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.write_waits = false;
            return outcome;
        }
        if !self.write_waits {
            self.write_waits = true;
            let deadline = Instant::now() + self.limits.write_stall;
            match &mut self.write_timer {
                Some(timer) => timer.as_mut().reset(deadline),
                None => self.write_timer = Some(Box::pin(sleep_until(deadline))),
            }
        }
        let Some(timer) = &mut self.write_timer else { return Poll::Pending };
        ready!(timer.as_mut().poll(context));
        self.metrics.write_stalls.inc();
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing of the answer")))
    }

    /// Throws away what still comes, for a moment.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.linger == Linger::NotYet {
            let needed = self.activity.has_unread_body() && !self.at_end && !self.activity.is_multiplexed();
            self.linger = if needed { Linger::Until(Instant::now() + LINGER_TIMEOUT) } else { Linger::Over };
        }
        let Linger::Until(deadline) = self.linger else { return Poll::Ready(()) };
        let mut buffer = [0; LINGER_BUFFER_BYTES];
        loop {
            let mut read = ReadBuf::new(&mut buffer);
            match Pin::new(&mut self.inner).poll_read(context, &mut read) {
                Poll::Ready(Ok(())) if !read.filled().is_empty() && Instant::now() < deadline => {}
                Poll::Ready(_) => break,
                Poll::Pending => {
                    let timer = self.read_timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
                    if timer.deadline() != deadline {
                        timer.as_mut().reset(deadline);
                    }
                    ready!(timer.as_mut().poll(context));
                    break;
                }
            }
        }
        self.linger = Linger::Over;
        Poll::Ready(())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for GuardedIo<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        match Pin::new(&mut this.inner).poll_read(context, buffer) {
            Poll::Ready(outcome) => {
                let new = &buffer.filled()[before..];
                if new.is_empty() {
                    this.at_end = true;
                } else {
                    this.saw(new);
                }
                Poll::Ready(outcome)
            }
            Poll::Pending => {
                ready!(this.poll_patience(context));
                // To the parser the client is gone; in the middle of a head that is an error, between requests it is not.
                this.at_end = true;
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for GuardedIo<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.stall(context, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        self.stall(context, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.inner).poll_flush(context);
        self.stall(context, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !matches!(self.linger, Linger::Until(_)) {
            let outcome = Pin::new(&mut self.inner).poll_shutdown(context);
            ready!(self.stall(context, outcome))?;
        }
        self.poll_linger(context).map(Ok)
    }
}
