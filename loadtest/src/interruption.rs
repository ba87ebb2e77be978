//! Somebody asks for the end of a run: once for the report of what there is, a second time for nothing at all.

use std::future::Future;

use tokio::sync::watch;

/// How often somebody asked for the end. All clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Interruption(watch::Sender<u32>);

impl Interruption {
    /// Nobody asked yet.
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// Somebody asks, perhaps again.
    pub(crate) fn ask(&self) {
        self.0.send_modify(|times| *times = times.saturating_add(1));
    }

    /// Whether somebody asked.
    pub(crate) fn is_asked(&self) -> bool {
        *self.0.borrow() > 0
    }

    /// Waits until somebody asks.
    pub(crate) fn asked(&self) -> impl Future<Output = ()> + use<> {
        self.times(1)
    }

    /// Waits until somebody asks a second time.
    pub(crate) fn insisted(&self) -> impl Future<Output = ()> + use<> {
        self.times(2)
    }

    fn times(&self, wanted: u32) -> impl Future<Output = ()> + use<> {
        let (sender, mut receiver) = (self.0.clone(), self.0.subscribe());
        async move {
            // It fails only when nobody is left to ask; this future itself is.
            receiver.wait_for(|times| *times >= wanted).await.ok();
            drop(sender);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn the_first_time_and_the_second_are_told_apart() {
        let interruption = Interruption::new();
        let (asked, insisted) = (interruption.asked(), interruption.insisted());
        assert!(!interruption.is_asked() && interruption.asked().now_or_never().is_none());
        let other = interruption.clone();
        other.ask();
        assert!(interruption.is_asked() && asked.now_or_never().is_some());
        assert!(interruption.insisted().now_or_never().is_none());
        interruption.ask();
        assert!(insisted.now_or_never().is_some());
        assert!(interruption.asked().now_or_never().is_some(), "also when it is waited for later");
    }
}
