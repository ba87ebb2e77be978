//! The description of the interface, to be read by a person.

use std::fmt::Write as _;

use serde_json::Value;

use super::html::{escaped, prose, whole};

/// How deep nested properties are shown.
const DEPTH_MAX: usize = 6;

/// The page.
pub(super) fn interface(document: &Value) -> String {
    let mut navigation = String::new();
    let mut sections = String::new();
    for tag in rows(&document["tags"]) {
        let name = text(&tag["name"]);
        let operations = operations(document, name);
        navigation +=
            &format!("<li><a href=\"#{0}\">{0}</a> <small>{1}</small></li>\n", escaped(name), operations.len());
        sections += &format!(
            "<section id=\"{0}\">\n<h2>{0}</h2>\n<p>{1}</p>\n",
            escaped(name),
            prose(text(&tag["description"]))
        );
        for (method, path, operation) in operations {
            sections += &section(document, method, path, operation);
        }
        sections += "</section>\n";
    }
    let body = format!(
        "<nav aria-label=\"Contents\">\n<h1>Navette</h1>\n<p>{}</p>\n<ul>\n{navigation}</ul>\n\
         <p><a href=\"/docs/errors\">Errors, their causes and remedies</a></p>\n<p><a href=\"/openapi.json\">openapi.json</a></p>\n</nav>\n\
         <main>\n<p>{}</p>\n<pre>curl -u CLIENT_ID:CLIENT_SECRET -d grant_type=client_credentials HUB/token\n\
         curl -H 'Authorization: Bearer TOKEN' HUB/teledossiers/v1/notifications</pre>\n\
         <p>A property with a <code>?</code> may be absent from a request. Every answer carries an <code>X-Request-Id</code>.</p>\n{sections}</main>\n",
        escaped(&format!("Version {}", text(&document["info"]["version"]))),
        prose(text(&document["info"]["summary"])),
    );
    whole("Navette: the interface", &body)
}

fn rows(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The operations of a group, in the order of the document.
fn operations<'a>(document: &'a Value, tag: &str) -> Vec<(&'a str, &'a str, &'a Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (method.as_str(), path.as_str(), operation))
    });
    all.filter(|(.., operation)| rows(&operation["tags"]).any(|name| name == tag)).collect()
}

fn section(document: &Value, method: &str, path: &str, operation: &Value) -> String {
    let mut section = format!(
        "<details id=\"{}\">\n<summary><b class=\"{method}\">{}</b> <code>{}</code> <span>{}</span></summary>\n",
        escaped(text(&operation["operationId"])),
        method.to_ascii_uppercase(),
        escaped(path),
        prose(text(&operation["summary"])),
    );
    let scopes: Vec<&str> = rows(&operation["security"][0]["oauth2"]).map(text).collect();
    if !scopes.is_empty() {
        section += &format!("<p>Scopes: <code>{}</code></p>\n", scopes.join("</code>, <code>"));
    }
    section += &parameters(operation);
    if let Some(content) = operation["requestBody"]["content"].as_object() {
        for (media_type, content) in content {
            section += &format!("<h3>Body: <code>{}</code></h3>\n", escaped(media_type));
            section += &table(document, &content["schema"]);
            if !content["example"].is_null() {
                let example = serde_json::to_string_pretty(&content["example"]).unwrap_or_default();
                section += &format!("<pre>{}</pre>\n", escaped(&example));
            }
        }
    }
    section += "<h3>Answers</h3>\n<dl>\n";
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        section += &format!("<dt>{status}</dt><dd>{}", prose(text(&answer["description"])));
        if status.starts_with('2') {
            section += &table(document, &answer["content"]["application/json"]["schema"]);
        }
        section += "</dd>\n";
    }
    section + "</dl>\n</details>\n"
}

fn parameters(operation: &Value) -> String {
    let mut table = String::new();
    for parameter in rows(&operation["parameters"]) {
        let required = if parameter["required"] == true { " (required)" } else { "" };
        writeln!(
            table,
            "<tr><td><code>{}</code></td><td>{}{required}</td><td>{}</td></tr>",
            escaped(text(&parameter["name"])),
            escaped(text(&parameter["in"])),
            prose(text(&parameter["description"])),
        )
        .expect("invariant: a string takes whatever is written to it");
    }
    if table.is_empty() {
        return table;
    }
    format!(
        "<h3>Parameters</h3>\n<table><thead><tr><th>Name</th><th>In</th><th>Meaning</th></tr></thead><tbody>\n{table}</tbody></table>\n"
    )
}

fn table(document: &Value, schema: &Value) -> String {
    let mut rows = Vec::new();
    properties(document, schema, "", &mut rows, 0);
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "<table><thead><tr><th>Property</th><th>Type</th><th>Meaning</th></tr></thead><tbody>\n{}</tbody></table>\n",
        rows.concat()
    )
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema["$ref"].as_str().and_then(|reference| document.pointer(reference.trim_start_matches('#')));
    // What may be null is one of two: the thing itself, or nothing.
    let inner = reference.or_else(|| super::page::rows(&schema["anyOf"]).find(|part| part["type"] != "null"));
    inner.map_or(schema, |inner| resolved(document, inner))
}

fn properties(document: &Value, schema: &Value, prefix: &str, table: &mut Vec<String>, depth: usize) {
    let schema = resolved(document, schema);
    if depth >= DEPTH_MAX {
        return;
    }
    if schema["items"].is_object() {
        return properties(document, &schema["items"], &format!("{prefix}[]"), table, depth + 1);
    }
    let required: Vec<&str> = rows(&schema["required"]).map(text).collect();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        let mark = if required.contains(&name.as_str()) { "" } else { "?" };
        let description = match text(&property["description"]) {
            "" => text(&resolved(document, property)["description"]),
            own => own,
        };
        table.push(format!(
            "<tr><td><code>{}{mark}</code></td><td>{}</td><td>{}</td></tr>\n",
            escaped(&path),
            escaped(&kind(document, property)),
            prose(description)
        ));
        properties(document, property, &path, table, depth + 1);
    }
}

/// What a property is, in a few words.
fn kind(document: &Value, property: &Value) -> String {
    let schema = resolved(document, property);
    let words: Vec<&str> = rows(&schema["enum"]).filter_map(Value::as_str).collect();
    if !words.is_empty() {
        return words.join(" | ");
    }
    let name = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or_default(),
        other => text(other),
    };
    match (name, text(&schema["format"]), &schema["maxLength"]) {
        (name, "", Value::Number(most)) => format!("{name}, at most {most}"),
        (name, "", _) => name.to_owned(),
        (_, format, _) => format.to_owned(),
    }
}
