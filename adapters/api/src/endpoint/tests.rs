//! The table of addresses, and what is none.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

const A: &str = "018f0000-0000-7000-8000-00000000000a";
const B: &str = "018f0000-0000-7000-8000-00000000000b";
const C: &str = "018f0000-0000-7000-8000-00000000000c";

fn parse(request: &str) -> Result<Endpoint, Refusal> {
    let (method, target) = request.split_once(' ').expect("a method and an address");
    let target = target.replace("{a}", A).replace("{b}", B).replace("{c}", C);
    let (path, query) = target.split_once('?').map_or((target.as_str(), None), |(path, query)| (path, Some(query)));
    Endpoint::parse(&method.parse().expect("a method"), path, query)
}

fn faults(request: &str) -> Vec<String> {
    match parse(request) {
        Err(Refusal::Malformed(faults)) => faults.iter().map(ToString::to_string).collect(),
        other => panic!("{request}: {other:?}"),
    }
}

fn list(request: &str) -> NotificationList {
    match parse(request) {
        Ok(Endpoint::ListNotifications(list)) => list,
        other => panic!("{request}: {other:?}"),
    }
}

const OPERATIONS: &[(&str, &str, bool)] = &[
    ("POST /teledossiers/v1/folders", "create_folder", true),
    ("GET /teledossiers/v1/folders/{a}", "get_folder", false),
    ("PATCH /teledossiers/v1/folders/{a}", "update_folder", true),
    ("DELETE /teledossiers/v1/folders/{a}", "delete_folder", false),
    ("PUT /teledossiers/v1/folders/{a}/attachments/{b}", "upload", true),
    ("GET /teledossiers/v1/notifications", "list_notifications", false),
    ("DELETE /teledossiers/v1/notifications/{a}", "delete_notification", false),
    ("PUT /teledossiers/v1/cases/migrate", "migrate_cases", true),
    ("GET /teledossiers/v1/attachmentsIdsForPurge", "list_purges", false),
    ("PUT /teledossiers/v1/idsPurged", "note_purged", true),
    ("GET /teledossiers/v1/cases/{a}", "get_case", false),
    ("PATCH /teledossiers/v1/cases/{a}", "update_case", true),
    ("GET /teledossiers/v1/cases/{a}/attachments/{b}", "download_case_attachment", false),
    ("POST /teledossiers/v1/cases/{a}/events", "create_event", true),
    ("GET /teledossiers/v1/cases/{a}/events/{b}", "get_event", false),
    ("PATCH /teledossiers/v1/cases/{a}/events/{b}", "update_event", true),
    ("DELETE /teledossiers/v1/cases/{a}/events/{b}", "delete_event", false),
    ("PUT /teledossiers/v1/cases/{a}/events/{b}/attachments/{c}", "upload", true),
    ("GET /teledossiers/v1/cases/{a}/events/{b}/attachments/{c}", "download_event_attachment", false),
    ("POST /referential/v1/organizations", "create_organization", true),
    ("GET /referential/v1/organizations/SI-22770001000019-77372", "get_organization", false),
    ("GET /referential/v1/organizations", "list_organizations", false),
    ("PUT /referential/v1/organizations/SI-22770001000019-77372", "update_organization", true),
    ("GET /referential/v1/processes", "list_processes", false),
    ("PUT /referential/v1/processes/CERTDC", "update_process", true),
    ("GET /referential/v1/subscriptions", "list_subscriptions", false),
    ("PUT /referential/v1/subscriptions/{a}", "update_subscription", true),
    ("POST /referential/v1/processes", "create_process", true),
    ("GET /referential/v1/processes/CERTDC", "get_process", false),
    ("POST /referential/v1/subscriptions", "create_subscription", true),
    ("GET /referential/v1/subscriptions/{a}", "get_subscription", false),
    ("POST /navette/v1/credentials", "create_credential", true),
    ("GET /navette/v1/credentials", "list_credentials", false),
    ("POST /navette/v1/credentials/client-1/rotate", "rotate_credential", true),
    ("GET /navette/v1/retention", "list_retention", false),
    ("DELETE /navette/v1/credentials/client-1", "delete_credential", false),
];

#[test]
fn each_operation_has_its_address_and_every_name_is_reached() {
    let mut reached = HashSet::new();
    for (request, name, takes_body) in OPERATIONS {
        let endpoint = parse(request).unwrap_or_else(|refusal| panic!("{request}: {refusal:?}"));
        assert_eq!((endpoint.name(), endpoint.takes_body()), (*name, *takes_body), "{request}");
        assert_eq!(endpoint.is_upload(), *name == "upload", "{request}");
        reached.insert(endpoint.name());
    }
    assert_eq!(reached, Endpoint::NAMES.iter().copied().collect());
    assert_eq!(reached.len(), Endpoint::NAMES.len(), "no two operations share a name");
}

