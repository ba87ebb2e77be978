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

/// What a use case decides upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ground {
    /// What this process remembers of a folder. Others may have changed it, which only a commit finds out.
    Remembered,
    /// What is true now.
    Asked,
}

/// What a use case came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Something changed.
    Committed,
    /// Nothing is to be changed, or nothing is remembered to decide upon.
    Unchanged,
}

/// Runs a use case upon what is remembered, which is most likely still true and saves a question. Only what was committed then counts:
/// a refusal, or that nothing is to be changed, is decided again upon what is true now.
pub(super) async fn likely_or_again<F: Future<Output = Result<Outcome, Error>>>(
    decide: impl Fn(Ground) -> F,
) -> Result<(), Error> {
    match decide(Ground::Remembered).await {
        Ok(Outcome::Committed) => return Ok(()),
        // Whether it was committed is not known.
        Err(Error::Port(error)) if error.kind() != ErrorKind::Conflict => return Err(error.into()),
        Ok(Outcome::Unchanged) | Err(_) => {}
    }
    again(|| decide(Ground::Asked)).await.map(drop)
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

    /// What it comes to when it is decided upon what is remembered, then upon what is true; and upon what it was.
    fn decided(remembered: fn() -> Result<Outcome, Error>) -> (Result<(), Error>, Vec<Ground>) {
        let grounds = std::cell::RefCell::new(Vec::new());
        let decide = |ground| {
            grounds.borrow_mut().push(ground);
            async move { if ground == Ground::Remembered { remembered() } else { Ok(Outcome::Committed) } }
        };
        let decided = now(likely_or_again(decide));
        (decided, grounds.into_inner())
    }

    #[test]
    fn of_what_is_decided_upon_what_is_remembered_only_a_commit_counts() {
        let (committed, grounds) = decided(|| Ok(Outcome::Committed));
        assert!(committed.is_ok());
        assert_eq!(grounds, [Ground::Remembered]);
        let others: [fn() -> Result<Outcome, Error>; 3] =
            [|| Ok(Outcome::Unchanged), || Err(Error::Forbidden), || Err(Error::Port(ErrorKind::Conflict.into()))];
        for remembered in others {
            let (committed, grounds) = decided(remembered);
            assert!(committed.is_ok());
            assert_eq!(grounds, [Ground::Remembered, Ground::Asked]);
        }
    }

    #[test]
    fn what_was_perhaps_committed_is_not_decided_again() {
        let (unknown, grounds) = decided(|| Err(Error::Port(ErrorKind::Unavailable.into())));
        assert!(matches!(unknown, Err(Error::Port(error)) if error.kind() == ErrorKind::Unavailable));
        assert_eq!(grounds, [Ground::Remembered]);
    }
}
