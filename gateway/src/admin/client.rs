//! An administrator, logged in.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::{Method, StatusCode};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::Value;

use crate::partner::{Access, Answer, Error, Partner, Transport};

/// Longer than any answer takes.
const REQUEST_LIMIT: Duration = Duration::from_secs(60);
/// How many rows are asked for at a time: the hub may give fewer.
const PAGE_ROWS: usize = 5_000;

/// Somebody with a credential of scope ADMIN.
#[derive(Debug)]
pub struct Administrator {
    partner: Partner,
    referential_url: String,
    administration_url: String,
}

impl Administrator {
    /// Logs in with the first ADMIN credential of `access`. `ca` names the authorities to trust when the hub speaks HTTPS.
    pub async fn log_in(access: Access, ca: Option<&Path>) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        if let Some(path) = ca {
            let certificates = CertificateDer::pem_file_iter(path)
                .with_context(|| format!("--ca {} is not a PEM file", path.display()))?;
            for certificate in certificates {
                let certificate = certificate.with_context(|| format!("--ca {} is not a PEM file", path.display()))?;
                roots.add(certificate).with_context(|| format!("--ca {} holds no authority", path.display()))?;
            }
        }
        let credential =
            access.credential("ADMIN", None).context("the credentials hold none of scope ADMIN; ask for one")?.clone();
        let referential_url = access.referential_url.clone();
        let administration_url = format!("{}/navette/v1/admin", access.base_url());
        let partner = Partner::new(Transport::new(roots, REQUEST_LIMIT), Arc::new(access), credential);
        partner.log_in().await?.expect(StatusCode::OK).context("the hub does not accept the credential")?;
        Ok(Self { partner, referential_url, administration_url })
    }

    /// Sends a request below `/referential/v1`.
    pub async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Answer, Error> {
        self.send_to(&self.referential_url, method, path, body).await
    }

    /// Sends a request below `/teledossiers/v1` that must succeed.
    pub async fn teledossiers(&self, method: Method, path: &str, body: &Value) -> Result<Answer> {
        let answer = self.partner.send_json(method, path, body).await?;
        let status = answer.status;
        anyhow::ensure!(status.is_success(), "{path} was answered {status}");
        Ok(answer)
    }

    /// Sends a request below `/navette/v1/admin` that must be answered like this.
    pub async fn ask(&self, method: Method, path: &str, body: &Value, expected: StatusCode) -> Result<Value> {
        let answer = self.send_to(&self.administration_url, method, path, body).await?;
        if answer.status == expected {
            return Ok(answer.json());
        }
        let told = answer.json();
        let messages: Vec<_> =
            told["errors"].as_array().into_iter().flatten().filter_map(|row| row["message"].as_str()).collect();
        anyhow::bail!("the hub answered {}: {}", answer.status, messages.join("; "))
    }

    /// Reads something below `/navette/v1/admin` that may not be there.
    pub async fn ask_if_there(&self, path: &str) -> Result<Option<Value>> {
        let answer = self.send_to(&self.administration_url, Method::GET, path, &Value::Null).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        Ok(Some(answer.expect(StatusCode::OK)?.json()))
    }

    async fn send_to(&self, url: &str, method: Method, path: &str, body: &Value) -> Result<Answer, Error> {
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        self.partner.send_to(url, method, path, body, &[("content-type", "application/json")]).await
    }

    /// All rows of a list, page by page.
    pub async fn list(&self, path: &str) -> Result<Vec<Value>> {
        let mut rows = Vec::new();
        loop {
            let page = format!("{path}?maxResult={PAGE_ROWS}&offSet={}", rows.len());
            let answer = self.send(Method::GET, &page, &Value::Null).await?.expect(StatusCode::OK)?;
            let Value::Array(page) = answer.json() else { anyhow::bail!("{path} is not a list") };
            if page.is_empty() {
                return Ok(rows);
            }
            rows.extend(page);
        }
    }
}
