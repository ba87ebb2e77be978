//! What became of a request on the wire, for whoever keeps the books: told beside its outcome, which may be a failure.

use std::cell::Cell;
use std::future::Future;
use std::time::Duration;

use http::StatusCode;

tokio::task_local! {
    static TRACE: Cell<Trace>;
}

/// What became of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Trace {
    /// How long it waited for a free connection before it began.
    pub(crate) waited: Duration,
    /// What the hub answered, if it answered.
    pub(crate) status: Option<StatusCode>,
}

/// Sends a request, and tells what became of it.
pub(crate) async fn traced<T>(request: impl Future<Output = T>) -> (T, Trace) {
    let whole = async { (request.await, TRACE.with(Cell::get)) };
    TRACE.scope(Cell::default(), whole).await
}

/// Notes something of the request that this task sends, if anybody wants to know.
pub(super) fn note(change: impl FnOnce(&mut Trace)) {
    let noted = TRACE.try_with(|kept| {
        let mut trace = kept.get();
        change(&mut trace);
        kept.set(trace);
    });
    // Nobody wants to know.
    noted.ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_of_several_requests_at_a_time_has_its_own() {
        let request = |status: u16| {
            traced(async move {
                note(|trace| trace.waited = Duration::from_millis(status.into()));
                tokio::task::yield_now().await;
                note(|trace| trace.status = StatusCode::from_u16(status).ok());
                status
            })
        };
        let ((one, traced_one), (other, traced_other)) = tokio::join!(request(200), request(404));
        assert_eq!((one, traced_one.status), (200, Some(StatusCode::OK)));
        assert_eq!((other, traced_other.waited), (404, Duration::from_millis(404)));
        note(|_| unreachable!("nobody wants to know"));
    }
}
