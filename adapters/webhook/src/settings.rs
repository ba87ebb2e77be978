//! What an endpoint says.

use std::net::IpAddr;

use http::Uri;
use http::uri::Scheme;
use navette_router::Faults;
use navette_router::ports::{Endpoint, Key, SettingsReader};
use secrecy::ExposeSecret as _;

use crate::{Options, Secret};

pub(crate) const KEYS: &[Key] = &[
    Key::required("url", "the address to call, such as https://si.example.fr/navette"),
    Key {
        required: true,
        ..Key::secret("secret", "the secret that signs calls: whsec_ and then 24 to 64 random bytes in base64")
    },
    Key::secret("previous_secret", "the secret that signed before, while the recipient changes: both sign"),
];

/// What an endpoint says.
#[derive(Debug, Clone)]
pub struct Settings {
    url: Uri,
    tls: bool,
    secrets: Vec<Secret>,
}

impl Settings {
    /// Reads it. Pure; finds all faults.
    pub fn read(endpoint: &Endpoint, options: &Options) -> Result<Self, Faults> {
        let mut reader = SettingsReader::new(endpoint, KEYS);
        let url = url(&mut reader, options);
        let secrets: Vec<_> =
            ["secret", "previous_secret"].into_iter().filter_map(|name| secret(&mut reader, name)).collect();
        let settings = url.map(|(url, tls)| Self { url, tls, secrets });
        reader.finish(settings)
    }

    /// Whether calls are protected.
    pub const fn is_tls(&self) -> bool {
        self.tls
    }

    /// The name or the address that is called, without brackets.
    pub fn host(&self) -> &str {
        let host = self.url.host().unwrap_or_default();
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    pub(crate) fn port(&self) -> u16 {
        self.url.port_u16().unwrap_or(if self.tls { 443 } else { 80 })
    }

    /// `host:port` as the header `host` has it.
    pub(crate) fn authority(&self) -> &str {
        self.url.authority().map_or("", |authority| authority.as_str())
    }

    /// What is asked for on the server.
    pub(crate) fn path(&self) -> &str {
        self.url.path_and_query().map_or("/", |path| path.as_str())
    }

    pub(crate) fn secrets(&self) -> &[Secret] {
        &self.secrets
    }
}

fn url(reader: &mut SettingsReader<'_>, options: &Options) -> Option<(Uri, bool)> {
    let text = reader.text("url")?;
    let Some(url) = text.parse::<Uri>().ok().filter(|url| url.host().is_some_and(|host| !host.is_empty())) else {
        reader.fault("url", "is not an address; write it like https://si.example.fr/navette, without accents");
        return None;
    };
    let tls = url.scheme() == Some(&Scheme::HTTPS);
    let plain = options.http_allowed && url.scheme() == Some(&Scheme::HTTP);
    if !tls && !plain {
        reader.fault("url", "must begin with https://");
        return None;
    }
    if url.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        reader.fault("url", "must hold no user and no password; calls are signed, check the signature");
        return None;
    }
    let settings = Settings { url, tls, secrets: Vec::new() };
    if settings.host().parse::<IpAddr>().is_ok_and(|address| !options.networks.allow(address)) {
        reader.fault("url", "is an address that the hub does not call; give one of the Internet");
        return None;
    }
    Some((settings.url, tls))
}

fn secret(reader: &mut SettingsReader<'_>, name: &str) -> Option<Secret> {
    let secret = Secret::parse(reader.secret(name)?.expose_secret()).ok();
    if secret.is_none() {
        reader.fault(name, "is not a secret; write whsec_ and then 24 to 64 random bytes in base64");
    }
    secret
}
