//! `navette sandbox`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::configuration::Configuration;
use crate::partner::SftpAccess;
use crate::service::Service;
use crate::{backend, logging, sandbox};

/// How the sandbox is run.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Address and port to listen at; port 0 takes a free one.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    listen: String,
    /// A configuration, for a sandbox on other servers or with other limits; where partners reach it, and whether over TLS, is a matter of
    /// the options here alone. Among the partners of others it does not begin.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the data goes; when nothing is said, where the configuration says, or a temporary directory that is gone with the sandbox.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where the addresses and credentials are written, once the sandbox listens.
    #[arg(long, value_name = "FILE", default_value = "navette-credentials.json")]
    credentials: PathBuf,
    /// PEM file of a certificate: the sandbox then speaks HTTPS.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// PEM file of the certificate's private key.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// How many days the clock runs ahead, to see today what retention will do then.
    #[arg(long, value_name = "DAYS", default_value_t = 0)]
    days_ahead: u32,
    /// How many minutes it runs ahead besides, or behind when that is negative: what a gateway with a wrong clock does to the others.
    #[arg(long, value_name = "MINUTES", default_value_t = 0, allow_negative_numbers = true)]
    minutes_ahead: i32,
}

/// Nothing that stays on the machine, a free port for metrics, logs that a person reads; a configuration and the environment may say
/// otherwise.
const DEFAULTS: [(&str, &str); 3] = [
    ("NAVETTE_ADMIN_LISTEN", "127.0.0.1:0"),
    ("NAVETTE_LOG_FORMAT", "text"),
    ("NAVETTE_STORAGE_DISK_FLOOR_BYTES", "64 MiB"),
];
const MINUTE_MILLISECONDS: i64 = 60 * 1_000;
const DAY_MILLISECONDS: i64 = 24 * 60 * MINUTE_MILLISECONDS;

pub(super) async fn run(options: Options) -> Result<()> {
    let mut configuration = Configuration::load_upon(&DEFAULTS, options.config.as_deref())?;
    let temporary;
    let data = match options.data {
        Some(data) => data,
        None if options.config.is_some() => configuration.storage.directory.clone(),
        None => {
            temporary = tempfile::Builder::new()
                .prefix("navette-sandbox-")
                .tempdir()
                .context("no temporary directory can be made")?;
            temporary.path().to_owned()
        }
    };
    configuration.server.listen = resolve(&options.listen).await?;
    configuration.storage.directory = data.clone();
    configuration.clock_ahead_milliseconds =
        DAY_MILLISECONDS * i64::from(options.days_ahead) + MINUTE_MILLISECONDS * i64::from(options.minutes_ahead);
    configuration.tls.certificate = options.tls_certificate;
    configuration.tls.key = options.tls_key;
    configuration.check_paths()?;
    logging::init(&configuration.log)?;

    // Held until the end.
    let lock = options.config.as_ref().map(|_| sandbox::lock(&data)).transpose()?;
    if lock.is_some() {
        backend::stand_beside(&mut configuration).await?;
    }
    backend::prepare(&configuration).await?;
    let service = Service::start(configuration).await?;
    if lock.is_some() {
        sandbox::ensure_own(&service.hub, &data)?;
    }
    let credentials = sandbox::seed(&service.hub, &service.secrets, &data).await?;
    let base_url = base_url(&options.listen, service.address()?, service.is_secure());
    let sftp = service.sftp()?.map(|(address, key)| SftpAccess { address, host_key: key.to_owned() });
    let access = sandbox::access(&base_url, credentials, sftp);
    sandbox::write_private(&options.credentials, &serde_json::to_vec_pretty(&access)?)?;
    super::show(&format!("navette sandbox at {base_url}, credentials in {}", options.credentials.display()));
    service.serve().await
}

async fn resolve(listen: &str) -> Result<SocketAddr> {
    let mut found = tokio::net::lookup_host(listen)
        .await
        .with_context(|| format!("--listen {listen} is not an address and a port"))?;
    found.next().with_context(|| format!("--listen {listen} names no address"))
}

/// How partners reach the sandbox: by the name that was given, or by the loopback address when it listens everywhere.
fn base_url(listen: &str, address: SocketAddr, secure: bool) -> String {
    let scheme = if secure { "https" } else { "http" };
    let host = listen.rsplit_once(':').map_or(listen, |(host, _)| host);
    let host = match address.ip() {
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST).to_string(),
        _ => host.to_owned(),
    };
    format!("{scheme}://{host}:{}", address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partners_are_told_an_address_they_can_reach() {
        let address = |text: &str| text.parse().expect("an address");
        assert_eq!(base_url("127.0.0.1:0", address("127.0.0.1:4711"), false), "http://127.0.0.1:4711");
        assert_eq!(base_url("localhost:8443", address("127.0.0.1:8443"), true), "https://localhost:8443");
        assert_eq!(base_url("0.0.0.0:80", address("0.0.0.0:80"), false), "http://127.0.0.1:80");
    }
}
