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

/// An address of the interface with something in the place of each parameter.
fn filled(address: &str) -> String {
    let values = [("{id}", "SI-22770001000019-77372"), ("{code}", "CERTDC"), ("{client_id}", "client-1")];
    let filled = values.iter().fold(address.to_owned(), |address, (name, value)| address.replace(name, value));
    let parts = filled.split('/').map(|part| if part.starts_with('{') { A } else { part });
    parts.collect::<Vec<_>>().join("/")
}

fn addresses() -> impl Iterator<Item = &'static str> {
    Operation::ALL.iter().flat_map(|operation| operation.addresses()).copied()
}

#[test]
fn each_operation_is_reached_at_each_of_its_addresses_and_nowhere_else() {
    let mut addresses = HashSet::new();
    let mut names = HashSet::new();
    for operation in Operation::ALL {
        for address in operation.addresses() {
            let endpoint = parse(&filled(address)).unwrap_or_else(|refusal| panic!("{address}: {refusal:?}"));
            assert_eq!(endpoint.operation(), *operation, "{address}");
            assert!(addresses.insert(*address), "{address} is one operation's");
        }
        assert!(names.insert(operation.name()), "{operation:?} shares its name");
    }
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
        "/navette/v1/admin/credentials/",
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
        ("PUT /navette/v1/admin/credentials", "GET, POST"),
        ("GET /navette/v1/admin/credentials/client-1/rotate", "POST"),
        ("GET /navette/v1/admin/credentials/client-1", "DELETE"),
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
    assert!(faults("DELETE /navette/v1/admin/credentials/a.b").concat().starts_with("[client_id]"));
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
    for address in addresses() {
        let request = filled(address);
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
        for address in addresses() {
            let (method, path) = address.split_once(' ').expect("a method and an address");
            let path = path.split('/').map(|part| if part.starts_with('{') { id.as_str() } else { part });
            let path = path.collect::<Vec<_>>().join("/");
            if let Err(Refusal::Malformed(faults)) = Endpoint::parse(&method.parse().expect("a method"), &path, Some(&query)) {
                prop_assert!(!faults.is_empty());
                prop_assert!(faults.iter().all(|fault| fault.to_string().is_ascii()));
            }
        }
    }
}
