//! What the hub says of itself.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use serde_json::Value;

use crate::hub::{Hub, Setup};
use crate::parties::Must as _;

async fn reads(hub: &Hub, path: &str) -> (u16, String) {
    let uri = format!("{}{path}", hub.access.base_url());
    let answer = hub.transport.send(Request::get(uri).body(Full::new(Bytes::new())).unwrap()).await.unwrap();
    (answer.status.as_u16(), String::from_utf8(answer.body.to_vec()).unwrap())
}

pub(crate) async fn the_interface_is_described_to_everybody_and_its_examples_work(setup: Setup) {
    let hub = setup.start().await;
    let (status, document) = reads(&hub, "/openapi.json").await;
    assert_eq!(status, 200);
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    for (page, words) in
        [("/docs", "/teledossiers/v1/notifications"), ("/docs/errors", "suscribed"), ("/docs/style.css", "summary")]
    {
        let (status, body) = reads(&hub, page).await;
        assert!(status == 200 && body.contains(words), "{page}: {status}");
        assert!(!body.contains("http://") && !body.contains("https://"), "{page} needs no other address");
    }

    let administrator = hub.administrator().await;
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let example = &item["post"]["requestBody"]["content"]["application/json"]["example"];
        if example.is_null() || path.contains('{') {
            continue;
        }
        let body = Bytes::from(example.to_string());
        let answer = administrator.send_to(hub.access.base_url(), Method::POST, path, body.clone(), &[]).await;
        let described = item["post"]["responses"].as_object().unwrap().keys().find(|status| status.starts_with('2'));
        let created = answer.must(described.unwrap().parse().unwrap()).json();
        tried += 1;
        // What was created can be put back as it was described.
        let key = match path.rsplit_once('/').unwrap().1 {
            "organizations" => format!(
                "SI-{}-{}",
                example["companyRegister"].as_str().unwrap(),
                example["branchCode"].as_str().unwrap()
            ),
            "processes" => example["code"].as_str().unwrap().to_owned(),
            "subscriptions" => created["id"].as_str().unwrap().to_owned(),
            _ => continue,
        };
        let path = format!("{path}/{key}");
        administrator.send_to(hub.access.base_url(), Method::PUT, &path, body, &[]).await.must(200);
    }
    assert!(tried >= 5, "{tried} examples were tried");
}
