//! The port of adapters that go to recipients: typed for authors, erased for the hub.

use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;

use super::{Adapter, Awaited, Capabilities, Delivery, DeliveryError, Endpoint, Key, Receipt, Returned};
use crate::error::Faults;

/// An adapter that goes to recipients.
///
/// Each future may be dropped at any moment, which is how the hub cancels: nothing of it may go on then, and nobody at the peer may
/// see half a message. One adapter serves all endpoints, many at once: it bounds its connections itself.
pub trait Push: Adapter {
    /// The settings of an endpoint, read.
    type Settings: Send + Sync + 'static;

    /// Every setting it knows.
    const KEYS: &'static [Key];

    /// Reads the settings of an endpoint. Pure: no I/O. All faults are found at once, each under the name of its key.
    fn validate(&self, endpoint: &Endpoint) -> Result<Self::Settings, Faults>;

    /// Tries once to bring it there. `Ok` when the peer has all of it for good. Doing it again changes nothing at the peer.
    fn deliver(
        &self,
        settings: &Self::Settings,
        delivery: &Delivery,
    ) -> impl Future<Output = Result<Receipt, DeliveryError>> + Send;

    /// Tries the way there without delivering anything: what was found on the way, a line each, or where it ends and what to
    /// do about that.
    fn test(&self, settings: &Self::Settings) -> impl Future<Output = Result<Vec<String>, DeliveryError>> + Send;

    /// Looks for what came back about `awaited`, at most [`Returned::MAX`] at once, and changes nothing at the peer. An
    /// adapter without return flow has nothing to write here.
    fn collect(
        &self,
        _settings: &Self::Settings,
        _awaited: &[Awaited],
    ) -> impl Future<Output = Result<Vec<Returned>, DeliveryError>> + Send {
        ready(Ok(Vec::new()))
    }

    /// Takes something away from the peer that came back and that the hub has made durable. Doing it again changes nothing.
    fn acknowledge(
        &self,
        _settings: &Self::Settings,
        _returned: &Returned,
    ) -> impl Future<Output = Result<(), DeliveryError>> + Send {
        ready(Ok(()))
    }
}

/// A future behind a pointer.
type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, DeliveryError>> + Send + 'a>>;

/// A [`Push`] of which only the running program knows the type.
pub trait DynPush: Send + Sync {
    /// [`Adapter::NAME`].
    fn name(&self) -> &'static str;

    /// [`Adapter::capabilities`].
    fn capabilities(&self) -> Capabilities;

    /// [`Push::KEYS`].
    fn keys(&self) -> &'static [Key];

    /// The way to an endpoint, or every fault of its settings ([`Push::validate`]). Pure: no I/O, so it may be made to look for
    /// faults, and kept as long as the settings stay the same.
    fn link(self: Arc<Self>, endpoint: &Endpoint) -> Result<Arc<dyn Link>, Faults>;
}

/// An adapter together with the settings of one endpoint.
pub trait Link: fmt::Debug + Send + Sync {
    /// [`Push::deliver`].
    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> Boxed<'a, Receipt>;

    /// [`Push::test`].
    fn test(&self) -> Boxed<'_, Vec<String>>;

    /// [`Push::collect`].
    fn collect<'a>(&'a self, awaited: &'a [Awaited]) -> Boxed<'a, Vec<Returned>>;

    /// [`Push::acknowledge`].
    fn acknowledge<'a>(&'a self, returned: &'a Returned) -> Boxed<'a, ()>;
}

impl<P: Push> DynPush for P {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn capabilities(&self) -> Capabilities {
        Adapter::capabilities(self)
    }

    fn keys(&self) -> &'static [Key] {
        P::KEYS
    }

    fn link(self: Arc<Self>, endpoint: &Endpoint) -> Result<Arc<dyn Link>, Faults> {
        let settings = self.validate(endpoint)?;
        Ok(Arc::new(Bound { adapter: self, settings }))
    }
}

/// The one implementation of [`Link`].
struct Bound<P: Push> {
    adapter: Arc<P>,
    settings: P::Settings,
}

impl<P: Push> fmt::Debug for Bound<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Link({})", P::NAME)
    }
}

impl<P: Push> Link for Bound<P> {
    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> Boxed<'a, Receipt> {
        Box::pin(self.adapter.deliver(&self.settings, delivery))
    }

    fn test(&self) -> Boxed<'_, Vec<String>> {
        Box::pin(self.adapter.test(&self.settings))
    }

    fn collect<'a>(&'a self, awaited: &'a [Awaited]) -> Boxed<'a, Vec<Returned>> {
        Box::pin(self.adapter.collect(&self.settings, awaited))
    }

    fn acknowledge<'a>(&'a self, returned: &'a Returned) -> Boxed<'a, ()> {
        Box::pin(self.adapter.acknowledge(&self.settings, returned))
    }
}
