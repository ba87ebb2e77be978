//! Servers and addresses that mean no good.

use std::sync::Arc;

use navette_adapter_webhook::{Networks, Options, Webhook};
use navette_router::ports::{DeliveryError, DeliveryErrorKind, DynPush, Push as _};

use crate::calls::parcel;
use crate::server::{Reaction, Server};

async fn fails(webhook: Webhook, server: &Server) -> DeliveryError {
    let settings = webhook.validate(&server.endpoint()).expect("right settings");
    webhook.deliver(&settings, &parcel().delivery).await.expect_err("nothing is delivered")
}

#[tokio::test]
async fn a_name_that_leads_to_an_inner_network_is_not_called() {
    let server = Server::start().await;
    let options = Options { networks: Networks::default(), ..server.options() };
    let error = fails(Webhook::new(options).unwrap(), &server).await;
    assert_eq!(error.kind(), DeliveryErrorKind::Forbidden);
    assert!(error.explanation().contains("not an address of the Internet"), "{error}");
    assert!(server.taken().is_empty(), "nobody was called");
}

#[tokio::test]
async fn a_redirection_is_not_followed() {
    let (server, elsewhere) = (Server::start().await, Server::start().await);
    let location = elsewhere.endpoint().settings["url"].clone();
    server.reacts(Reaction::Answer(format!(
        "HTTP/1.1 307 Elsewhere\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
    )));
    let error = fails(server.webhook(), &server).await;
    assert_eq!(error.kind(), DeliveryErrorKind::Protocol);
    assert!(error.to_string().contains("redirections are not followed"), "{error}");
    assert!(elsewhere.taken().is_empty(), "nobody else was called");
}

#[tokio::test]
async fn an_endless_answer_is_cut_and_a_word_of_it_is_kept() {
    let server = Server::start().await;
    let said = format!(
        "HTTP/1.1 422 No\r\ncontent-length: 90000000\r\n\r\ndossier de Quatremère\u{7} refusé {}",
        "x".repeat(1 << 20)
    );
    server.reacts(Reaction::Answer(said));
    let error = fails(server.webhook(), &server).await;
    assert_eq!(error.kind(), DeliveryErrorKind::Rejected);
    let words = error.words().expect("what it said").as_str();
    assert!(words.starts_with("dossier de […] refusé xxx") && words.chars().count() == 300, "{words}");
}

#[tokio::test]
async fn what_is_not_http_and_heads_without_end_are_refused() {
    let server = Server::start().await;
    let endless = format!("HTTP/1.1 200 OK\r\n{}", "x-filler: 0123456789\r\n".repeat(100_000));
    for answer in ["SSH-2.0-OpenSSH_9.2\r\n".to_owned(), "HTTP/1.1 2000\r\n\r\n".to_owned(), endless] {
        server.reacts(Reaction::Answer(answer));
        let error = fails(server.webhook(), &server).await;
        assert_eq!(error.kind(), DeliveryErrorKind::Protocol, "{error}");
    }
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_not_called_again() {
    let server = Server::start().await;
    server.reacts(Reaction::status("410 Gone"));
    let error = fails(server.webhook(), &server).await;
    assert_eq!((error.kind(), error.may_be_retried()), (DeliveryErrorKind::Gone, false));
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused_in_words() {
    let server = Server::start().await;
    server.shows_certificate_for("elsewhere.example.fr");
    let error = fails(server.webhook(), &server).await;
    assert_eq!(error.kind(), DeliveryErrorKind::IdentityChanged);
    assert!(error.explanation().starts_with("its certificate"), "{error}");
}

#[tokio::test]
async fn a_cancelled_call_is_in_nobodys_way() {
    let server = Server::start().await;
    server.reacts(Reaction::Silence);
    let webhook: Arc<dyn DynPush> = Arc::new(server.webhook());
    let link = webhook.link(&server.endpoint()).expect("right settings");
    let parcel = parcel();
    let calling = tokio::time::timeout(std::time::Duration::from_millis(100), link.deliver(&parcel.delivery));
    assert!(calling.await.is_err(), "the server says nothing");
    server.reacts(Reaction::status("204 No Content"));
    link.deliver(&parcel.delivery).await.expect("the next call is taken");
}
