//! The reference, generated from the types and their doc comments: a file to start from, and a page to read.

use std::fmt::Write as _;

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::{Configuration, environment};

/// What kind of value a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Boolean,
}

impl Kind {
    pub(super) const fn expected(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Integer => "an integer",
            Self::Boolean => "true or false",
        }
    }
}

/// A key of the configuration.
#[derive(Debug)]
pub(super) struct Key {
    /// Sections, then the key itself.
    pub(super) path: Vec<String>,
    pub(super) kind: Kind,
    documentation: String,
    example: Option<String>,
}

/// Every key.
pub(super) fn keys() -> Vec<Key> {
    let mut keys = Vec::new();
    walk(&schema(), &mut Vec::new(), &mut keys);
    keys
}

fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<Configuration>().to_value()
}

fn walk(schema: &Value, path: &mut Vec<String>, keys: &mut Vec<Key>) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    for (name, property) in properties {
        path.push(name.clone());
        if property.get("properties").is_some() {
            walk(property, path, keys);
        } else {
            keys.push(Key {
                path: path.clone(),
                kind: kind(property),
                documentation: documentation(property),
                example: property.pointer("/examples/0").and_then(Value::as_str).map(str::to_owned),
            });
        }
        path.pop();
    }
}

fn kind(property: &Value) -> Kind {
    let named = |word: &str| match property.get("type") {
        Some(Value::String(one)) => one == word,
        Some(Value::Array(several)) => several.iter().any(|one| one == word),
        _ => false,
    };
    // What may be written as text can be given as text.
    match () {
        () if named("string") => Kind::Text,
        () if named("integer") => Kind::Integer,
        () if named("boolean") => Kind::Boolean,
        () => Kind::Text,
    }
}

fn documentation(schema: &Value) -> String {
    schema.get("description").and_then(Value::as_str).unwrap_or_default().replace('\n', " ")
}

/// One section in the order of the types: its path, its keys with their default as TOML.
struct Section {
    path: Vec<String>,
    keys: Vec<(String, Option<String>)>,
}

/// The sections in the order in which the types declare them, which a schema does not keep. Serializing the defaults does; what
/// has no default is absent there and comes last in its section.
fn sections(keys: &[Key]) -> Vec<Section> {
    let defaults = toml::to_string(&Configuration::default()).unwrap_or_default();
    let mut sections: Vec<Section> = Vec::new();
    for line in defaults.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            sections.push(Section { path: name.split('.').map(str::to_owned).collect(), keys: Vec::new() });
        } else if let (Some((name, value)), Some(section)) = (line.split_once(" = "), sections.last_mut()) {
            section.keys.push((name.to_owned(), Some(value.to_owned())));
        }
    }
    for section in &mut sections {
        for key in keys {
            if let Some((name, parents)) = key.path.split_last()
                && parents == section.path
                && !section.keys.iter().any(|(known, _)| known == name)
            {
                section.keys.push((name.clone(), None));
            }
        }
    }
    sections
}

fn find<'a>(keys: &'a [Key], section: &Section, name: &str) -> Option<&'a Key> {
    keys.iter().find(|key| key.path.split_last().is_some_and(|(last, parents)| last == name && parents == section.path))
}

fn section_documentation(schema: &Value, section: &Section) -> String {
    let pointer: String = section.path.iter().map(|name| format!("/properties/{name}")).collect();
    schema.pointer(&pointer).map(documentation).unwrap_or_default()
}

/// A configuration file with every key, its default and what it is for.
pub fn reference_file() -> String {
    let (schema, keys) = (schema(), keys());
    let mut file = String::from(
        "# Configuration of navette. Every key is optional; what stands here is the default.\n\
         # Each can be overridden by a variable of the environment: NAVETTE_SERVER_LISTEN for listen in [server].\n",
    );
    for section in sections(&keys) {
        let comment = wrapped(&section_documentation(&schema, &section));
        append(&mut file, format_args!("\n{comment}[{}]\n", section.path.join(".")));
        for (name, default) in &section.keys {
            let Some(key) = find(&keys, &section, name) else { continue };
            file.push_str(&wrapped(&key.documentation));
            match default {
                Some(value) => append(&mut file, format_args!("{name} = {value}\n")),
                None => {
                    append(&mut file, format_args!("# {name} = {:?}\n", key.example.as_deref().unwrap_or_default()))
                }
            }
        }
    }
    file
}

/// The reference page, in Markdown.
pub fn reference_page() -> String {
    let (schema, keys) = (schema(), keys());
    let mut page = String::from(
        "# Configuration\n\n\
         <!-- Generated from gateway/src/configuration; UPDATE=1 cargo test -p navette-gateway configuration rewrites it. -->\n\n\
         `navette serve --config FILE` reads TOML; `navette check-config FILE` says what is wrong with it, and `navette init` writes one\n\
         to start from. Every key is optional. An unknown key is refused, and so is an unknown `NAVETTE_…` variable. Sizes are written\n\
         with `B`, `KiB`, `MiB`, `GiB` or `TiB`, times with `ms`, `s`, `m`, `h` or `d`.\n",
    );
    for section in sections(&keys) {
        append(&mut page, format_args!("\n## `[{}]`\n\n", section.path.join(".")));
        append(&mut page, format_args!("{}\n\n", section_documentation(&schema, &section)));
        if section.keys.is_empty() {
            continue;
        }
        page.push_str("| key | default | variable | meaning |\n| --- | --- | --- | --- |\n");
        for (name, default) in &section.keys {
            let Some(key) = find(&keys, &section, name) else { continue };
            let default = default.as_deref().map_or_else(|| "none".to_owned(), |value| format!("`{value}`"));
            let variable = environment::variable(&key.path);
            append(&mut page, format_args!("| `{name}` | {default} | `{variable}` | {} |\n", key.documentation));
        }
    }
    page
}

/// As comments of at most 100 columns.
fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        if column == 0 || column + 1 + word.len() > 100 {
            if column > 0 {
                lines.push('\n');
            }
            lines.push('#');
            column = 1;
        }
        append(&mut lines, format_args!(" {word}"));
        column += 1 + word.len();
    }
    if column > 0 {
        lines.push('\n');
    }
    lines
}

fn append(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("invariant: a string takes whatever is written to it");
}
