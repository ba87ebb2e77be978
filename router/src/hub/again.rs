//! Deciding again, when another gateway decided first.

use std::future::Future;

use crate::error::Error;
use crate::ports::ErrorKind;

/// How often a use case decides before it gives up. Whoever loses has seen another win, so there is progress; a subject about which
/// so many decide at once is answered with "try again later".
const DECISIONS_MAX: usize = 8;

/// Runs a use case from its writer to its commit, and once more each time the store says that somebody else was first. What it read
/// then is no longer true, so all of it is decided anew. A store that only this process writes to never says so.
pub(super) async fn again<T, F: Future<Output = Result<T, Error>>>(decide: impl Fn() -> F) -> Result<T, Error> {
    for _ in 1..DECISIONS_MAX {
        match decide().await {
            Err(Error::Port(error)) if error.kind() == ErrorKind::Conflict => {}
            decided => return decided,
        }
    }
    decide().await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn now<T>(future: impl Future<Output = T>) -> T {
        match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("nothing to wait for"),
        }
    }

    fn decided_after(conflicts: usize) -> (Result<usize, Error>, usize) {
        let decisions = AtomicUsize::new(0);
        let decide = || async {
            match decisions.fetch_add(1, Ordering::Relaxed) {
                number if number < conflicts => Err(Error::Port(ErrorKind::Conflict.into())),
                number => Ok(number),
            }
        };
        (now(again(decide)), decisions.load(Ordering::Relaxed))
    }

    #[test]
    fn whoever_was_not_first_decides_again_but_not_for_ever() {
        assert!(matches!(decided_after(0), (Ok(0), 1)));
        assert!(matches!(decided_after(3), (Ok(3), 4)));
        assert!(matches!(decided_after(DECISIONS_MAX), (Err(Error::Port(_)), DECISIONS_MAX)));
    }

    #[test]
    fn other_failures_are_answered_at_once() {
        let decisions = AtomicUsize::new(0);
        let refuse = || async {
            decisions.fetch_add(1, Ordering::Relaxed);
            Err::<(), _>(Error::Port(ErrorKind::Unavailable.into()))
        };
        assert!(now(again(refuse)).is_err());
        assert_eq!(decisions.load(Ordering::Relaxed), 1);
    }
}
