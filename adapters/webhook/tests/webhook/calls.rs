//! What a recipient's software sees of a call.

use navette_adapter_kit::Parcel;
use navette_adapter_webhook::Secret;
use navette_router::model::ProcessCode;
use navette_router::ports::{Endpoint, Push as _, Receipt};

use crate::server::{Call, SECRET, Server};

const OTHER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

pub(crate) fn parcel() -> Parcel {
    Parcel::new(&ProcessCode::new("CERTDC").unwrap(), 7, &[("certificat de Durand.pdf", 1_234), ("flux.xml", 56)])
}

async fn delivers(server: &Server, endpoint: &Endpoint, parcel: &Parcel) -> Receipt {
    let webhook = server.webhook();
    let settings = webhook.validate(endpoint).expect("right settings");
    webhook.deliver(&settings, &parcel.delivery).await.expect("the call is taken")
}

fn signature(call: &Call, secret: &str) -> String {
    let seconds = call.header("webhook-timestamp").expect("a time").parse().expect("seconds");
    Secret::parse(secret).unwrap().sign(call.header("webhook-id").expect("an identifier"), seconds, &call.body)
}

#[tokio::test]
async fn a_call_is_signed_and_says_where_the_files_are() {
    let server = Server::start().await;
    let parcel = parcel();
    let receipt = delivers(&server, &server.endpoint(), &parcel).await;
    let call = server.taken().remove(0);
    assert_eq!(call.header("webhook-signature"), Some(signature(&call, SECRET).as_str()));
    assert_eq!(call.header("webhook-id"), Some(receipt.reference.as_str()));
    assert_eq!(call.header("content-type"), Some("application/json"));
    let json = call.json();
    let (case, file) = (parcel.delivery.case.id, parcel.delivery.attachments[0].id);
    assert_eq!(json["type"], "case.notified");
    assert_eq!(json["data"]["caseId"], case.to_string());
    assert_eq!(json["data"]["attachments"].as_array().unwrap().len(), 2);
    assert_eq!(
        json["data"]["attachments"][0]["url"],
        format!("https://hub.example.fr/teledossiers/v1/cases/{case}/attachments/{file}")
    );
    assert_eq!(json["data"]["attachments"][0]["size"], 1_234);
    for personal in parcel.personal() {
        assert!(!call.body.contains(&personal), "a call names nobody: {}", call.body);
    }
}

#[tokio::test]
async fn a_repetition_has_the_same_identifier_and_the_same_body() {
    let server = Server::start().await;
    let mut parcel = parcel();
    let first = delivers(&server, &server.endpoint(), &parcel).await;
    let body = server.taken().remove(0).body;
    parcel.delivery.attempt = 2;
    let second = delivers(&server, &server.endpoint(), &parcel).await;
    assert_eq!(first.reference, second.reference);
    let calls = server.taken();
    assert_eq!((calls.len(), calls[0].body.as_str()), (1, body.as_str()));
}

#[tokio::test]
async fn while_a_secret_changes_both_sign() {
    let server = Server::start().await;
    let endpoint = server.endpoint().seal("secret", OTHER_SECRET).seal("previous_secret", SECRET);
    delivers(&server, &endpoint, &parcel()).await;
    let call = server.taken().remove(0);
    let both = format!("{} {}", signature(&call, OTHER_SECRET), signature(&call, SECRET));
    assert_eq!(call.header("webhook-signature"), Some(both.as_str()));
}

#[tokio::test]
async fn a_ping_says_what_was_found() {
    let server = Server::start().await;
    let webhook = server.webhook();
    let settings = webhook.validate(&server.endpoint()).expect("right settings");
    let found = webhook.test(&settings).await.expect("the server answers");
    assert_eq!(found[0], "localhost was reached at 127.0.0.1 over TLS, with a certificate that is trusted");
    assert_eq!(found[1], "it answered a signed ping with 204");
    assert_eq!(server.taken()[0].json()["type"], "ping");
}
