//! Composition: the only place that knows backend, domain, adapters and front, and puts them together.

use std::convert::Infallible;

use anyhow::Result;
use http::{Request, Response};
use navette_adapter_api::Body;

use crate::configuration::Configuration;
use crate::front::{Handler, Outcome, RequestBody, RequestContext};
use crate::metrics::{FrontMetrics, Registry, TokenMetrics};
use crate::serve::{Platform, Prepared};

/// Runs the hub until it is told to stop.
///
/// # Errors
/// When it cannot start.
pub async fn serve(configuration: Configuration) -> Result<Outcome> {
    let prepared = Prepared::new(configuration).await?;
    let handler = handler(prepared.platform())?;
    prepared.serve(handler, |_| Ok(())).await
}

/// A registry in which every metric that a hub declares is declared: what the catalogue is generated from.
pub fn every_metric() -> Registry {
    let registry = Registry::new();
    drop(FrontMetrics::new(&registry, &[]));
    drop(TokenMetrics::new(&registry));
    registry
}

/// What answers requests: storage, domain and API, behind tokens. To be composed here; until then there is none.
fn handler(_platform: &Platform) -> Result<NotComposed> {
    anyhow::bail!("this version of navette holds no hub yet")
}

/// A handler that cannot exist.
#[derive(Debug)]
struct NotComposed(Infallible);

impl Handler for NotComposed {
    fn endpoint_names(&self) -> &[&'static str] {
        match self.0 {}
    }

    async fn handle(&self, _: Request<RequestBody>, _: &RequestContext) -> Response<Body> {
        match self.0 {}
    }
}
