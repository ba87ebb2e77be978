//! Each failure and its answer.

use navette_router::Noun;
use serde_json::{Value, json};

use super::*;

fn read(response: Response<Body>) -> (u16, Value) {
    let status = response.status().as_u16();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    match response.into_body() {
        Body::Full(bytes) => (status, serde_json::from_slice(&bytes).expect("JSON")),
        other => panic!("{other:?}"),
    }
}

fn one(code: u32, message: &str) -> Value {
    json!({ "errors": [{ "code": code, "message": message }] })
}

#[test]
fn every_fault_is_one_element() {
    let mut faults = Faults::default();
    faults.add("externalId", "required property is missing; add it");
    faults.add("", "Bad request");
    let (status, body) = read(error(&Error::Invalid(faults)));
    assert_eq!(status, 400);
    assert_eq!(
        body,
        json!({ "errors": [
            { "code": 400, "message": "externalId: required property is missing; add it" },
            { "code": 400, "message": "Bad request" },
        ] })
    );
}

#[test]
fn of_more_than_a_hundred_faults_the_rest_is_counted() {
    let mut faults = Faults::default();
    (0..130).for_each(|index| faults.add(format!("cases[{index}]"), "is wrong"));
    let (_, body) = read(error(&Error::Invalid(faults)));
    let errors = body["errors"].as_array().expect("a list");
    assert_eq!(errors.len(), 101);
    assert_eq!(errors[100]["message"], "and 30 more faults");
}

#[test]
fn rights_and_absence_are_answered_in_the_words_of_the_contract() {
    assert_eq!(read(error(&Error::Forbidden)), (403, one(403, "Unauthorized user")));
    for (noun, message) in [
        (Noun::Folder, "Folder is not found"),
        (Noun::Case, "Case is not found"),
        (Noun::Event, "Event is not found"),
        (Noun::Notification, "Notification is not found"),
        (Noun::Metadata, "Binary meta-data is not found"),
        (Noun::File, "File is not found"),
        (Noun::Organization, "Organization is not found"),
        (Noun::Process, "Process is not found"),
        (Noun::Subscription, "Subscription is not found"),
        (Noun::Credential, "Credential is not found"),
        (Noun::Delivery, "Delivery is not found"),
        (Noun::Endpoint, "Endpoint is not found"),
    ] {
        assert_eq!(read(error(&Error::NotFound(noun))), (404, one(404, message)));
    }
}

#[test]
fn who_comes_without_a_token_gets_the_code_of_the_deployed_gateways() {
    let response = unauthenticated();
    assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
    assert_eq!(read(response), (401, one(900_901, "Invalid Credentials")));
}

#[test]
fn a_failing_port_says_whether_to_come_back_and_nothing_of_its_cause() {
    for (kind, status, later) in [
        (ErrorKind::NoSpace, 507, true),
        (ErrorKind::Overloaded, 503, true),
        (ErrorKind::Unavailable, 503, true),
        (ErrorKind::Conflict, 503, true),
        (ErrorKind::TooLong, 400, false),
        (ErrorKind::TooShort, 400, false),
        (ErrorKind::TooLarge, 413, false),
        (ErrorKind::Corrupt, 500, false),
    ] {
        let response = error(&Error::Port(ports::Error::new(kind, "/var/lib/secret")));
        assert_eq!(response.headers().contains_key(header::RETRY_AFTER), later, "{kind:?}");
        let (answered, body) = read(response);
        assert_eq!(answered, status, "{kind:?}");
        assert_eq!(body["errors"][0]["code"], status);
        assert!(!body.to_string().contains("secret"), "{kind:?}");
    }
}

#[test]
fn a_body_that_did_not_come_has_a_status_for_each_reason_and_ends_the_connection() {
    for (fault, status) in [
        (BodyFault::Stalled, 408),
        (BodyFault::TooLarge, 413),
        (BodyFault::Malformed, 400),
        (BodyFault::Disconnected, 400),
    ] {
        let response = failure(&Failure::Body(fault));
        assert_eq!(response.headers()[header::CONNECTION], "close");
        assert_eq!(read(response).0, status, "{fault:?}");
    }
}

#[test]
fn what_an_operation_refuses_by_itself_has_its_own_status() {
    assert_eq!(read(failure(&Failure::NotJson)).0, 415);
    assert_eq!(read(failure(&Failure::JsonTooLarge { max_bytes: 7 })).0, 413);
    assert_eq!(read(failure(&Failure::Digest)).0, 400);
    let response = failure(&Failure::Range { size_bytes: 7 });
    assert_eq!(response.headers()[header::CONTENT_RANGE], "bytes */7");
    assert_eq!(read(response).0, 416);
}

#[test]
fn an_address_that_is_no_operation_is_told_what_it_lacks() {
    assert_eq!(read(refusal(&Refusal::UnknownPath)).0, 404);
    let response = refusal(&Refusal::UnknownMethod("GET, PATCH"));
    assert_eq!(response.headers()[header::ALLOW], "GET, PATCH");
    assert_eq!(read(response), (405, one(405, "Method not allowed; use GET, PATCH")));
    let mut faults = Faults::default();
    faults.add("", "[folderId] Input string \"x\" is not a valid UUID");
    let expected = one(400, "[folderId] Input string \"x\" is not a valid UUID");
    assert_eq!(read(refusal(&Refusal::Malformed(faults))), (400, expected));
}
