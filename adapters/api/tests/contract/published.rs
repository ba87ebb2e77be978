//! Every operation and every field of the four published interface files is in our own description: `docs/contract.md` is the table.

use std::fmt::Write as _;
use std::path::Path;

use navette_adapter_api::openapi;
use serde::Deserialize;
use serde_json::Value;

/// What the published files hold: names, no text.
const INTERFACES: &str = include_str!("../published/interfaces.json");

/// What the files name and the hub has no use for: a request that holds it is served as if it did not.
const PASSED_OVER: &[(&str, &str, &str)] = &[
    ("POST /teledossiers/v1/folders", "request closeDateTime", "a new folder is not closed; `PATCH` closes it"),
    ("POST /referential/v1/subscriptions", "request updateDateTime", "the hub dates changes"),
    ("PUT /referential/v1/subscriptions/{subscriptionId}", "request updateDateTime", "the hub dates changes"),
    (
        "GET /teledossiers/v1/cases/{caseId}/events/{eventId}/attachments/{attachmentId}",
        "parameter header digest",
        "a digest of what is asked for; the answer has it",
    ),
    ("GET /referential/v1/organizations", "status 404", "a list of nothing is an empty list, with 200"),
];

#[derive(Deserialize)]
struct Interface {
    interface: String,
    version: String,
    operations: Vec<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    operation: String,
    parameters: Vec<String>,
    request: Vec<String>,
    answer: Vec<String>,
    statuses: Vec<u16>,
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).expect("a component"),
        None => schema,
    }
}

/// Whether a schema has what `path` names: properties, and `[]` for the elements of a list.
fn has(document: &Value, schema: &Value, path: &str) -> bool {
    let schema = resolved(document, schema);
    let parts = ["allOf", "anyOf"].into_iter().filter_map(|word| schema[word].as_array()).flatten();
    if parts.into_iter().any(|part| has(document, part, path)) {
        return true;
    }
    if path.is_empty() {
        return schema.is_object();
    }
    let (head, rest) = path.split_once('.').unwrap_or((path, ""));
    let (name, lists) =
        head.split_once("[]").map_or((head, 0), |_| (head.trim_end_matches("[]"), head.matches("[]").count()));
    let mut inner = if name.is_empty() { schema } else { &schema["properties"][name] };
    for _ in 0..lists {
        inner = &resolved(document, inner)["items"];
    }
    !inner.is_null() && has(document, inner, rest)
}

/// What of an operation is missing, and how much there is.
fn compare(
    document: &Value,
    published: &Operation,
    missing: &mut Vec<String>,
    passed_over: &mut Vec<String>,
) -> [usize; 4] {
    let (method, path) = published.operation.split_once(' ').expect("a method and a path");
    let ours = &document["paths"][path][method.to_ascii_lowercase()];
    if ours.is_null() {
        missing.push(published.operation.clone());
        return [0; 4];
    }
    let mut miss = |what: &str, name: &str| {
        let absent = format!("{what} {name}");
        match PASSED_OVER.iter().find(|row| row.0 == published.operation && row.1 == absent) {
            Some((_, _, reason)) => passed_over.push(format!("`{}`: {absent}: {reason}", published.operation)),
            None => missing.push(format!("{}: {absent}", published.operation)),
        }
    };
    for parameter in &published.parameters {
        let (place, name) = parameter.split_once(' ').expect("a place and a name");
        let known =
            ours["parameters"].as_array().into_iter().flatten().any(|ours| ours["in"] == place && ours["name"] == name);
        if !known {
            miss("parameter", parameter);
        }
    }
    for field in &published.request {
        let content = &ours["requestBody"]["content"];
        let known = match field.as_str() {
            "(bytes)" => content["application/octet-stream"].is_object(),
            field => has(document, &content["application/json"]["schema"], field),
        };
        if !known {
            miss("request", field);
        }
    }
    let success = ours["responses"].as_object().expect("answers").iter().find(|(status, _)| status.starts_with('2'));
    let answer = success.expect("a success").1;
    for field in &published.answer {
        let known = match field.split_once(' ') {
            Some((_, header)) => answer["headers"][header].is_object(),
            None if field == "(bytes)" => answer["content"]["application/octet-stream"].is_object(),
            None => has(document, &answer["content"]["application/json"]["schema"], field),
        };
        if !known {
            miss("answer", field);
        }
    }
    for status in &published.statuses {
        if ours["responses"][status.to_string()].is_null() {
            miss("status", &status.to_string());
        }
    }
    [&published.parameters, &published.request, &published.answer]
        .map(Vec::len)
        .into_iter()
        .chain([published.statuses.len()])
        .collect::<Vec<_>>()
        .try_into()
        .expect("four counts")
}

#[test]
fn every_operation_and_every_field_of_the_published_interfaces_is_answered() {
    let document = openapi::document();
    let interfaces: Vec<Interface> = serde_json::from_str(INTERFACES).expect("the published names");
    let (mut missing, mut passed_over) = (Vec::new(), Vec::new());
    let mut page = String::from(
        "# The published contract\n\n\
         <!-- Generated from our own description; UPDATE=1 cargo test -p navette-adapter-api published rewrites it. -->\n\n\
         What the four published interface files of HubEE V1 name, and that `/openapi.json` has: for each operation how many\n\
         parameters, properties of the request, properties of the answer, and statuses. A test fails when one is missing.\n",
    );
    let mut total = [0; 5];
    for interface in &interfaces {
        write!(
            page,
            "\n## {} {}\n\n| operation | parameters | request | answer | statuses |\n| --- | --- | --- | --- | --- |\n",
            interface.interface, interface.version
        )
        .expect("a string");
        for operation in &interface.operations {
            let before = missing.len();
            let counts = compare(&document, operation, &mut missing, &mut passed_over);
            if missing.len() == before {
                let [parameters, request, answer, statuses] = counts;
                writeln!(page, "| `{}` | {parameters} | {request} | {answer} | {statuses} |", operation.operation)
                    .expect("a string");
                total.iter_mut().zip([1].into_iter().chain(counts)).for_each(|(sum, count)| *sum += count);
            }
        }
    }
    let [operations, parameters, request, answer, statuses] = total;
    assert!(missing.is_empty(), "{missing:#?}");
    write!(
        page,
        "\n## In all\n\n{operations} operations of {}, {parameters} parameters, {request} properties of requests, {answer} of answers, \
         {statuses} statuses: 100 %.\n\nPassed over, each for its reason:\n\n",
        interfaces.iter().map(|interface| interface.operations.len()).sum::<usize>(),
    )
    .expect("a string");
    assert_eq!(passed_over.len(), PASSED_OVER.len(), "what is passed over is absent");
    passed_over.iter().for_each(|row| writeln!(page, "* {row}").expect("a string"));
    committed("docs/contract.md", &page);
}

/// Compares the page at `path`, from the root of the repository, with what it should be; with `UPDATE=1` it is rewritten.
fn committed(path: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(&path, generated).expect("the page is written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == generated, "{} is out of date: run the test again with UPDATE=1", path.display());
}
