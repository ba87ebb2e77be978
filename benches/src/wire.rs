//! One connection of a client, with as little around it as there can be.

use anyhow::{Result, ensure};
use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// A connection that is kept.
#[derive(Debug)]
pub struct Wire<B = Full<Bytes>> {
    sender: SendRequest<B>,
    connection: JoinHandle<hyper::Result<()>>,
    host: HeaderValue,
}

impl<B> Wire<B>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: std::error::Error + Send + Sync,
{
    /// Connects to `address`.
    pub async fn connect(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        Ok(Self { sender, connection: tokio::spawn(connection), host: HeaderValue::from_str(address)? })
    }

    /// Sends a request below `/teledossiers/v1/`; the body of the answer is yet to be read.
    pub async fn begin(
        &mut self,
        method: &Method,
        path: &str,
        headers: &[(&str, &str)],
        body: B,
    ) -> Result<Response<Incoming>> {
        let mut request =
            Request::builder().method(method).uri(format!("/teledossiers/v1/{path}")).header(HOST, self.host.clone());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.sender.ready().await?;
        Ok(self.sender.send_request(request.body(body)?).await?)
    }

    /// Sends a request that must be answered like this, and reads the answer.
    pub async fn send(
        &mut self,
        method: &Method,
        path: &str,
        headers: &[(&str, &str)],
        body: B,
        expected: StatusCode,
    ) -> Result<Bytes> {
        let answer = self.begin(method, path, headers, body).await?;
        let status = answer.status();
        let bytes = answer.into_body().collect().await?.to_bytes();
        ensure!(status == expected, "{method} {path} was answered {status}: {}", String::from_utf8_lossy(&bytes));
        Ok(bytes)
    }

    /// Ends the connection.
    pub async fn close(self) -> Result<()> {
        drop(self.sender);
        Ok(self.connection.await??)
    }
}

impl Wire {
    /// Reads something that must be there.
    pub async fn get(&mut self, path: &str, authorization: &str) -> Result<Bytes> {
        let headers = [(AUTHORIZATION.as_str(), authorization)];
        self.send(&Method::GET, path, &headers, Full::default(), StatusCode::OK).await
    }
}
