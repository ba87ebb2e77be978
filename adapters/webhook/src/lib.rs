//! Calls the software of recipients when something waits for them: a signed POST of a small JSON object with links to fetch the files.
//!
//! The signature is the one of [Standard Webhooks](https://www.standardwebhooks.com): HMAC-SHA-256 over identifier, time and body. An
//! address is written down by a partner, so it is trusted with nothing: its name is resolved once, what it leads to is
//! checked against the networks that are not the Internet ([`Networks`]), and the connection goes to exactly what was checked.
//! No redirection is followed. `docs/adapters/webhook.md` is the page for recipients.

mod body;
mod call;
mod connect;
mod networks;
mod options;
mod settings;
mod signature;
mod tls;
mod verdict;

use std::sync::Arc;

use navette_router::Faults;
use navette_router::model::Timestamp;
use navette_router::ports::{
    Adapter, Capabilities, Delivery, DeliveryError, DeliveryErrorKind, Direction, Endpoint, Key, PeerWords, Push,
    Receipt,
};
use rustls::ClientConfig;
use tokio::sync::Semaphore;
use uuid::Uuid;

pub use networks::{MalformedNetwork, Network, Networks};
pub use options::{Error, Options};
pub use settings::Settings;
pub use signature::{MalformedSecret, Secret};

/// Calls the software of recipients.
#[derive(Debug)]
pub struct Webhook {
    options: Options,
    tls: Arc<ClientConfig>,
    calls: Semaphore,
}

impl Webhook {
    /// Reads the authorities; calls nobody yet.
    pub fn new(options: Options) -> Result<Self, Error> {
        let tls = Arc::new(tls::configuration(&options)?);
        let calls = Semaphore::new(options.calls_max.get());
        Ok(Self { options, tls, calls })
    }

    /// One call within the time limit, which includes the wait for others.
    async fn call(&self, settings: &Settings, id: &str, body: String) -> Result<call::Answer, DeliveryError> {
        let calling = async {
            let waited = self.calls.acquire().await;
            let _permit = waited.map_err(|_| DeliveryError::new(DeliveryErrorKind::Internal, "the hub is stopping"))?;
            call::post(&self.options, &self.tls, settings, id, body).await
        };
        let limit = self.options.time_limit;
        let late = || format!("no answer within {} seconds; answer first, then work", limit.as_secs());
        let ended = tokio::time::timeout(limit, calling).await;
        ended.map_err(|_| DeliveryError::new(DeliveryErrorKind::TimedOut, late()))?
    }
}

impl Adapter for Webhook {
    const NAME: &'static str = "webhook";

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            direction: Direction::Push,
            return_flow: false,
            attachment_max_bytes: None,
            ordered: true,
            resumable: true,
            events: true,
        }
    }
}

impl Push for Webhook {
    type Settings = Settings;

    const KEYS: &'static [Key] = settings::KEYS;

    fn validate(&self, endpoint: &Endpoint) -> Result<Settings, Faults> {
        Settings::read(endpoint, &self.options)
    }

    async fn deliver(&self, settings: &Settings, delivery: &Delivery) -> Result<Receipt, DeliveryError> {
        // The same for each attempt: whoever was called before knows it.
        let id = delivery.id.to_string();
        let body = body::message(&self.options.base_url, delivery);
        let sent_bytes = body.len() as u64;
        let answer = self.call(settings, &id, body).await?;
        let words = delivery.words(&answer.said);
        verdict::judge(&answer, words.clone())?;
        let words = Some(words).filter(|words| !words.as_str().is_empty());
        Ok(Receipt { reference: id, sent_bytes, was_there: false, at: Timestamp::now(), words })
    }

    async fn test(&self, settings: &Settings) -> Result<Vec<String>, DeliveryError> {
        let answer = self.call(settings, &format!("ping_{}", Uuid::now_v7()), body::ping(Timestamp::now())).await?;
        verdict::judge(&answer, PeerWords::new(&answer.said))?;
        let protection = if settings.is_tls() { "over TLS, with a certificate that is trusted" } else { "without TLS" };
        Ok(vec![
            format!("{} was reached at {} {protection}", settings.host(), answer.address),
            format!("it answered a signed ping with {}", answer.status.as_u16()),
        ])
    }
}
