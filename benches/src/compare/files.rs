//! Very large files, several at a time: up, then down.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use bytes::Bytes;
use clap::Args;
use futures_util::stream;
use http::{Method, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use serde_json::json;
use tokio::task::JoinSet;

use super::servers::{Names, Servers};
use super::{Programs, say};
use crate::deposits::{Deposited, announced, complete};
use crate::ground;
use crate::server::{PROCESS, Server};
use crate::wire::Wire;

/// What a client sends at a time, in bytes.
const CHUNK_BYTES: usize = 256 << 10;

/// How large, and how many.
#[derive(Debug, Args)]
pub struct Options {
    /// Size of a file, in MiB.
    #[arg(long, default_value_t = 1_024)]
    mebibytes: u64,
    /// How many go at the same time.
    #[arg(long, default_value_t = 8)]
    at_once: usize,
    /// How often the two take turns.
    #[arg(long, default_value_t = 2)]
    rounds: u32,
    /// A cluster that the hub keeps them on, instead of the disk.
    #[command(flatten)]
    servers: Option<Servers>,
}

/// What one way of all files took.
#[derive(Debug, Default, Clone, Copy)]
struct Way {
    bytes: u64,
    elapsed: Duration,
    cpu_seconds: f64,
    /// The most that memory grew, in bytes.
    growth_bytes: u64,
}

impl Way {
    fn add(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.elapsed += other.elapsed;
        self.cpu_seconds += other.cpu_seconds;
        self.growth_bytes = self.growth_bytes.max(other.growth_bytes);
    }

    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    fn mebibytes(&self) -> f64 {
        self.bytes as f64 / f64::from(1 << 20)
    }

    fn rate(&self) -> f64 {
        self.mebibytes() / self.elapsed.as_secs_f64()
    }
}

/// Compares the hub with the bare server.
pub async fn run(options: &Options, programs: &Programs) -> Result<()> {
    let (mut of_hub, mut of_limit) = ([Way::default(); 2], [Way::default(); 2]);
    let names = Names::new();
    let variables = options.servers.as_ref().map(|servers| servers.variables(&names)).unwrap_or_default();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let of_cluster = options.servers.as_ref().map(|_| ground::directory());
    for _ in 0..options.rounds {
        let directory = ground::directory();
        // The master key of a cluster is that of its first start.
        let path = of_cluster.as_ref().unwrap_or(&directory).path();
        let server = Server::hub(&programs.hub, path, &variables, &[]).await?;
        add(&mut of_hub, both_ways(options, &server).await?);
        drop(server);
        drop(directory);
        let directory = ground::directory();
        let server = Server::limit(&programs.limit, directory.path()).await?;
        add(&mut of_limit, both_ways(options, &server).await?);
    }
    say(&format!("{} files of {} MiB at once, {} rounds", options.at_once, options.mebibytes, options.rounds));
    say("                      MiB/s   CPU-s per GiB   memory grew by");
    for (name, ways) in [("limit", of_limit), ("navette", of_hub)] {
        for (direction, way) in ["up", "down"].into_iter().zip(ways) {
            say(&format!(
                "  {name:<9} {direction:<5} {:>9.0}  {:>14.3}  {:>11} MiB",
                way.rate(),
                way.cpu_seconds * 1_024.0 / way.mebibytes(),
                way.growth_bytes >> 20
            ));
        }
    }
    for (direction, (hub, limit)) in ["up", "down"].into_iter().zip(of_hub.iter().zip(&of_limit)) {
        say(&format!("  throughput of navette ÷ that of the limit, {direction}: {:.2}", hub.rate() / limit.rate()));
    }
    if of_cluster.is_some() {
        say(&names.to_string());
    }
    Ok(())
}

fn add(ways: &mut [Way; 2], more: [Way; 2]) {
    ways.iter_mut().zip(more).for_each(|(way, more)| way.add(more));
}

async fn both_ways(options: &Options, server: &Server) -> Result<[Way; 2]> {
    let size = options.mebibytes << 20;
    let mut deposited = Vec::new();
    let headers = [("authorization", server.authorization.as_str()), ("content-type", "application/json")];
    let folder = json!({
        "processCode": PROCESS, "externalId": "COMPARE-1",
        "applicant": { "firstName": "SPECIMEN", "lastName": "SPECIMEN" },
        "cases": [{ "externalId": "CASE-1", "recipient": server.recipient }],
        "attachments": [announced(size)],
    });
    let mut wire = Wire::connect(&server.address).await?;
    for _ in 0..options.at_once {
        let body = Full::from(folder.to_string());
        let answer = wire.send(&Method::POST, "folders", &headers, body, StatusCode::CREATED).await?;
        deposited.push(Deposited::read(&answer)?);
    }
    let noise = Bytes::from([b"%PDF-1.4\n".to_vec(), ground::noise(CHUNK_BYTES - 9)].concat());
    let up = one_way(server, size, &deposited, |deposited| {
        send(server.address.clone(), server.authorization.clone(), deposited, noise.clone(), size)
    })
    .await?;
    for folder in &deposited {
        complete(&mut wire, &server.authorization, &folder.id).await?;
    }
    let down = one_way(server, size, &deposited, |deposited| {
        fetch(server.address.clone(), server.recipient_authorization.clone(), deposited, noise.clone(), size)
    })
    .await?;
    Ok([up, down])
}

/// All files one way, at the same time.
async fn one_way<F>(
    server: &Server,
    size: u64,
    deposited: &[Deposited],
    mut carry: impl FnMut(Deposited) -> F,
) -> Result<Way>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    server.forget_peak()?;
    let (memory, _) = server.memory_bytes()?;
    let cpu_seconds = server.cpu_seconds()?;
    let began = Instant::now();
    let mut files = JoinSet::new();
    for file in deposited {
        files.spawn(carry(file.clone()));
    }
    while let Some(file) = files.join_next().await {
        file??;
    }
    Ok(Way {
        bytes: size * deposited.len() as u64,
        elapsed: began.elapsed(),
        cpu_seconds: server.cpu_seconds()? - cpu_seconds,
        growth_bytes: server.memory_bytes()?.1.saturating_sub(memory),
    })
}

