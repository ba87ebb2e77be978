//! The token endpoint, and what a token is good for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use navette_gateway::partner::{Answer, Credential};
use serde_json::json;

use crate::hub::{Hub, Setup, eventually};
use crate::parties::{Must as _, note, text};

const FORM: &str = "application/x-www-form-urlencoded";

async fn ask(hub: &Hub, path: &str, media_type: &str, basic: Option<(&str, &str)>, body: String) -> Answer {
    let mut request = Request::post(format!("{}{path}", hub.access.base_url())).header("content-type", media_type);
    if let Some((id, secret)) = basic {
        request = request.header("authorization", format!("Basic {}", BASE64.encode(format!("{id}:{secret}"))));
    }
    hub.transport.send(request.body(Full::new(Bytes::from(body))).unwrap()).await.unwrap()
}

fn depositor(hub: &Hub) -> Credential {
    hub.access.credential("OSL", None).unwrap().clone()
}

pub(crate) async fn a_token_is_given_in_every_way_that_clients_ask(setup: Setup) {
    let hub = setup.start().await;
    let Credential { client_id: id, client_secret: secret, .. } = depositor(&hub);
    let grant = "grant_type=client_credentials&scope=OSL";
    let credentials = format!("client_id={id}&client_secret={secret}");
    let object = json!({
        "grant_type": "client_credentials", "scope": "OSL", "client_id": id, "client_secret": secret,
    });
    let basic = Some((id.as_str(), secret.as_str()));
    for path in ["/token", "/oauth2/token"] {
        for (media_type, basic, body) in [
            (FORM, basic, grant.to_owned()),
            (FORM, None, format!("{grant}&{credentials}")),
            (FORM, basic, format!("{grant}&{credentials}")),
            (FORM, basic, "grant_type=client_credentials".to_owned()),
            ("application/json", None, object.to_string()),
            ("application/json; charset=utf-8", basic, json!({ "grant_type": "client_credentials" }).to_string()),
        ] {
            let answer = ask(&hub, path, media_type, basic, body.clone()).await;
            assert_eq!(answer.status, 200, "{body}: {}", answer.json());
            let token = answer.json();
            assert_eq!(
                (&token["token_type"], &token["expires_in"], &token["scope"]),
                (&json!("Bearer"), &json!(3600), &json!("OSL"))
            );
            assert_eq!(answer.headers["cache-control"], "no-store");
            let request = Request::get(format!("{}/notifications", hub.access.teledossiers_url))
                .header("authorization", format!("bearer {}", text(&token, "access_token")))
                .body(Full::new(Bytes::new()))
                .unwrap();
            assert_eq!(hub.transport.send(request).await.unwrap().status, 200);
        }
    }
}

pub(crate) async fn a_wrong_client_or_a_wrong_scope_gets_none(setup: Setup) {
    let hub = setup.start().await;
    let Credential { client_id: id, client_secret: secret, .. } = depositor(&hub);
    let grant = "grant_type=client_credentials";
    for (body, status, error) in [
        (format!("{grant}&client_id={id}&client_secret=wrong"), 401, "invalid_client"),
        (format!("{grant}&client_id={id}"), 401, "invalid_client"),
        (format!("{grant}&client_id=nobody&client_secret={secret}"), 401, "invalid_client"),
        (format!("{grant}&client_id=%00&client_secret=%ff"), 401, "invalid_client"),
        (grant.to_owned(), 401, "invalid_client"),
        (format!("{grant}&scope=SI&client_id={id}&client_secret={secret}"), 400, "invalid_scope"),
        (format!("{grant}&scope=ROOT&client_id={id}&client_secret={secret}"), 400, "invalid_scope"),
        (format!("grant_type=password&client_id={id}&client_secret={secret}"), 400, "unsupported_grant_type"),
        (format!("client_id={id}&client_secret={secret}"), 400, "invalid_request"),
        (String::new(), 400, "invalid_request"),
    ] {
        let answer = ask(&hub, "/token", FORM, None, body.clone()).await;
        // A form that is no text at all may be refused as such.
        let is_due = answer.status == status && answer.json()["error"] == error;
        assert!(
            is_due || (body.contains("%ff") && answer.status == 400),
            "{body}: {} {}",
            answer.status,
            answer.json()
        );
        assert!(!String::from_utf8_lossy(&answer.body).contains(&secret), "a secret is never repeated");
    }
    for (media_type, body) in [("application/json", "{"), ("application/json", "[]"), ("text/plain", "x")] {
        assert_eq!(ask(&hub, "/token", media_type, None, body.to_owned()).await.status, 400, "{body}");
    }
    let basic = Some((id.as_str(), "wrong"));
    let answer = ask(&hub, "/token", FORM, basic, grant.to_owned()).await;
    assert_eq!(answer.status, 401);
    assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Basic"));
    assert_eq!(ask(&hub, "/token", FORM, None, "x".repeat(20_000)).await.status, 413);
}

