//! What the others feel of one recipient whose inbox holds a hundred thousand notifications, and of one that reads a byte at a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use clap::Args;
use http::{Method, StatusCode};
use http_body_util::Full;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::{Programs, say};
use crate::deposits::Load;
use crate::enrolment::{Recipient, enrol};
use crate::figures::Figures;
use crate::ground;
use crate::server::Server;
use crate::wire::Wire;

const FILE_BYTES: usize = 100_000;
/// Of the files that nobody fetches.
const SMALL_FILE_BYTES: usize = 100;
/// Of the file that is read slowly.
const SLOW_FILE_BYTES: usize = 4_000_000;
/// What the slow reader takes in a second.
const SLOW_BYTES_PER_SECOND: usize = 1_000;
/// How often the long inbox is polled.
const BACKLOG_POLL_PERIOD: Duration = Duration::from_millis(50);
/// So little waits in its system that the hub feels it.
const SLOW_WINDOW_BYTES: u32 = 4_096;

/// How large the crowd is.
#[derive(Debug, Args)]
pub struct Options {
    /// How many notifications wait in the one inbox.
    #[arg(long, default_value_t = 100_000)]
    backlog: usize,
    /// How many others there are: each deposits, polls, fetches and acknowledges, over and over.
    #[arg(long, default_value_t = 16)]
    others: usize,
    /// How many such rounds the others make in a second, all together.
    #[arg(long, default_value_t = 200.0)]
    rate: f64,
    /// How long is measured in each round, in seconds.
    #[arg(long, default_value_t = 15)]
    seconds: u64,
    /// How often it is measured with and without.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
}

/// Compares a hub with and without the two.
pub async fn run(options: &Options, programs: &Programs) -> Result<()> {
    let mut alone = Figures::default();
    let (mut backlog, mut slow, mut stored) = (Figures::default(), Figures::default(), Figures::default());
    for _ in 0..options.rounds {
        let directory = ground::directory();
        let server = Server::hub(&programs.hub, directory.path(), &[], &[]).await?;
        let others = enrol(&server, options.others).await?;
        // Not from the first moment: connections open, files grow and caches fill.
        measure(options, &server, &others, Duration::from_secs(2)).await?;
        let duration = Duration::from_secs(options.seconds);
        alone.add(measure(options, &server, &others, duration).await?);

        let slow_reader = read_slowly(&server).await?;
        slow.add(measure(options, &server, &others, duration).await?);
        ensure!(!slow_reader.is_finished(), "the slow reader was sent away");
        slow_reader.abort();
        alone.add(measure(options, &server, &others, duration).await?);

        Arc::new(Load::of(&server, &server.recipient, SMALL_FILE_BYTES)).deposit_all(64, options.backlog).await?;
        stored.add(measure(options, &server, &others, duration).await?);
        let greedy = poll_backlog(&server).await?;
        backlog.add(measure(options, &server, &others, duration).await?);
        ensure!(!greedy.is_finished(), "the reader of the long inbox was sent away");
        greedy.abort();
    }
    say(&format!(
        "{} others, {} rounds a second together, each 3 requests of a deposit, a poll, a fetch and an acknowledgement",
        options.others, options.rate
    ));
    let usual = alone.quantile(0.99);
    for (name, figures) in [
        ("alone".to_owned(), &mut alone),
        (format!("while one reads {SLOW_BYTES_PER_SECOND} bytes a second"), &mut slow),
        (format!("while one has an inbox of {}", options.backlog), &mut stored),
        (format!("while one polls an inbox of {}", options.backlog), &mut backlog),
    ] {
        say(&format!(
            "  {name:<40} {:>8} requests, p50 {:.2} ms, p99 {:.2} ms, {:.2} of alone",
            figures.took.len(),
            figures.quantile(0.5),
            figures.quantile(0.99),
            figures.quantile(0.99) / usual
        ));
    }
    Ok(())
}