async fn send(address: String, authorization: String, deposited: Deposited, noise: Bytes, size: u64) -> Result<()> {
    let mut wire: Wire<UnsyncBoxBody<Bytes, Infallible>> = Wire::connect(&address).await?;
    let chunks = size.div_ceil(CHUNK_BYTES as u64);
    let frames = stream::iter((0..chunks).map(move |chunk| {
        let left = size - chunk * CHUNK_BYTES as u64;
        let bytes = usize::try_from(left).map_or_else(|_| noise.clone(), |left| noise.slice(..left.min(CHUNK_BYTES)));
        Ok::<_, Infallible>(Frame::data(bytes))
    }));
    let length = size.to_string();
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/octet-stream"),
        ("content-length", &length),
    ];
    let path = format!("folders/{}/attachments/{}", deposited.id, deposited.attachment);
    let body = StreamBody::new(frames).boxed_unsync();
    wire.send(&Method::PUT, &path, &headers, body, StatusCode::NO_CONTENT).await?;
    wire.close().await
}

async fn fetch(address: String, authorization: String, deposited: Deposited, noise: Bytes, size: u64) -> Result<()> {
    let mut wire: Wire<Full<Bytes>> = Wire::connect(&address).await?;
    let path = format!("cases/{}/attachments/{}", deposited.case, deposited.attachment);
    let answer = wire.begin(&Method::GET, &path, &[("authorization", authorization.as_str())], Full::default()).await?;
    ensure!(answer.status() == StatusCode::OK, "{path} was answered {}", answer.status());
    let mut body = answer.into_body();
    let mut received = 0_u64;
    while let Some(frame) = body.frame().await {
        let Ok(bytes) = frame?.into_data() else { continue };
        // Enough to see that these are its bytes and stand where they belong.
        let at = usize::try_from(received % CHUNK_BYTES as u64)?;
        ensure!(bytes.first() == noise.get(at), "byte {received} of {path} is another");
        received += bytes.len() as u64;
    }
    ensure!(received == size, "{path} has {received} bytes of {size}");
    wire.close().await
}
