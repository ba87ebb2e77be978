//! A server on a free port, and clients for it.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use navette_adapter_api::{Body, BodyFault};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::JoinHandle;

use crate::front::{
    Certificates, Decoded, EndpointName, Handler, Options, Outcome, RequestBody, RequestContext, Reserved, Server,
};
use crate::metrics::Registry;

/// Far more than anything here takes, also on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for something that must happen.
pub(super) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{what} does not happen"))
}

/// Does as the path says.
pub(super) struct Toy {
    /// How many requests wait at `/wait`.
    waiting: watch::Sender<usize>,
    release: Semaphore,
}

impl Handler for Arc<Toy> {
    fn endpoint_names(&self) -> &[&'static str] {
        &["toy"]
    }

    async fn handle(&self, request: Request<RequestBody>, context: &RequestContext) -> (EndpointName, Response<Body>) {
        let (parts, body) = request.into_parts();
        let mut answer = match parts.uri.path() {
            "/refuse" => {
                drop(body);
                status(StatusCode::UNAUTHORIZED)
            }
            "/json" => Response::new(Body::Full(Bytes::from(format!("[{}]", "1, ".repeat(2000))))),
            "/stream" => stream(parts.uri.query().unwrap_or_default().parse().unwrap()),
            "/panic" => panic!("as asked"),
            "/wait" => {
                self.waiting.send_modify(|count| *count += 1);
                self.release.acquire().await.unwrap().forget();
                status(StatusCode::OK)
            }
            _ => match length_of(body).await {
                Ok(length) => {
                    let decoded = parts.extensions.get::<Decoded>().is_some();
                    let text = format!("{} {length} decoded={decoded} secure={}", parts.method, context.secure);
                    Response::new(Body::Full(text.into()))
                }
                Err(BodyFault::Stalled) => status(StatusCode::REQUEST_TIMEOUT),
                Err(BodyFault::TooLarge) => status(StatusCode::PAYLOAD_TOO_LARGE),
                Err(BodyFault::Malformed | BodyFault::Disconnected) => status(StatusCode::BAD_REQUEST),
            },
        };
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        (EndpointName("toy"), answer)
    }
}

fn status(status: StatusCode) -> Response<Body> {
    let mut answer = Response::new(Body::Empty);
    *answer.status_mut() = status;
    answer
}

async fn length_of(mut body: RequestBody) -> Result<u64, BodyFault> {
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        length += frame?.data_ref().unwrap().len() as u64;
    }
    Ok(length)
}

fn stream(bytes: u64) -> Response<Body> {
    struct Zeroes(u64);
    impl Stream for Zeroes {
        type Item = std::io::Result<Bytes>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            let length = self.0.min(64 * 1024);
            self.0 -= length;
            Poll::Ready((length > 0).then(|| Ok(Bytes::from(vec![0; length as usize]))))
        }
    }
    Response::new(Body::Stream { frames: Box::pin(Zeroes(bytes)), remaining: bytes })
}

pub(super) struct Fixture {
    pub(super) address: SocketAddr,
    pub(super) registry: Registry,
    pub(super) toy: Arc<Toy>,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<Outcome>,
}

impl Fixture {
    pub(super) fn start(change: impl FnOnce(&mut Options)) -> Self {
        Self::start_with(change, None)
    }

    pub(super) fn start_with(change: impl FnOnce(&mut Options), certificates: Option<Arc<Certificates>>) -> Self {
        let mut options = Options::default();
        change(&mut options);
        let toy = Arc::new(Toy { waiting: watch::channel(0).0, release: Semaphore::new(0) });
        let registry = Registry::new();
        let listener = Reserved::new("127.0.0.1:0".parse().unwrap()).unwrap().listen(1024).unwrap();
        let server = Server::new(listener, Arc::clone(&toy), &options, certificates, &registry);
        let address = server.address().unwrap();
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(server.serve(async move { drop(stopped.await) }));
        Self { address, registry, toy, stop: Some(stop), server }
    }

    pub(super) async fn connect(&self) -> TcpStream {
        soon("a connection", TcpStream::connect(self.address)).await.unwrap()
    }

    /// Sends bytes on a connection of its own and reads until it is closed.
    pub(super) async fn raw(&self, request: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_ref()).await.unwrap();
        read_to_end(&mut stream).await
    }

    /// Waits until so many requests have reached `/wait`.
    pub(super) async fn waiting(&self, count: usize) {
        let mut waiting = self.toy.waiting.subscribe();
        soon("a request that waits", waiting.wait_for(|waiting| *waiting >= count)).await.unwrap();
    }

    pub(super) fn release(&self, count: usize) {
        self.toy.release.add_permits(count);
    }

    pub(super) fn begin_stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    pub(super) async fn stopped(self) -> Outcome {
        soon("the end of the server", self.server).await.unwrap()
    }

    /// The value of an unlabelled metric.
    pub(super) fn metric(&self, name: &str) -> f64 {
        let text = self.registry.text();
        let line = text.lines().find(|line| line.split(' ').next() == Some(name)).unwrap_or_else(|| panic!("{name}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    /// Waits until a metric has a value.
    pub(super) async fn metric_becomes(&self, name: &str, value: f64) {
        let becomes = async {
            let mut look = tokio::time::interval(Duration::from_millis(5));
            while (self.metric(name) - value).abs() > f64::EPSILON {
                look.tick().await;
            }
        };
        tokio::time::timeout(PATIENCE, becomes).await.unwrap_or_else(|_| panic!("{name} stays {}", self.metric(name)));
    }
}

/// What comes until the connection is closed. A reset is an end too.
pub(super) async fn read_to_end(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut answer = Vec::new();
    let outcome = soon("the end of the connection", stream.read_to_end(&mut answer)).await;
    drop(outcome);
    String::from_utf8_lossy(&answer).into_owned()
}

/// What comes until this text has.
pub(super) async fn read_until(stream: &mut (impl AsyncRead + Unpin), text: &str) -> String {
    let mut answer = Vec::new();
    soon(text, async {
        while !String::from_utf8_lossy(&answer).contains(text) {
            let mut buffer = [0; 4096];
            let length = stream.read(&mut buffer).await.unwrap();
            assert!(length > 0, "closed after {:?}", String::from_utf8_lossy(&answer));
            answer.extend_from_slice(&buffer[..length]);
        }
    })
    .await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// An HTTP/2 client on this stream.
pub(super) async fn http2(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> hyper::client::conn::http2::SendRequest<Full<Bytes>> {
    let (client, connection) =
        soon("an HTTP/2 connection", hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)))
            .await
            .unwrap();
    tokio::spawn(connection);
    client
}

/// The whole answer: status and text.
pub(super) async fn answered(
    client: &mut hyper::client::conn::http2::SendRequest<Full<Bytes>>,
    request: http::request::Builder,
    body: impl Into<Bytes>,
) -> (u16, String) {
    let request = request.body(Full::new(body.into())).unwrap();
    let answer = soon("an answer", client.send_request(request)).await.unwrap();
    let status = answer.status().as_u16();
    let body = soon("the body of an answer", answer.into_body().collect()).await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}
