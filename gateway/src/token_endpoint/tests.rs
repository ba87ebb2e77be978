use proptest::prelude::*;

use super::*;

const FORM: &str = "application/x-www-form-urlencoded";

fn parse(headers: &[(&str, &str)], body: &str) -> Result<(String, String, Vec<Scope>), Refusal> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(http::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
    }
    let request = TokenRequest::parse(&map, body.as_bytes())?;
    Ok((request.client_id, request.client_secret.expose_secret().to_owned(), request.scopes))
}

fn basic_header(text: &str) -> String {
    format!("Basic {}", BASIC.encode(text))
}

fn expected(scopes: &[Scope]) -> Result<(String, String, Vec<Scope>), Refusal> {
    Ok(("me".to_owned(), "s3 cret".to_owned(), scopes.to_vec()))
}

#[test]
fn the_client_may_come_by_basic_authentication() {
    let header = basic_header("me:s3+cret");
    let body = "grant_type=client_credentials&scope=OSL";
    assert_eq!(parse(&[("authorization", &header), ("content-type", FORM)], body), expected(&[Scope::Osl]));
    let unpadded = header.trim_end_matches('=').replace("Basic", "basic");
    assert_eq!(parse(&[("authorization", &unpadded)], body), expected(&[Scope::Osl]));
}

#[test]
fn the_client_may_come_in_the_form() {
    let body = "grant_type=client_credentials&client_id=me&client_secret=s3%20cret&scope=SI+ADMIN+SI";
    assert_eq!(parse(&[("content-type", FORM)], body), expected(&[Scope::Si, Scope::Admin]));
}

#[test]
fn the_client_may_come_as_json() {
    let body = r#"{"grant_type":"client_credentials","client_id":"me","client_secret":"s3 cret","scope":null,"x":1}"#;
    assert_eq!(parse(&[("content-type", "application/json; charset=utf-8")], body), expected(&[]));
    assert_eq!(parse(&[], body), expected(&[]));
}

#[test]
fn a_client_may_repeat_itself_but_not_contradict_itself() {
    let header = basic_header("me:s3%20cret");
    let same = "grant_type=client_credentials&client_id=me&client_secret=s3+cret";
    assert_eq!(parse(&[("authorization", &header)], same), expected(&[]));
    let other = "grant_type=client_credentials&client_id=you";
    assert!(matches!(parse(&[("authorization", &header)], other), Err(Refusal::InvalidRequest(_))));
}

#[test]
fn what_is_wrong_is_named_as_the_rfc_asks() {
    let with = |body: &str| parse(&[("content-type", FORM)], body).unwrap_err().code();
    assert_eq!(with(""), "invalid_request");
    assert_eq!(with("grant_type=password"), "unsupported_grant_type");
    assert_eq!(with("grant_type=client_credentials"), "invalid_client");
    assert_eq!(with("grant_type=client_credentials&client_id=me"), "invalid_client");
    assert_eq!(with("grant_type=client_credentials&scope=ROOT&client_id=me&client_secret=x"), "invalid_scope");
    assert_eq!(with("grant_type=client_credentials&grant_type=client_credentials"), "invalid_request");
    assert_eq!(with("grant_type=%"), "invalid_request");
    assert_eq!(parse(&[("content-type", "application/json")], "[]").unwrap_err().code(), "invalid_request");
    for header in ["Bearer abc", "Basic", "Basic ???", "Basic bm9jb2xvbg=="] {
        let refusal = parse(&[("authorization", header)], "grant_type=client_credentials").unwrap_err();
        assert_eq!(refusal, Refusal::InvalidClient, "{header}");
    }
}

#[test]
fn a_refused_client_gets_401_with_a_json_body_and_everything_else_400() {
    for refusal in
        [Refusal::InvalidRequest("x"), Refusal::InvalidClient, Refusal::UnsupportedGrantType, Refusal::InvalidScope]
    {
        assert!(REFUSAL_CODES.contains(&refusal.code()));
        let answer = refusal.answer();
        let unauthorized = refusal == Refusal::InvalidClient;
        assert_eq!(answer.status(), if unauthorized { 401 } else { 400 });
        assert_eq!(answer.headers().contains_key(WWW_AUTHENTICATE), unauthorized);
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/json");
        let Body::Full(bytes) = answer.into_body() else { panic!("a body") };
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&bytes).unwrap()["error"], refusal.code());
    }
}

#[test]
fn a_token_is_given_with_200_and_not_stored() {
    let answer = granted("abc", Duration::from_secs(3600), Scope::Osl);
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
    let Body::Full(bytes) = answer.into_body() else { panic!("a body") };
    let body: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(
        body,
        serde_json::json!({ "access_token": "abc", "token_type": "Bearer", "expires_in": 3600, "scope": "OSL" })
    );
}

proptest! {
    #[test]
    fn any_request_for_a_token_is_answered(
        body in prop::collection::vec(any::<u8>(), 0..300),
        kind in "(application/(json|x-www-form-urlencoded)|\\PC{0,30})",
        authorization in "(Basic )?\\PC{0,60}",
    ) {
        let value = |text: String| http::HeaderValue::try_from(text).ok();
        let headers = [(http::header::CONTENT_TYPE, value(kind)), (http::header::AUTHORIZATION, value(authorization))];
        let headers = headers.into_iter().filter_map(|(name, value)| Some((name, value?)));
        drop(TokenRequest::parse(&headers.collect(), &body));
    }

    #[test]
    fn any_form_that_looks_like_one_is_answered(body in "((grant_type|scope|client_id|client_secret|x)=[a-zA-Z%+0-9]{0,12}&?){0,6}") {
        drop(parse(&[("content-type", FORM)], &body));
    }

    #[test]
    fn every_client_and_secret_come_through_basic_authentication(me in "[a-zA-Z0-9_-]{1,64}", secret in "[ -~]{1,64}") {
        let encoded: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let header = basic_header(&format!("{me}:{encoded}"));
        let parsed = parse(&[("authorization", &header)], "grant_type=client_credentials");
        prop_assert_eq!(parsed, Ok((me, secret, Vec::new())));
    }
}
