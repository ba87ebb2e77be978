//! What a property of a body must be like, beyond its type.

use navette_router::model::{ActionType, Status};
use serde_json::{Map, Value, json};

/// The form of the code of a process.
pub(crate) const PROCESS_CODE: &str = "^[A-Za-z0-9._-]{1,30}$";
/// The form of a telephone number.
pub(crate) const TELEPHONE: &str = "^\\+?[0-9]{10,20}$";

/// The keywords that say what a property must be like. Without `required` it may be absent or null.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facet {
    pub(crate) required: bool,
    keywords: Map<String, Value>,
}

impl Facet {
    /// It must be there, and not null.
    pub(crate) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    fn with(mut self, keyword: &str, value: impl Into<Value>) -> Self {
        self.keywords.insert(keyword.to_owned(), value.into());
        self
    }

    /// A list of at least `count`.
    pub(crate) fn at_least(self, count: u32) -> Self {
        self.with("minItems", count)
    }

    /// What documentation shows.
    pub(crate) fn example(self, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.with("examples", json!([value]))
    }

    /// The schema of a property whose type alone has `schema`.
    fn narrow(self, schema: Value, documentation: &str) -> Value {
        let Value::Object(mut schema) = schema else { return schema };
        schema.extend(self.keywords);
        if !self.required {
            if let Some(kind) = schema.remove("type") {
                schema.insert("type".to_owned(), json!([kind, "null"]));
            }
            if let Some(Value::Array(words)) = schema.get_mut("enum") {
                words.push(Value::Null);
            }
        }
        let documentation = documentation.trim();
        if !documentation.is_empty() {
            schema.insert("description".to_owned(), documentation.into());
        }
        Value::Object(schema)
    }
}

/// Anything of the type.
pub(crate) fn any() -> Facet {
    Facet::default()
}

/// A text of at most `max_chars` characters.
pub(crate) fn text(max_chars: u32) -> Facet {
    any().with("maxLength", max_chars)
}

/// The same, with something in it.
pub(crate) fn filled(max_chars: u32) -> Facet {
    text(max_chars).required().with("minLength", 1)
}

/// One of these words.
pub(crate) fn word<'a>(words: impl IntoIterator<Item = &'a str>) -> Facet {
    any().with("enum", words.into_iter().collect::<Vec<_>>())
}

/// The status of a case or of a folder.
pub(crate) fn status() -> Facet {
    word(Status::ALL.iter().map(|status| status.as_str()))
}

/// What happened to a case.
pub(crate) fn action() -> Facet {
    word(ActionType::WORDS.split(", "))
}

/// A text of this form.
pub(crate) fn pattern(pattern: &str) -> Facet {
    any().with("pattern", pattern)
}

/// A text of a form that OpenAPI names.
pub(crate) fn format(format: &str) -> Facet {
    any().with("format", format)
}

/// A whole number between two.
pub(crate) fn between(least: i64, most: i64) -> Facet {
    any().with("minimum", least).with("maximum", most)
}

/// The schema of an object as it grows.
#[derive(Debug, Default)]
pub(crate) struct Properties {
    properties: Map<String, Value>,
    required: Vec<&'static str>,
}

impl Properties {
    /// One more property.
    pub(crate) fn add(&mut self, name: &'static str, documentation: &str, facet: Facet, schema: Value) {
        if facet.required {
            self.required.push(name);
        }
        self.properties.insert(name.to_owned(), facet.narrow(schema, documentation));
    }

    /// The object. Properties that it does not name are passed over by whoever reads it.
    pub(crate) fn object(self) -> Value {
        let mut object = json!({ "type": "object", "properties": self.properties });
        if !self.required.is_empty() {
            object["required"] = json!(self.required);
        }
        object
    }
}