#[test]
fn what_an_address_says_reaches_the_operation_in_its_order() {
    let Ok(Endpoint::Upload(Target::Event { case, event, attachment })) =
        parse("PUT /teledossiers/v1/cases/{a}/events/{b}/attachments/{c}")
    else {
        panic!("an upload to an event");
    };
    assert_eq!([case.to_string(), event.to_string(), attachment.to_string()], [A, B, C]);
    let Ok(Endpoint::GetOrganization(key)) = parse("GET /referential/v1/organizations/SI%2D22770001000019-77372")
    else {
        panic!("an organization");
    };
    assert_eq!(key.to_string(), "SI-22770001000019-77372");
    assert!(
        matches!(parse("GET /teledossiers/v1/cases/018F0000-0000-7000-8000-00000000000A"), Ok(Endpoint::GetCase(id, false)) if id.to_string() == A)
    );
}

#[test]
fn an_unknown_address_is_not_found_whatever_the_method() {
    for path in [
        "",
        "/",
        "/teledossiers",
        "/teledossiers/v1",
        "/teledossiers/v1/",
        "/teledossiers/v2/folders",
        "/teledossiers/v1/folders/",
        "/teledossiers/v1/folders/{a}/",
        "//teledossiers/v1/folders",
        "/Teledossiers/v1/folders",
        "/teledossiers/v1/folders/{a}/attachments",
        "/teledossiers/v1/cases",
        "/teledossiers/v1/cases/{a}/events/{b}/attachments",
        "/teledossiers/v1/cases/{a}/events/{b}/attachments/{c}/more",
        "/teledossiers/v1/a/b/c/d/e/f/g/h/i",
        "/teledossiers/v1/attachmentsIdsForPurge/more",
        "/referential/v1/things",
        "/navette/v1/credentials/",
        "/token",
    ] {
        for method in ["GET", "POST", "BREW"] {
            assert_eq!(parse(&format!("{method} {path}")).expect_err(path), Refusal::UnknownPath, "{method} {path}");
        }
    }
}

#[test]
fn a_known_address_with_another_method_says_what_is_allowed() {
    for (request, allowed) in [
        ("GET /teledossiers/v1/folders", "POST"),
        ("PUT /teledossiers/v1/folders/{a}", "GET, PATCH, DELETE"),
        ("GET /teledossiers/v1/folders/{a}/attachments/{b}", "PUT"),
        ("POST /teledossiers/v1/notifications", "GET"),
        ("GET /teledossiers/v1/notifications/{a}", "DELETE"),
        ("HEAD /teledossiers/v1/cases/{a}", "GET, PATCH"),
        ("PUT /teledossiers/v1/cases/{a}/attachments/{b}", "GET"),
        ("GET /teledossiers/v1/cases/{a}/events", "POST"),
        ("BREW /teledossiers/v1/cases/{a}/events/{b}", "GET, PATCH, DELETE"),
        ("DELETE /teledossiers/v1/cases/{a}/events/{b}/attachments/{c}", "GET, PUT"),
        ("PUT /referential/v1/organizations", "GET, POST"),
        ("DELETE /referential/v1/processes/CERTDC", "GET, PUT"),
        ("PUT /navette/v1/credentials", "GET, POST"),
        ("GET /navette/v1/credentials/client-1/rotate", "POST"),
        ("GET /navette/v1/credentials/client-1", "DELETE"),
    ] {
        assert_eq!(parse(request).expect_err(request), Refusal::UnknownMethod(allowed), "{request}");
        let listed: Vec<_> = allowed.split(", ").collect();
        let path = request.split_once(' ').expect("a method and an address").1;
        for method in listed {
            assert!(!matches!(parse(&format!("{method} {path}")), Err(Refusal::UnknownMethod(_))), "{method} {path}");
        }
    }
}

#[test]
fn every_malformed_identifier_of_an_address_is_named_in_the_words_of_the_contract() {
    assert_eq!(faults("GET /teledossiers/v1/folders/xyz"), ["[folderId] Input string \"xyz\" is not a valid UUID"]);
    assert_eq!(
        faults("PUT /teledossiers/v1/cases/1/events/2/attachments/3"),
        [
            "[caseId] Input string \"1\" is not a valid UUID",
            "[eventId] Input string \"2\" is not a valid UUID",
            "[attachmentId] Input string \"3\" is not a valid UUID",
        ]
    );
    for other in
        ["{a}0", "018f000000007000800000000000000a", "urn:uuid:{a}", "%7B{a}%7D", "..%2F..%2Fetc", "%00", "%FF"]
    {
        assert_eq!(faults(&format!("DELETE /teledossiers/v1/notifications/{other}")).len(), 1, "{other}");
    }
    assert!(faults("GET /referential/v1/organizations/SI-1-2").concat().contains("SI-22770001000019-77372"));
    assert!(faults("GET /referential/v1/processes/a%20b").concat().starts_with("[code] Input string \"ab\""));
    assert!(faults("DELETE /navette/v1/credentials/a.b").concat().starts_with("[client_id]"));
}

