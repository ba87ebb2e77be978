//! A bare server that does the durable work of a deposit and knows no rule: what `navette-compare` measures the hub beside.
//!
//! `POST` makes the body durable in a log; `PUT` hashes the body, writes it into a volume, waits for the shared sync and makes a
//! line durable in the log; `PATCH` makes a line durable in the log.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use aws_lc_rs::digest::{Context as Hash, SHA256};
use bytes::Bytes;
use clap::Parser;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use navette_benches::limit::{Log, Volume};
use tokio::net::TcpListener;

const VOLUME_BYTES: u64 = 256 << 20;
/// How much of a file is written at a time, in bytes: as the hub does.
const WRITE_BYTES: usize = 256 * 1024;
/// What the hub writes down about a received file, in bytes.
const RECEIVED_BYTES: usize = 300;
/// What the hub writes down about a completed folder, in bytes.
const COMPLETED_BYTES: usize = 400;
/// What clients read of an answer of the hub.
const ANNOUNCED: &str = concat!(
    r#"{"id":"018f0000-0000-7000-8000-00000000000a","globalStatus":"HUBEE_RECEIVED","#,
    r#""attachments":[{"id":"018f0000-0000-7000-8000-00000000000b","status":"PENDING"}]}"#
);

#[derive(Debug, Parser)]
struct Options {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Where to write.
    #[arg(long)]
    data: PathBuf,
}

struct Ground {
    log: Log,
    volume: Volume,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    std::fs::create_dir_all(&options.data)?;
    let ground = Arc::new(Ground {
        log: Log::create(&options.data.join("log"))?,
        volume: Volume::create(&options.data.join("volume"), VOLUME_BYTES)?,
    });
    let listener = TcpListener::bind(options.listen).await.context("--listen")?;
    let address = listener.local_addr()?.to_string();
    std::fs::write(options.data.join("address"), address)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let ground = Arc::clone(&ground);
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(Arc::clone(&ground), request));
            // A client that goes away ends its connection.
            drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

async fn answer(ground: Arc<Ground>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(work(&ground, request).await.unwrap_or_else(|error| {
        let mut response = Response::new(Full::from(error.to_string()));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    }))
}

async fn work(ground: &Ground, request: Request<Incoming>) -> Result<Response<Full<Bytes>>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    match *request.method() {
        Method::POST => {
            let body = request.into_body().collect().await?.to_bytes();
            ground.log.append(&body).await?;
            *response.status_mut() = StatusCode::CREATED;
            *response.body_mut() = Full::from(ANNOUNCED);
        }
        Method::PUT => {
            let mut body = request.into_body();
            let length = hyper::body::Body::size_hint(&body).exact().context("a length")?;
            let mut offset = ground.volume.reserve(length);
            let mut hash = Hash::new(&SHA256);
            let mut gathered = Vec::with_capacity(usize::try_from(length)?.min(WRITE_BYTES));
            while let Some(frame) = body.frame().await {
                let Ok(bytes) = frame?.into_data() else { continue };
                hash.update(&bytes);
                gathered.extend_from_slice(&bytes);
                if gathered.len() >= WRITE_BYTES {
                    ground.volume.write(&gathered, offset)?;
                    offset += gathered.len() as u64;
                    gathered.clear();
                }
            }
            ground.volume.write(&gathered, offset)?;
            std::hint::black_box(hash.finish());
            ground.volume.sync().await?;
            ground.log.append(&[7; RECEIVED_BYTES]).await?;
        }
        _ => ground.log.append(&[7; COMPLETED_BYTES]).await?,
    }
    Ok(response)
}
