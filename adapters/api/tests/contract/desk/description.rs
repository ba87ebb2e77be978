//! Every answer that any test gets is one that the description of the interface announces.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use http::Method;
use jsonschema::Validator;
use navette_adapter_api::catalogue::CATALOGUE;
use navette_adapter_api::{Operation, openapi};
use serde_json::{Value, json};

use super::Got;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut document = openapi::document();
    close(&mut document["components"]["schemas"]);
    document
});

static VALIDATORS: LazyLock<Mutex<HashMap<String, &'static Validator>>> = LazyLock::new(Mutex::default);

/// The document says what answers have; here they may have nothing else.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(close);
            if object.get("type") == Some(&json!("object")) {
                object.insert("unevaluatedProperties".to_owned(), json!(false));
            }
        }
        Value::Array(list) => list.iter_mut().for_each(close),
        _ => {}
    }
}

/// The schema of what `operation` answers with `status`; nothing when that is no JSON.
fn schema(operation: Operation, method: &Method, path: &str, status: u16) -> Option<&'static Validator> {
    let matches = |template: &str| {
        let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
        template.len() == path.len()
            && template.iter().zip(path).all(|(part, given)| part.starts_with('{') || *part == given)
    };
    let address = operation.addresses().iter().filter_map(|address| address.split_once(' '));
    let (_, template) = address.into_iter().find(|(_, template)| matches(template)).expect("one of its addresses");
    let place = format!("{method} {template} {status}");
    let mut validators = VALIDATORS.lock().expect("no test panicked here");
    if let Some(validator) = validators.get(&place) {
        return Some(validator);
    }
    let answer = &DOCUMENT["paths"][template][method.as_str().to_ascii_lowercase()]["responses"][status.to_string()];
    assert!(answer.is_object(), "{place} is not described");
    let schema = answer.pointer("/content/application~1json/schema")?;
    let root = json!({ "allOf": [schema], "components": DOCUMENT["components"] });
    let validator = jsonschema::options().should_validate_formats(true).build(&root).expect("a valid schema");
    let validator = &*Box::leak(Box::new(validator));
    validators.insert(place, validator);
    Some(validator)
}

/// The answer must be one that is described.
#[track_caller]
pub(super) fn agrees(operation: Operation, method: &Method, path: &str, got: &Got) {
    if got.status >= 400 {
        for message in got.messages() {
            let known = CATALOGUE.iter().any(|complaint| complaint.status == got.status && complaint.covers(&message));
            assert!(known, "{} {message:?} is not in the catalogue", got.status);
        }
    }
    let Some(validator) = schema(operation, method, path, got.status) else { return };
    let body = got.json();
    let faults: Vec<_> =
        validator.iter_errors(&body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(faults.is_empty(), "{method} {path} {}: {faults:?} in {body}", got.status);
}
