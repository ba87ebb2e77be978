//! The suite that every adapter passes that goes to recipients.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use navette_adapter_kit::push::{self, Breakage, Held, Peer};
use navette_adapter_webhook::Webhook;
use navette_router::model::Digest;
use navette_router::ports::Endpoint;
use serde_json::Value;

use crate::server::{Reaction, Server};

struct Recipient {
    server: Server,
    adapter: Arc<Webhook>,
}

fn file(attachment: &Value) -> (Digest, u64) {
    let digest = STANDARD.decode(attachment["digest"].as_str().expect("a digest")).expect("base64");
    (Digest(digest.try_into().expect("a SHA-256")), attachment["size"].as_u64().expect("a size"))
}

impl Peer for Recipient {
    type Adapter = Webhook;

    const CARRIES_FILES: bool = false;

    fn adapter(&self) -> Arc<Webhook> {
        Arc::clone(&self.adapter)
    }

    fn endpoint(&self) -> Endpoint {
        self.server.endpoint()
    }

    fn bad_endpoints(&self) -> Vec<(Endpoint, Vec<&'static str>)> {
        let with = |url: &str, secret: &str| self.endpoint().set("url", url).seal("secret", secret);
        let right = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        vec![
            (with("nonsense", "hush"), vec!["url", "secret"]),
            (with("http://si.example.fr/", right), vec!["url"]),
            (with("https://user:password@si.example.fr/", right), vec!["url"]),
            (with("https://169.254.169.254/latest/meta-data", right), vec!["url"]),
            (with("https://[::ffff:10.0.0.1]/", right), vec!["url"]),
            (with("ftp://si.example.fr/", right), vec!["url"]),
            (with("/navette", right), vec!["url"]),
            (self.endpoint().seal("previous_secret", "whsec_AAAA"), vec!["previous_secret"]),
        ]
    }

    async fn held(&self) -> Vec<Held> {
        let calls = self.server.taken().into_iter().map(|call| call.json()).filter(|json| json["type"] != "ping");
        let files = |json: Value| json["data"]["attachments"].as_array().expect("a list").iter().map(file).collect();
        calls.map(|json| Held { files: files(json) }).collect()
    }

    async fn breaks(&self, breakage: Breakage) -> bool {
        match breakage {
            Breakage::IsNotThere => self.server.stop(),
            Breakage::NeverAnswers => self.server.reacts(Reaction::Silence),
            Breakage::ClosesInTheMiddle => self.server.reacts(Reaction::Close),
            Breakage::IsFull => self.server.reacts(Reaction::status("507 Insufficient Storage")),
            Breakage::RefusesTheLogin => self.server.reacts(Reaction::status("401 Unauthorized")),
            Breakage::IsSomebodyElse => self.server.shows_certificate_for("localhost"),
            Breakage::AsksToWait => {
                self.server.reacts(Reaction::Answer(
                    "HTTP/1.1 429 Slow down\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n".to_owned(),
                ));
            }
        }
        true
    }

    async fn mends(&self) {
        self.server.reacts(Reaction::status("204 No Content"));
        self.server.shows_its_own_certificate();
        self.server.start_again().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_webhook_conforms_to_the_port_of_adapters() {
    let server = Server::start().await;
    let adapter = Arc::new(server.webhook());
    push::conforms(&Recipient { server, adapter }).await;
}
