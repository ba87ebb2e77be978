//! The ways on which this program goes to recipients: one line each.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use navette_adapter_sftp::Sftp;
use navette_adapter_webhook::{Network, Networks, Webhook};
use navette_router::hub::Ways;
use navette_router::model::{AccessMode, ProcessCode};
use navette_router::ports::{Key, Push as _};

use crate::configuration::{Configuration, Deliveries};
use crate::sealing::Sealing;
use crate::tokens::MasterKey;

/// Every setting that an endpoint may have, by access mode: what commands and tables are made from.
pub(crate) const KEYS: &[(AccessMode, &[Key])] =
    &[(AccessMode::Sftp, Sftp::KEYS), (AccessMode::Webhook, Webhook::KEYS)];

/// The ways that the configuration allows. Makes the sealing key if there is none.
///
/// # Errors
/// When a key or the authorities cannot be read.
pub(crate) fn open(configuration: &Configuration) -> Result<Ways> {
    let deliveries = &configuration.deliveries;
    let current = open_key(configuration)?;
    let former = deliveries.former_sealing_key.as_deref().map(MasterKey::open_existing).transpose();
    let former = former.context("deliveries.former_sealing_key cannot be used")?;
    let sealing = Arc::new(Sealing::new(&current, former.as_ref()));
    let sftp = navette_adapter_sftp::Options { aliases: aliases(deliveries), ..Default::default() };
    let ways = Ways::new(sealing).with(AccessMode::Sftp, Arc::new(Sftp::new(sftp)));
    let Some(base_url) = &deliveries.base_url else { return Ok(ways) };
    let webhook = navette_adapter_webhook::Options {
        authorities: deliveries.authorities.clone(),
        networks: Networks::with(parts(deliveries.networks.as_deref()).filter_map(|part| part.parse().ok()).collect()),
        http_allowed: deliveries.http_allowed,
        ..navette_adapter_webhook::Options::new(base_url.trim_end_matches('/'))
    };
    let webhook = Webhook::new(webhook).context("deliveries: webhooks cannot be called")?;
    Ok(ways.with(AccessMode::Webhook, Arc::new(webhook)))
}

/// The key that seals.
pub(crate) fn open_key(configuration: &Configuration) -> Result<MasterKey> {
    MasterKey::open(&key_path(configuration)).context("deliveries.sealing_key cannot be used")
}

/// Where it lies.
pub(crate) fn key_path(configuration: &Configuration) -> PathBuf {
    let configured = configuration.deliveries.sealing_key.clone();
    configured.unwrap_or_else(|| configuration.storage.directory.join("sealing.key"))
}

/// What of the section cannot be read: each with its key. Pure.
pub(crate) fn faults(deliveries: &Deliveries) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    if let Some(url) = &deliveries.base_url {
        let known = url.parse::<http::Uri>().ok().filter(|url| url.host().is_some_and(|host| !host.is_empty()));
        let scheme = known.as_ref().and_then(http::Uri::scheme_str);
        if !matches!(scheme, Some("http" | "https")) {
            faults.push((
                "deliveries.base_url",
                "is not an address; write it like https://navette.example.fr".to_owned(),
            ));
        }
    }
    for part in parts(deliveries.networks.as_deref()).filter(|part| part.parse::<Network>().is_err()) {
        faults
            .push(("deliveries.networks", format!("has {part:?}, which is not a network; write it like 10.20.0.0/16")));
    }
    for part in parts(deliveries.process_aliases.as_deref()) {
        let fits = alias(part).is_some_and(|(code, alias)| {
            ProcessCode::new(code).is_some()
                && (1..=30).contains(&alias.len())
                && alias.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        });
        if !fits {
            let message =
                format!("has {part:?}, which is not CODE=ALIAS with an alias of 1 to 30 letters, digits and _");
            faults.push(("deliveries.process_aliases", message));
        }
    }
    faults
}

/// What processes are called in the names of messages.
pub(crate) fn aliases(deliveries: &Deliveries) -> BTreeMap<String, String> {
    let pairs = parts(deliveries.process_aliases.as_deref()).filter_map(alias);
    pairs.map(|(code, alias)| (code.to_owned(), alias.to_owned())).collect()
}

fn alias(part: &str) -> Option<(&str, &str)> {
    part.split_once('=').map(|(code, alias)| (code.trim(), alias.trim()))
}

fn parts(list: Option<&str>) -> impl Iterator<Item = &str> {
    list.unwrap_or_default().split(',').map(str::trim).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_what_is_wrong_with_them_is_named() {
        let mut deliveries = Deliveries {
            base_url: Some("https://navette.example.fr".to_owned()),
            networks: Some("10.20.0.0/16, fd00::/8".to_owned()),
            process_aliases: Some("AEC-LB=AECLB, X.1 = X1".to_owned()),
            ..Deliveries::default()
        };
        assert_eq!(faults(&deliveries), []);
        assert_eq!(aliases(&deliveries).get("X.1").map(String::as_str), Some("X1"));
        deliveries.base_url = Some("navette.example.fr".to_owned());
        deliveries.networks = Some("10.20.0.0/99".to_owned());
        deliveries.process_aliases = Some("AEC-LB=AEC-LB".to_owned());
        let named: Vec<_> = faults(&deliveries).into_iter().map(|(key, _)| key).collect();
        assert_eq!(named, ["deliveries.base_url", "deliveries.networks", "deliveries.process_aliases"]);
    }
}