pub(crate) async fn a_revoked_credential_is_refused_at_once(setup: Setup) {
    let mut hub = setup.start().await;
    let administrator = hub.administrator().await;
    let organization = depositor(&hub).organization;
    let url = format!("{}/navette/v1/admin", hub.access.base_url());
    let wanted = json!({ "scope": "OSL", "organization": organization }).to_string();
    let json = [("content-type", "application/json")];
    let answer = administrator.send_to(&url, http::Method::POST, "/credentials", wanted.into(), &json).await.must(201);
    let issued = answer.json();
    let credential = Credential {
        client_id: text(&issued, "client_id"),
        client_secret: text(&issued, "client_secret"),
        ..depositor(&hub)
    };
    let partner = hub.partner(&credential).await;
    partner.get("/notifications").await.must(200);
    let path = format!("/credentials/{}", credential.client_id);
    for _ in 0..2 {
        administrator.send_to(&url, http::Method::DELETE, &path, Bytes::new(), &[]).await.must(204);
        partner.get("/notifications").await.must(401);
    }
    partner.log_in().await.must(401);
    hub.is_killed().await;
    hub.start_again().await;
    let again = navette_gateway::partner::Partner::new(hub.transport.clone(), hub.access.clone(), credential);
    again.log_in().await.must(401);
}

pub(crate) async fn a_token_ends(setup: Setup) {
    let hub = setup.configured("TOKENS_LIFETIME", "1s").configured("TOKENS_KEY_PERIOD", "1s").start().await;
    let depositor = hub.depositor("CERTDC").await;
    eventually("the end of the token", async || {
        (depositor.partner.get("/notifications").await.unwrap().status == 401).then_some(())
    })
    .await;
    depositor.partner.log_in().await.must(200);
    depositor.partner.get("/notifications").await.must(200);
}

pub(crate) async fn no_token_or_a_forged_one_is_refused(setup: Setup) {
    let hub = setup.start().await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let folder = depositor.deposits(&[note("a.txt", "a")], &[&recipient]).await;
    let token = depositor.partner.token().unwrap();
    let mut forged = token.clone().into_bytes();
    let middle = forged.len() / 2;
    forged[middle] = if forged[middle] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    let (cut, _) = token.split_at(token.len() - 1);
    for value in [
        "".to_owned(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Basic {token}"),
        token.clone(),
        format!("Bearer {forged}"),
        format!("Bearer {cut}"),
        format!("Bearer {token}x"),
        format!("Bearer {}", "A".repeat(10_000)),
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.".to_owned(),
    ] {
        let request = Request::get(format!("{}/folders/{}", hub.access.teledossiers_url, folder.id))
            .header("authorization", &value)
            .body(Full::new(Bytes::new()))
            .unwrap();
        let answer = hub.transport.send(request).await.unwrap();
        assert_eq!(answer.status, 401, "{value}");
        assert_eq!(answer.json(), json!({ "errors": [{ "code": 900_901, "message": "Invalid Credentials" }] }));
    }
}
