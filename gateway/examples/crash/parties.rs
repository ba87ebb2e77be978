//! Who deposits and who receives, logged in at a hub that runs.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use http::StatusCode;
use navette_gateway::partner::{Credential, Partner, Transport};
use navette_gateway::sandbox;
use serde_json::{Value, json};

use crate::process::Hub;

/// What is deposited.
pub(crate) const PROCESS: &str = "CERTDC";
const RECIPIENTS: usize = 3;
const REQUEST_LIMIT: Duration = Duration::from_secs(30);

pub(crate) struct Parties {
    pub(crate) depositor: Partner,
    pub(crate) recipients: Vec<Partner>,
}

impl Parties {
    pub(crate) async fn of(hub: &Hub) -> Result<Self> {
        let transport = Transport::new(rustls::RootCertStore::empty(), REQUEST_LIMIT);
        let access = Arc::new(hub.access.clone());
        let log_in = async |credential: &Credential| -> Result<Partner> {
            let partner = Partner::new(transport.clone(), Arc::clone(&access), credential.clone());
            partner.log_in().await?.expect(StatusCode::OK)?;
            Ok(partner)
        };
        let owner = sandbox::depositor(PROCESS);
        let mut credentials = access.credentials.iter();
        let depositor = credentials.find(|row| row.scope == "OSL" && row.organization == owner);
        let depositor = log_in(depositor.context("nobody deposits")?).await?;
        let mut recipients = Vec::new();
        let receiving = access.credentials.iter().filter(|row| row.process.as_deref() == Some(PROCESS));
        for credential in receiving.take(RECIPIENTS) {
            recipients.push(log_in(credential).await?);
        }
        Ok(Self { depositor, recipients })
    }

    /// The key of a recipient, as the contract writes it.
    pub(crate) fn key(&self, recipient: usize) -> Value {
        let key = self.recipients[recipient].credential().organization.clone().unwrap_or_default();
        let mut parts = key.split('-');
        json!({ "type": parts.next(), "companyRegister": parts.next(), "branchCode": parts.next() })
    }
}
