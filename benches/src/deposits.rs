//! Clients that deposit: three requests each, announce, send, complete.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::{Method, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::figures::Figures;
use crate::ground;
use crate::server::{PROCESS, Server};
use crate::wire::Wire;

/// How long a program is driven before it is measured.
const WARM_UP: Duration = Duration::from_secs(1);

/// A folder that was deposited.
#[derive(Debug, Clone)]
pub struct Deposited {
    /// Its identifier.
    pub id: String,
    /// That of its case; of a bare server one of nothing.
    pub case: String,
    /// That of its file.
    pub attachment: String,
}

/// What every client sends.
#[derive(Debug)]
pub struct Load {
    address: String,
    authorization: String,
    folder: Bytes,
    file: Bytes,
    digest: String,
    /// How long a client waits from the beginning of one deposit to that of the next.
    interval: Option<Duration>,
}

impl Load {
    /// Deposits of a file of `size` bytes for the recipient of the server.
    pub fn new(server: &Server, size: usize) -> Self {
        Self::of(server, &server.recipient, size)
    }

    /// Deposits of a file of `size` bytes for one recipient.
    pub fn of(server: &Server, recipient: &Value, size: usize) -> Self {
        let mut file = b"%PDF-1.4\n".to_vec();
        file.extend(ground::noise(size.saturating_sub(file.len())));
        let folder = json!({
            "processCode": PROCESS, "externalId": "COMPARE-1",
            "applicant": { "firstName": "SPECIMEN", "lastName": "SPECIMEN" },
            "cases": [{ "externalId": "CASE-1", "recipient": recipient }],
            "attachments": [announced(file.len() as u64)],
        });
        Self {
            address: server.address.clone(),
            authorization: server.authorization.clone(),
            folder: folder.to_string().into(),
            digest: BASE64.encode(digest(&SHA256, &file)),
            file: file.into(),
            interval: None,
        }
    }

    /// The same at a rate: a client begins one deposit in each interval, or goes on as soon as it can when it is late.
    pub fn paced(self, interval: Duration) -> Self {
        Self { interval: Some(interval), ..self }
    }

    /// A connection to send it over.
    pub async fn connect(&self) -> Result<Wire> {
        Wire::connect(&self.address).await
    }

    /// Has `clients` deposit for so long, after a while in which connections open, files grow and caches fill.
    pub async fn measure(self: &Arc<Self>, server: &Server, clients: usize, duration: Duration) -> Result<Figures> {
        self.drive(server, clients, WARM_UP).await?;
        self.drive(server, clients, duration).await
    }

    /// Has `clients` deposit for so long.
    pub async fn drive(self: &Arc<Self>, server: &Server, clients: usize, duration: Duration) -> Result<Figures> {
        let before = server.cpu_seconds()?;
        let began = Instant::now();
        let until = began + duration;
        let mut running = JoinSet::new();
        for client in 0..clients {
            let load = Arc::clone(self);
            // Paced clients begin one after the other, not all at once.
            let delay = self.interval.unwrap_or_default().mul_f64(client as f64 / clients as f64);
            running.spawn(async move { load.run(began + delay, until).await });
        }
        let mut figures = Figures::default();
        while let Some(client) = running.join_next().await {
            figures.took.extend(client??);
        }
        figures.elapsed = began.elapsed();
        figures.cpu_seconds = server.cpu_seconds()? - before;
        Ok(figures)
    }

    /// Has `clients` make `count` deposits together.
    pub async fn deposit_all(self: &Arc<Self>, clients: usize, count: usize) -> Result<()> {
        let mut running = JoinSet::new();
        for client in 0..clients {
            let load = Arc::clone(self);
            let share = count / clients + usize::from(client < count % clients);
            running.spawn(async move {
                let mut wire = load.connect().await?;
                for _ in 0..share {
                    load.deposit_one(&mut wire).await?;
                }
                wire.close().await
            });
        }
        while let Some(client) = running.join_next().await {
            client??;
        }
        Ok(())
    }

    /// Deposits so many, one after the other.
    pub async fn deposit(&self, count: usize) -> Result<Vec<Deposited>> {
        let mut wire = self.connect().await?;
        let mut deposited = Vec::with_capacity(count);
        for _ in 0..count {
            deposited.push(self.deposit_one(&mut wire).await?);
        }
        wire.close().await?;
        Ok(deposited)
    }

    /// Deposits from one time until another; gives how long each took.
    async fn run(&self, mut next: Instant, until: Instant) -> Result<Vec<Duration>> {
        let mut wire = self.connect().await?;
        let mut took = Vec::new();
        while Instant::now().max(next) < until {
            tokio::time::sleep_until(next.into()).await;
            let began = Instant::now();
            self.deposit_one(&mut wire).await?;
            took.push(began.elapsed());
            next += self.interval.unwrap_or_default();
        }
        wire.close().await?;
        Ok(took)
    }

    /// One deposit.
    pub async fn deposit_one(&self, wire: &mut Wire) -> Result<Deposited> {
        let json = [("authorization", self.authorization.as_str()), ("content-type", "application/json")];
        let folder = Full::from(self.folder.clone());
        let answer = wire.send(&Method::POST, "folders", &json, folder, StatusCode::CREATED).await?;
        let deposited = Deposited::read(&answer)?;
        let headers = [
            ("authorization", self.authorization.as_str()),
            ("digest", &self.digest),
            ("content-type", "application/octet-stream"),
        ];
        let path = format!("folders/{}/attachments/{}", deposited.id, deposited.attachment);
        wire.send(&Method::PUT, &path, &headers, Full::from(self.file.clone()), StatusCode::NO_CONTENT).await?;
        complete(wire, &self.authorization, &deposited.id).await?;
        Ok(deposited)
    }
}

impl Deposited {
    /// Reads the answer to an announcement.
    pub fn read(answer: &[u8]) -> Result<Self> {
        let answer: Value = serde_json::from_slice(answer)?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Ok(Self {
            id: text(&answer["id"]).context("a folder without an identifier")?,
            case: text(&answer["cases"][0]["id"]).context("a folder without a case")?,
            attachment: text(&answer["attachments"][0]["id"]).context("a folder without a file")?,
        })
    }
}

/// Says that a folder is complete.
pub async fn complete(wire: &mut Wire, authorization: &str, folder: &str) -> Result<()> {
    let headers = [("authorization", authorization), ("content-type", "application/json")];
    let body = Full::from(Bytes::from_static(br#"{"globalStatus":"HUBEE_COMPLETED"}"#));
    wire.send(&Method::PATCH, &format!("folders/{folder}"), &headers, body, StatusCode::NO_CONTENT).await?;
    Ok(())
}

/// A file of `size` bytes in the announcement of a folder.
pub fn announced(size: u64) -> Value {
    json!({
        "fileName": "certificate.pdf", "type": "PIECE_JOINTE", "size": size,
        "mimeType": "application/pdf", "recipients": ["CASE-1"],
    })
}
