//! The document, put together.

use http::StatusCode;
use navette_router::Scope;
use schemars::generate::{Contract, SchemaSettings};
use serde_json::{Map, Value, json};

use super::description::{Description, RequestBody, Success};
use super::operations::{TAGS, describe};
use super::parameter::Parameter;
use crate::endpoint::Operation;
use crate::error::Rows;

/// Where components lie in the document.
const SCHEMAS: &str = "/components/schemas";

/// The description of every operation of the interface.
pub fn document() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.definitions_path = SCHEMAS.into();
            settings.contract = Contract::Serialize;
            settings.meta_schema = None;
        })
        .into_generator();
    generator.subschema_for::<Rows>();
    let mut paths = Map::new();
    for operation in Operation::ALL {
        for (index, address) in operation.addresses().iter().enumerate() {
            let (method, path) = address.split_once(' ').unwrap_or(("GET", address));
            let description = describe(*operation, &mut generator);
            let id = if index == 0 { operation.name().to_owned() } else { format!("{}_of_event", operation.name()) };
            if method == "PATCH" {
                let mut twin = entry(*operation, path, &description, &format!("{id}_with_post"));
                push(&mut twin, &Parameter::method_override());
                twin["responses"]["405"] =
                    failure("The header that makes it a PATCH is missing.", Some("Method not allowed"));
                insert(&mut paths, path, "POST", twin);
            }
            insert(&mut paths, path, method, entry(*operation, path, &description, &id));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Navette",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The exchange hub between online public services and the administrations that process their requests.",
            "license": { "name": "EUPL-1.2", "identifier": "EUPL-1.2" },
        },
        "servers": [{ "url": "/" }],
        "tags": TAGS.iter().map(|(name, description)| json!({ "name": name, "description": description })).collect::<Vec<_>>(),
        "security": [{ "oauth2": [] }],
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": { "oauth2": security() },
        },
    })
}

fn security() -> Value {
    let scopes = [Scope::Osl, Scope::Si, Scope::Admin, Scope::Datapass].map(|scope| {
        let holder = match scope {
            Scope::Osl => "Whoever deposits: an online service.",
            Scope::Si => "Whoever receives one process.",
            Scope::Admin => "Whoever runs the hub.",
            Scope::Datapass => "Whoever enrols organizations.",
        };
        (scope.as_str().to_owned(), Value::from(holder))
    });
    json!({ "type": "oauth2", "flows": { "clientCredentials": { "tokenUrl": "/token", "scopes": Map::from_iter(scopes) } } })
}

fn insert(paths: &mut Map<String, Value>, path: &str, method: &str, operation: Value) {
    let item = paths.entry(path).or_insert_with(|| json!({}));
    item[method.to_ascii_lowercase()] = operation;
}

fn push(operation: &mut Value, parameter: &Parameter) {
    if let Some(Value::Array(parameters)) = operation.get_mut("parameters") {
        parameters.push(parameter.document());
    }
}

fn entry(operation: Operation, path: &'static str, description: &Description, id: &str) -> Value {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = names.map(|name| Parameter::path(name).document()).collect();
    if !path.starts_with("/navette/") {
        parameters.extend(
            Parameter::partner(matches!(operation, Operation::CreateFolder | Operation::CreateEvent))
                .iter()
                .map(Parameter::document),
        );
    }
    parameters.extend(description.parameters.iter().map(Parameter::document));
    let scopes: Vec<&str> = operation.scopes().iter().map(|scope| scope.as_str()).collect();
    let mut entry = json!({
        "operationId": id,
        "tags": [description.tag],
        "summary": operation.summary(),
        "security": [{ "oauth2": scopes }],
        "parameters": parameters,
        "responses": responses(description),
    });
    match &description.body {
        Some(RequestBody::Json { schema, example }) => {
            let content = json!({ "application/json": { "schema": schema, "example": example } });
            entry["requestBody"] = json!({ "required": true, "content": content });
        }
        Some(RequestBody::Bytes) => {
            let schema = json!({ "type": "string", "format": "binary" });
            entry["requestBody"] =
                json!({ "required": true, "content": { "application/octet-stream": { "schema": schema } } });
        }
        None => {}
    }
    entry
}

fn responses(description: &Description) -> Value {
    let mut responses = Map::new();
    let bytes = json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } });
    let text = json!({ "schema": { "type": "string" } });
    let mut add = |status: StatusCode, answer: Value| responses.insert(status.as_str().to_owned(), answer);
    match &description.success {
        Success::Empty => {
            add(StatusCode::NO_CONTENT, json!({ "description": "It is done, and durable." }));
        }
        Success::Json { status, schema } => {
            let content = json!({ "application/json": { "schema": schema } });
            add(*status, json!({ "description": "What was asked for.", "content": content }));
        }
        Success::Page { schema, things } => {
            let range = json!({
                "description": format!("Which rows, of how many: `{things} first-last/total`."),
                "schema": { "type": "string", "pattern": format!("^{things} [0-9]+-[0-9]+/[0-9]+$") },
            });
            let content = json!({ "application/json": { "schema": schema } });
            add(
                StatusCode::OK,
                json!({ "description": "The rows.", "headers": { "Content-Range": range }, "content": content }),
            );
        }
        Success::Bytes => {
            let headers = json!({ "digest": { "description": "SHA-256 of the whole file, in base64.", "schema": { "type": "string" } }, "Accept-Ranges": text });
            add(StatusCode::OK, json!({ "description": "The file.", "headers": headers, "content": bytes }));
            let headers = json!({ "digest": text, "Content-Range": text });
            add(
                StatusCode::PARTIAL_CONTENT,
                json!({ "description": "The part of the file that was asked for.", "headers": headers, "content": bytes }),
            );
            add(
                StatusCode::RANGE_NOT_SATISFIABLE,
                failure("The file has none of the bytes that were asked for.", None),
            );
        }
    }
    add(StatusCode::BAD_REQUEST, failure("What was sent is wrong; every fault is listed.", None));
    add(
        StatusCode::UNAUTHORIZED,
        failure("No token, or one that is no longer valid: ask for another.", Some("Invalid Credentials")),
    );
    add(StatusCode::FORBIDDEN, failure("The credential does not give the right to it.", Some("Unauthorized user")));
    if let Some(message) = description.missing {
        add(StatusCode::NOT_FOUND, failure("There is no such thing.", Some(message)));
    }
    if description.body.is_some() {
        add(StatusCode::REQUEST_TIMEOUT, failure("The body did not come in time.", None));
        add(StatusCode::PAYLOAD_TOO_LARGE, failure("The body is too large.", None));
        add(StatusCode::UNSUPPORTED_MEDIA_TYPE, failure("The body is in a form that is not read.", None));
        add(StatusCode::INSUFFICIENT_STORAGE, failure("The disk is full: try again later.", None));
    }
    add(StatusCode::INTERNAL_SERVER_ERROR, failure("The hub failed: tell its operators the X-Request-Id.", None));
    add(StatusCode::SERVICE_UNAVAILABLE, failure("The hub cannot take it now: try again after Retry-After.", None));
    Value::Object(responses)
}

fn failure(description: &str, message: Option<&str>) -> Value {
    let mut content = json!({ "schema": { "$ref": format!("#{SCHEMAS}/Error") } });
    if let Some(message) = message {
        let code = match message {
            "Invalid Credentials" => 900_901,
            "Unauthorized user" => 403,
            "Method not allowed" => 405,
            _ => 404,
        };
        content["example"] = json!({ "errors": [{ "code": code, "message": message }] });
    }
    json!({ "description": description, "content": { "application/json": content } })
}
