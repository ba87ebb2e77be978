//! A way to recipients that goes nowhere, and a seal that anybody can read.

use std::sync::Arc;
use std::time::Duration;

use navette_router::Faults;
use navette_router::delivery::Retry;
use navette_router::hub::{DeliveryRules, Ways};
use navette_router::model::{AccessMode, Sealed, SubscriptionId};
use navette_router::ports::{
    Adapter, Capabilities, Delivery, DeliveryError, DeliveryErrorKind, Direction, Endpoint, Error, ErrorKind, Key,
    Push, Receipt, Sealer, SettingsReader,
};
use secrecy::{ExposeSecret as _, SecretString};

struct Nowhere;

impl Adapter for Nowhere {
    const NAME: &'static str = "nowhere";

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            direction: Direction::Push,
            return_flow: false,
            attachment_max_bytes: None,
            ordered: false,
            resumable: false,
            events: false,
        }
    }
}

impl Push for Nowhere {
    type Settings = String;

    const KEYS: &'static [Key] = &[
        Key::required("url", "the address to call"),
        Key { required: true, ..Key::secret("secret", "what signs") },
        Key::secret("previous_secret", "what signed before"),
    ];

    fn validate(&self, endpoint: &Endpoint) -> Result<String, Faults> {
        let mut reader = SettingsReader::new(endpoint, Self::KEYS);
        let url = reader.text("url").map(str::to_owned);
        reader.finish(url)
    }

    async fn deliver(&self, _: &String, _: &Delivery) -> Result<Receipt, DeliveryError> {
        Err(DeliveryError::new(DeliveryErrorKind::Unreachable, "there is no way"))
    }

    async fn test(&self, url: &String) -> Result<Vec<String>, DeliveryError> {
        if url.contains("down") {
            return Err(DeliveryError::new(DeliveryErrorKind::Unreachable, "nobody answers; start the server"));
        }
        Ok(vec!["it answered".to_owned()])
    }
}

struct Glass;

impl Sealer for Glass {
    fn seal(&self, subscription: SubscriptionId, name: &str, secret: &SecretString) -> Result<Sealed, Error> {
        Ok(Sealed::new(format!("{subscription} {name} {}", secret.expose_secret())))
    }

    fn open(&self, subscription: SubscriptionId, name: &str, sealed: &Sealed) -> Result<SecretString, Error> {
        let secret = sealed.as_str().strip_prefix(&format!("{subscription} {name} "));
        Ok(SecretString::from(secret.ok_or(ErrorKind::Corrupt)?.to_owned()))
    }
}

/// The only way is a webhook that goes nowhere.
pub(super) fn ways() -> Ways {
    Ways::new(Arc::new(Glass)).with(AccessMode::Webhook, Arc::new(Nowhere))
}

/// It is tried again after a minute, and for a day.
pub(super) fn rules() -> DeliveryRules {
    const DAY: Duration = Duration::from_secs(24 * 3_600);
    let retry = Retry { first: Duration::from_secs(60), longest: Duration::from_secs(60), give_up_after: DAY };
    DeliveryRules {
        ways: vec![(AccessMode::Webhook, Nowhere.capabilities())],
        urgent: retry,
        normal: retry,
        await_for: DAY,
        failing_after: 5,
        suspend_after: DAY,
    }
}
