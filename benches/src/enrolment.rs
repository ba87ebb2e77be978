//! Town halls by the thousand, made up: who they are, and what each needs to come in.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use http::{Method, StatusCode};
use navette_gateway::admin::{Administrator, Kind, Plan};
use navette_gateway::partner::Credential;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::server::{PROCESS, Server, address_of, authorization};

/// Requests at a time.
const PARALLEL: usize = 32;

/// Somebody who receives.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// As a folder names it.
    pub address: Value,
    /// What it sends as `Authorization`.
    pub authorization: String,
}

/// A SIRET of its own: eight digits, a branch and the check digit of Luhn.
pub fn siret(number: usize) -> String {
    let body = format!("2{number:08}0001");
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte - b'0') * if index % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// An INSEE code: département, then commune.
fn code(number: usize) -> String {
    format!("{:02}{:03}", 21 + number % 75, 1 + number % 900)
}

/// The table of the first so many, as `navette admin import organizations` takes it.
pub fn table(organizations: usize) -> String {
    let mut table = String::from("companyRegister;branchCode;name;postalCode;territory\n");
    for number in 0..organizations {
        let code = code(number);
        writeln!(table, "{};{code};Commune {number};{code};Territoire", siret(number)).expect("a string");
    }
    table
}

/// Registers so many, each with a subscription to the process of every deposit and a credential, and logs each in.
pub async fn enrol(server: &Server, count: usize) -> Result<Vec<Recipient>> {
    let administrator = Arc::new(server.administrator().await?);
    let plan = Plan::make(&administrator, Kind::Organizations, table(count).as_bytes(), Path::new(".")).await?;
    ensure!(plan.faults.is_empty(), "the table has faults: {:?}", plan.faults.first());
    plan.carry_out(&administrator, |_, _| {}).await;
    let access = server.access.clone().context("a bare server enrols nobody")?;
    let mut workers = JoinSet::new();
    for worker in 0..PARALLEL {
        let (administrator, access) = (Arc::clone(&administrator), Arc::clone(&access));
        workers.spawn(async move {
            let mut enrolled = Vec::new();
            for number in (worker..count).step_by(PARALLEL) {
                let credential = subscribe(&administrator, number).await?;
                let address = address_of(credential.organization.as_deref().unwrap_or_default());
                enrolled.push(Recipient { address, authorization: authorization(&access, &credential).await? });
            }
            Ok::<_, anyhow::Error>(enrolled)
        });
    }
    let mut enrolled = Vec::with_capacity(count);
    while let Some(worker) = workers.join_next().await {
        enrolled.extend(worker??);
    }
    Ok(enrolled)
}

async fn subscribe(administrator: &Administrator, number: usize) -> Result<Credential> {
    let (siret, code) = (siret(number), code(number));
    let subscription = json!({
        "datapassId": 1, "processCode": PROCESS, "accessMode": "API", "notificationFrequency": "Aucune", "status": "Actif",
        "subscriber": { "type": "SI", "companyRegister": siret, "branchCode": code },
        "localAdministrator": { "email": "charge@example.fr" },
        "activateDateTime": "2020-01-01T00:00:00Z", "validateDateTime": "2020-01-01T00:00:00Z",
    });
    administrator.send(Method::POST, "/subscriptions", &subscription).await?.expect(StatusCode::CREATED)?;
    let organization = format!("SI-{siret}-{code}");
    let wanted = json!({ "scope": "SI", "organization": organization, "process": PROCESS });
    let issued = administrator.ask(Method::POST, "/credentials", &wanted, StatusCode::CREATED).await?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Ok(Credential {
        scope: "SI".to_owned(),
        organization: Some(organization),
        process: Some(PROCESS.to_owned()),
        client_id: text(&issued["client_id"]).context("no client_id")?,
        client_secret: text(&issued["client_secret"]).context("no client_secret")?,
    })
}
