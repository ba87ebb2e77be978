//! One request and its answer.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use http::header::{CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, EXPECT};
use http::{HeaderValue, Request, Response, Version};
use http_body::Body as _;
use hyper::body::Incoming;
use navette_adapter_api::Body;

use super::activity::{Activity, InFlight};
use super::admission::{Admission, Permit};
use super::answer::AnswerBody;
use super::compression::{self, Encoding};
use super::gzip::DecodeLimits;
use super::leftover::Leftover;
use super::refusal::Refusal;
use super::request_body::{Arriving, Decoded, RequestBody};
use super::stall::{Pace, StallTimer};
use super::{EndpointName, Handler, RequestContext, RequestId, method_override};
use crate::metrics::{FrontMetrics, NO_ENDPOINT};

/// What all exchanges have in common.
#[derive(Debug)]
pub(super) struct ExchangeSettings {
    pub(super) admission: Admission,
    pub(super) decode_limits: DecodeLimits,
    pub(super) pace: Pace,
    pub(super) retry_after: Duration,
    pub(super) metrics: Arc<FrontMetrics>,
}

/// What all exchanges of a connection have in common.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) peer: SocketAddr,
    pub(super) secure: bool,
    pub(super) activity: Arc<Activity>,
}

/// Answers one request.
pub(super) async fn answer<H: Handler>(
    handler: &H,
    settings: &ExchangeSettings,
    origin: &Origin,
    request: Request<Incoming>,
) -> Response<AnswerBody> {
    let began = Instant::now();
    let in_flight = origin.activity.begin(request.version() == Version::HTTP_2);
    let request_id = RequestId::of(request.headers());
    let method = request.method().clone();
    let accepts_gzip = compression::accepts_gzip(request.headers());
    let unread = Unread::of(&request);

    let leftover = Leftover::default();
    let (EndpointName(endpoint), answer, permit) = match admit(settings, &in_flight, request, &leftover) {
        Ok((request, permit)) => {
            let context = RequestContext { request_id: request_id.clone(), peer: origin.peer, secure: origin.secure };
            // A panic is a mistake in the program; the others on this connection are not to pay for it.
            let handled = AssertUnwindSafe(handler.handle(request, &context)).catch_unwind().await;
            let (name, answer) = handled.unwrap_or_else(|_| {
                settings.metrics.panics.inc();
                (EndpointName(NO_ENDPOINT), Refusal::Panicked.answer())
            });
            (name, answer, Some(permit))
        }
        Err(refusal) => (EndpointName(NO_ENDPOINT), refusal.answer(), None),
    };
    let body_ended = unread.settle(&leftover, in_flight.activity()).await;
    let mut answer = compression::compress(answer, accepts_gzip).await;
    if !body_ended {
        // Nothing can follow a body that was not read: the client must not put another request on this connection.
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    request_id.put_into(answer.headers_mut());

    let (elapsed, status) = (began.elapsed(), answer.status());
    settings.metrics.endpoint(endpoint).observe(status, elapsed.as_secs_f64());
    // Shedding is counted; a line for each would make the busiest hub the loudest.
    if status.is_server_error() && status != http::StatusCode::SERVICE_UNAVAILABLE {
        tracing::warn!(%request_id, %method, endpoint, status = status.as_u16(), ?elapsed, "a request failed");
    } else {
        tracing::debug!(%request_id, %method, endpoint, status = status.as_u16(), ?elapsed, "a request was answered");
    }
    answer.map(|body| outgoing(body, permit, in_flight, settings))
}

fn outgoing(body: Body, permit: Option<Permit>, in_flight: InFlight, settings: &ExchangeSettings) -> AnswerBody {
    AnswerBody::new(body, permit, in_flight, Arc::clone(&settings.metrics))
}

/// Everything that can be refused before the handler sees the request. What is refused leaves its body in `leftover`.
fn admit(
    settings: &ExchangeSettings,
    in_flight: &InFlight,
    request: Request<Incoming>,
    leftover: &Leftover,
) -> Result<(Request<RequestBody>, Permit), Refusal> {
    let (mut parts, incoming) = request.into_parts();
    let length = incoming.size_hint().exact().unwrap_or(u64::MAX);
    // From here on the body is read, or left over, by dropping this.
    let stall = StallTimer::new(settings.pace);
    let arriving = Arriving::new(incoming, leftover.clone(), stall, Arc::clone(&settings.metrics));

    if in_flight.is_ambiguous() || parts.headers.get_all(CONTENT_LENGTH).iter().count() > 1 {
        leftover_is_unreadable(arriving, leftover);
        return Err(Refusal::AmbiguousLength);
    }
    method_override::apply(&mut parts.method, &parts.headers)?;
    let encoding = compression::of_request(&parts.headers)?;
    let body_bytes = match encoding {
        Encoding::Plain => length,
        // How much it becomes is not known.
        Encoding::Gzip => u64::MAX,
    };
    let Some(permit) = settings.admission.admit(body_bytes) else {
        settings.metrics.shed.inc();
        return Err(Refusal::Overloaded { retry_after: settings.retry_after });
    };
    let body = match encoding {
        Encoding::Plain if length == 0 => RequestBody::buffered(bytes::Bytes::new()),
        Encoding::Plain => RequestBody::arriving(arriving),
        Encoding::Gzip => {
            parts.headers.remove(CONTENT_ENCODING);
            parts.headers.remove(CONTENT_LENGTH);
            parts.extensions.insert(Decoded);
            RequestBody::compressed(arriving, settings.decode_limits)
        }
    };
    Ok((Request::from_parts(parts, body), permit))
}

fn leftover_is_unreadable(arriving: Arriving, leftover: &Leftover) {
    drop(arriving);
    leftover.abandon();
}

/// What must happen to a body that the handler did not read to the end.
#[derive(Debug, Clone, Copy)]
enum Unread {
    /// HTTP/2 resets the stream; a request without a body leaves nothing.
    Nothing,
    Read {
        expects_continue: bool,
    },
}

impl Unread {
    fn of(request: &Request<Incoming>) -> Self {
        if request.version() == Version::HTTP_2 || request.body().is_end_stream() {
            return Self::Nothing;
        }
        let expect = request.headers().get(EXPECT);
        let expects_continue = expect.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
        Self::Read { expects_continue }
    }

    /// Gives whether the body was read to its end.
    async fn settle(self, leftover: &Leftover, activity: &Activity) -> bool {
        if let Self::Read { expects_continue } = self
            && !leftover.read(expects_continue).await
        {
            activity.leave_body_unread();
            return false;
        }
        true
    }
}