/// What each request of the others took, counted from when it was to be sent: rounds begin by the clock.
async fn measure(options: &Options, server: &Server, others: &[Recipient], duration: Duration) -> Result<Figures> {
    let before = server.cpu_seconds()?;
    let began = Instant::now();
    let pause = Duration::from_secs_f64(others.len() as f64 / options.rate);
    let mut running = JoinSet::new();
    for (index, other) in others.iter().enumerate() {
        let load = Load::of(server, &other.address, FILE_BYTES);
        let authorization = other.authorization.clone();
        let first = began + pause.mul_f64(index as f64 / others.len() as f64);
        running.spawn(async move {
            let mut wire = load.connect().await?;
            let (mut took, mut next) = (Vec::new(), first);
            while next < began + duration {
                tokio::time::sleep_until(next.into()).await;
                round(&load, &mut wire, &authorization, next, &mut took).await?;
                next += pause;
            }
            wire.close().await?;
            Ok::<_, anyhow::Error>(took)
        });
    }
    let mut figures = Figures::default();
    while let Some(other) = running.join_next().await {
        figures.took.extend(other??);
    }
    figures.elapsed = began.elapsed();
    figures.cpu_seconds = server.cpu_seconds()? - before;
    Ok(figures)
}

async fn round(
    load: &Load,
    wire: &mut Wire,
    authorization: &str,
    due: Instant,
    took: &mut Vec<Duration>,
) -> Result<()> {
    let mut from = due;
    let mut ended = |took: &mut Vec<Duration>| {
        took.push(from.elapsed());
        from = Instant::now();
    };
    let deposited = load.deposit_one(wire).await?;
    ended(took);
    let inbox = wire.get("notifications?maxResult=25", authorization).await?;
    ended(took);
    let file =
        wire.get(&format!("cases/{}/attachments/{}", deposited.case, deposited.attachment), authorization).await?;
    ensure!(file.len() == FILE_BYTES, "a file has another length");
    ended(took);
    let inbox: Value = serde_json::from_slice(&inbox)?;
    for row in inbox.as_array().into_iter().flatten() {
        let path = format!("notifications/{}", row["id"].as_str().context("a notification without an identifier")?);
        let headers = [("authorization", authorization)];
        wire.send(&Method::DELETE, &path, &headers, Full::<Bytes>::default(), StatusCode::NO_CONTENT).await?;
        ended(took);
    }
    Ok(())
}

/// Somebody who polls the long inbox as often as it is wont to, and never acknowledges.
async fn poll_backlog(server: &Server) -> Result<JoinHandle<Result<()>>> {
    let authorization = server.recipient_authorization.clone();
    let mut wire: Wire = Wire::connect(&server.address).await?;
    Ok(tokio::spawn(async move {
        let mut polls = tokio::time::interval(BACKLOG_POLL_PERIOD);
        loop {
            polls.tick().await;
            let page = wire.get("notifications?maxResult=25", &authorization).await?;
            ensure!(page.len() > 25 * 36, "the long inbox is not full");
        }
    }))
}

/// Somebody who fetches a file and takes next to nothing of it.
async fn read_slowly(server: &Server) -> Result<JoinHandle<Result<()>>> {
    let load = Load::new(server, SLOW_FILE_BYTES);
    let deposited = load.deposit(1).await?.pop().context("a deposit")?;
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(SLOW_WINDOW_BYTES)?;
    let mut stream: TcpStream = socket.connect(server.address.parse()?).await?;
    let request = format!(
        "GET /teledossiers/v1/cases/{}/attachments/{} HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\r\n",
        deposited.case, deposited.attachment, server.address, server.recipient_authorization
    );
    stream.write_all(request.as_bytes()).await?;
    Ok(tokio::spawn(async move {
        let mut seconds = tokio::time::interval(Duration::from_secs(1));
        let mut buffer = [0; SLOW_BYTES_PER_SECOND];
        loop {
            seconds.tick().await;
            let read = stream.read(&mut buffer).await?;
            ensure!(read > 0, "the hub hung up");
        }
    }))
}