#[test]
fn a_message_repeats_only_a_little_of_what_was_sent_and_nothing_unprintable() {
    let message = faults(&format!("GET /teledossiers/v1/folders/%22%0A%1B[31m{}", "y".repeat(5_000))).concat();
    assert!(message.contains("\"[31myyy"), "{message}");
    assert!(message.len() < 130 && !message.contains(char::is_control), "{message}");
}

#[test]
fn an_inbox_is_asked_for_by_number_and_by_process() {
    let plain = list("GET /teledossiers/v1/notifications");
    assert_eq!((plain.query.limit, plain.query.offset, plain.event_details), (None, 0, false));
    assert!(plain.query.processes.is_empty() && plain.query.priority.is_empty());

    let asked = list(
        "GET /teledossiers/v1/notifications?maxResult=100000&processCode=CERTDC,RSA&processCode=EtatCivil%2C%20OTV&processPriority=RSA&eventDetails=true&offSet=7",
    );
    let codes = |codes: &[ProcessCode]| codes.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(codes(&asked.query.processes), ["CERTDC", "RSA", "EtatCivil", "OTV"]);
    assert_eq!(codes(&asked.query.priority), ["RSA"]);
    assert_eq!((asked.query.limit, asked.query.offset, asked.event_details), (Some(100_000), 7, true));
    assert_eq!(list("GET /teledossiers/v1/notifications?offset=3&").query.offset, 3);
}

#[test]
fn all_faults_of_a_query_are_listed_at_once() {
    let found = faults(
        "GET /teledossiers/v1/notifications?maxResult=abc&offSet=-1&eventDetails=yes&processCode=%3Cb%3E&colour=red&sort=",
    );
    let wrong_type = "Instance type (string) does not match any allowed primitive type (allowed: [\"integer\",\"number\"]); give a whole number";
    assert_eq!(
        found,
        [
            format!("maxResult: {wrong_type}"),
            format!("offSet: {wrong_type}"),
            "eventDetails: is neither true nor false; give one of them".to_owned(),
            "processCode: holds a value that is not a process code; correct it".to_owned(),
            "Query parameter 'colour' is unexpected; remove it".to_owned(),
            "Query parameter 'sort' is unexpected; remove it".to_owned(),
        ]
    );
}

#[test]
fn a_page_has_at_least_one_row_and_a_whole_number_of_them() {
    for (value, words) in [
        ("0", "less than 1"),
        ("", "Instance type"),
        ("25.0", "Instance type"),
        ("1e3", "Instance type"),
        ("+5", "Instance type"),
        ("99999999999999999999999", "too large"),
    ] {
        let message = faults(&format!("GET /teledossiers/v1/notifications?maxResult={value}")).concat();
        assert!(message.starts_with("maxResult: ") && message.contains(words), "{value}: {message}");
    }
}

#[test]
fn a_case_is_light_when_asked_and_only_then() {
    for (query, expected) in [("", false), ("?lite=false", false), ("?lite=true", true)] {
        let endpoint = parse(&format!("GET /teledossiers/v1/cases/{{a}}{query}"));
        assert!(matches!(endpoint, Ok(Endpoint::GetCase(_, lite)) if lite == expected), "{query}");
    }
    for query in ["lite", "lite=", "lite=1", "lite=TRUE"] {
        assert_eq!(faults(&format!("GET /teledossiers/v1/cases/{{a}}?{query}")).len(), 1, "{query}");
    }
}

#[test]
fn where_no_parameter_is_known_any_parameter_is_unexpected() {
    for (request, _, _) in OPERATIONS {
        assert_eq!(
            faults(&format!("{request}?x%0Ay=1")),
            ["Query parameter 'xy' is unexpected; remove it"],
            "{request}"
        );
    }
    assert_eq!(faults("GET /teledossiers/v1/folders/xyz?lite=true").len(), 2, "address and query together");
}

#[test]
fn the_codes_of_a_query_are_limited() {
    let many = vec!["A"; 201].join(",");
    let message = faults(&format!("GET /teledossiers/v1/notifications?processPriority={many}")).concat();
    assert!(message.contains("more than 200"), "{message}");
}

proptest! {
    #[test]
    fn any_address_is_answered(method in "[A-Z]{1,9}", path in "/[ -~]{0,120}", query in proptest::option::of("[ -~]{0,120}")) {
        let method = method.parse().expect("a method");
        drop(Endpoint::parse(&method, &path, query.as_deref()));
    }

    #[test]
    fn any_part_of_a_known_address_is_answered(id in "\\PC{0,60}", query in "\\PC{0,60}") {
        for (request, _, _) in OPERATIONS {
            let (method, path) = request.split_once(' ').expect("a method and an address");
            let path = path.replace("{a}", &id).replace("{b}", &id).replace("{c}", &id);
            if let Err(Refusal::Malformed(faults)) = Endpoint::parse(&method.parse().expect("a method"), &path, Some(&query)) {
                prop_assert!(!faults.is_empty());
                prop_assert!(faults.iter().all(|fault| fault.to_string().is_ascii()));
            }
        }
    }
}
