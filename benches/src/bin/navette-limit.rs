//! A bare server that does the durable work of a deposit and knows no rule: what `navette-compare` measures the hub beside.
//!
//! `POST` makes the body durable in a log; `PUT` hashes the body, writes it into a volume, waits for the shared sync and makes a
//! line durable in the log; `PATCH` makes a line durable in the log. A large `PUT` gets a file of its own and a sync of its own. `GET`
//! gives that file, from the disk, or an empty inbox. The answers have the headers and the length of those of the hub.
//!
//! With `--kafka` (feature `cluster`) log and volume are a topic: bodies, lines and files up to [`VOLUME_MAX_BYTES`] are messages, and durable
//! when they are acknowledged.

use std::convert::Infallible;
use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result};
use aws_lc_rs::digest::{Context as Hash, SHA256};
use bytes::Bytes;
use clap::Parser;
use futures_util::stream;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Either, Full, StreamBody};
use hyper::body::{Body as _, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use navette_benches::limit::{Log, Volume};
use tokio::net::TcpListener;

const VOLUME_BYTES: u64 = 256 << 20;
/// Larger files get one of their own: as in the hub.
const VOLUME_MAX_BYTES: u64 = 4 << 20;
/// How much of a file is written to a volume at a time, in bytes: as the hub does.
const WRITE_BYTES: usize = 256 * 1024;
/// How much of a large file is written or read at a time, in bytes.
const FILE_WRITE_BYTES: usize = 1 << 20;
const FILE_READ_BYTES: usize = 256 * 1024;
/// What the hub writes down about a received file, in bytes.
const RECEIVED_BYTES: usize = 300;
/// What the hub writes down about a completed folder, in bytes.
const COMPLETED_BYTES: usize = 400;
/// How long an announcement is answered, in bytes: as long as the hub does, for one recipient and one file.
const ANNOUNCED_BYTES: usize = 763;
const REQUEST_ID: HeaderValue = HeaderValue::from_static("018f0000-0000-7000-8000-00000000000c");

#[derive(Debug, Parser)]
struct Options {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Where to write.
    #[arg(long)]
    data: PathBuf,
    /// Brokers that take what is otherwise written to the disk.
    #[cfg(feature = "cluster")]
    #[arg(long, requires = "topic")]
    kafka: Option<String>,
    /// To which topic.
    #[cfg(feature = "cluster")]
    #[arg(long, requires = "kafka")]
    topic: Option<String>,
}

/// Where bytes become durable.
enum Keeper {
    Disk {
        log: Log,
        volume: Volume,
    },
    #[cfg(feature = "cluster")]
    Kafka(navette_benches::broker::Broker),
}

struct Ground {
    keeper: Keeper,
    directory: PathBuf,
    announced: AtomicU64,
}

type Body = Either<Full<Bytes>, UnsyncBoxBody<Bytes, std::io::Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    std::fs::create_dir_all(&options.data)?;
    let ground = Arc::new(Ground {
        keeper: keeper(&options).await?,
        directory: options.data.clone(),
        announced: AtomicU64::new(0),
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

async fn keeper(options: &Options) -> Result<Keeper> {
    #[cfg(feature = "cluster")]
    if let Some((brokers, topic)) = options.kafka.as_ref().zip(options.topic.as_ref()) {
        return Ok(Keeper::Kafka(navette_benches::broker::Broker::connect(brokers, topic).await?));
    }
    Ok(Keeper::Disk {
        log: Log::create(&options.data.join("log"))?,
        volume: Volume::create(&options.data.join("volume"), VOLUME_BYTES)?,
    })
}

impl Keeper {
    /// Makes a line durable; lines of the same key stay in order.
    #[cfg_attr(not(feature = "cluster"), expect(unused_variables, reason = "a disk keeps one order of all"))]
    async fn append(&self, key: &str, line: &[u8]) -> Result<()> {
        match self {
            Self::Disk { log, .. } => Ok(log.append(line).await?),
            #[cfg(feature = "cluster")]
            Self::Kafka(broker) => broker.append(key, line).await,
        }
    }

    /// Makes a small file durable.
    #[cfg_attr(not(feature = "cluster"), expect(unused_variables, reason = "a disk keeps one order of all"))]
    async fn write(&self, key: &str, length: u64, body: Incoming) -> Result<()> {
        match self {
            Self::Disk { volume, .. } => write_extent(volume, length, body).await,
            #[cfg(feature = "cluster")]
            Self::Kafka(broker) => {
                let bytes = body.collect().await?.to_bytes();
                std::hint::black_box(aws_lc_rs::digest::digest(&SHA256, &bytes));
                broker.append(key, &bytes).await
            }
        }
    }
}

async fn answer(ground: Arc<Ground>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let mut response = work(&ground, request).await.unwrap_or_else(|error| {
        let mut response = Response::new(Either::Left(Full::from(error.to_string())));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    });
    let headers = response.headers_mut();
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("x-request-id", REQUEST_ID);
    Ok(response)
}

async fn work(ground: &Ground, request: Request<Incoming>) -> Result<Response<Body>> {
    match *request.method() {
        Method::GET if request.uri().path().ends_with("/notifications") => {
            let mut response = json(StatusCode::OK, "[]".to_owned());
            response.headers_mut().insert("content-range", HeaderValue::from_static("Notifications */0"));
            Ok(response)
        }
        Method::GET => read(&ground.directory, last_segment(&request)),
        Method::POST => {
            let body = request.into_body().collect().await?.to_bytes();
            let number = ground.announced.fetch_add(1, Ordering::Relaxed);
            ground.keeper.append(&number.to_string(), &body).await?;
            Ok(json(StatusCode::CREATED, announced(number)))
        }
        Method::PUT => {
            let length = request.body().size_hint().exact().context("a length")?;
            let name = last_segment(&request).to_owned();
            if length > VOLUME_MAX_BYTES {
                write_file(&ground.directory.join(&name), request.into_body()).await?;
            } else {
                ground.keeper.write(&name, length, request.into_body()).await?;
            }
            ground.keeper.append(&name, &[7; RECEIVED_BYTES]).await?;
            Ok(no_content())
        }
        _ => {
            ground.keeper.append(last_segment(&request), &[7; COMPLETED_BYTES]).await?;
            Ok(no_content())
        }
    }
}

fn last_segment(request: &Request<Incoming>) -> &str {
    request.uri().path().rsplit('/').next().unwrap_or_default()
}

fn no_content() -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::default()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn json(status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// What clients read of an answer of the hub, and as many bytes beside.
fn announced(number: u64) -> String {
    let mut answer = format!(
        concat!(
            r#"{{"id":"018f0000-0000-7000-8000-{0:012x}","globalStatus":"HUBEE_RECEIVED","#,
            r#""cases":[{{"id":"018f0000-0000-7000-8001-{0:012x}"}}],"#,
            r#""attachments":[{{"id":"018f0000-0000-7000-8002-{0:012x}","status":"PENDING"}}],"rest":""#
        ),
        number
    );
    while answer.len() + 2 < ANNOUNCED_BYTES {
        answer.push('x');
    }
    answer.push_str("\"}");
    answer
}

async fn write_extent(volume: &Volume, length: u64, mut body: Incoming) -> Result<()> {
    let mut offset = volume.reserve(length);
    let mut hash = Hash::new(&SHA256);
    let mut gathered = Vec::with_capacity(usize::try_from(length)?.min(WRITE_BYTES));
    while let Some(frame) = body.frame().await {
        let Ok(bytes) = frame?.into_data() else { continue };
        hash.update(&bytes);
        gathered.extend_from_slice(&bytes);
        if gathered.len() >= WRITE_BYTES {
            volume.write(&gathered, offset)?;
            offset += gathered.len() as u64;
            gathered.clear();
        }
    }
    volume.write(&gathered, offset)?;
    std::hint::black_box(hash.finish());
    Ok(volume.sync().await?)
}

async fn write_file(path: &Path, mut body: Incoming) -> Result<()> {
    let mut file = File::create(path)?;
    let mut hash = Hash::new(&SHA256);
    let mut gathered = Vec::with_capacity(FILE_WRITE_BYTES);
    while let Some(frame) = body.frame().await {
        let Ok(bytes) = frame?.into_data() else { continue };
        hash.update(&bytes);
        gathered.extend_from_slice(&bytes);
        if gathered.len() >= FILE_WRITE_BYTES {
            file.write_all(&gathered)?;
            gathered.clear();
        }
    }
    file.write_all(&gathered)?;
    std::hint::black_box(hash.finish());
    let sync = move || {
        file.sync_data()?;
        // So that it is read from the disk, as that of the hub is, and not from whatever memory the machine happens to have.
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).map_err(std::io::Error::from)
    };
    Ok(tokio::task::spawn_blocking(sync).await??)
}

fn read(directory: &Path, name: &str) -> Result<Response<Body>> {
    let file = File::open(directory.join(name))?;
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::Sequential)?;
    let length = file.metadata()?.len();
    let chunks = stream::try_unfold((Arc::new(file), 0), move |(file, offset)| async move {
        if offset >= length {
            return Ok(None);
        }
        let reader = Arc::clone(&file);
        let read = move || {
            let mut chunk = vec![0; FILE_READ_BYTES];
            let bytes = reader.read_at(&mut chunk, offset)?;
            chunk.truncate(bytes);
            Ok::<_, std::io::Error>(Bytes::from(chunk))
        };
        let chunk = tokio::task::spawn_blocking(read).await??;
        let next = offset + chunk.len() as u64;
        Ok(Some((Frame::data(chunk), (file, next))))
    });
    let mut response = Response::new(Either::Right(StreamBody::new(chunks).boxed_unsync()));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    Ok(response)
}
