//! What stands in an address or in a header.

use serde_json::{Value, json};

use super::facet::PROCESS_CODE;

/// A parameter of an operation.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    place: &'static str,
    required: bool,
    description: &'static str,
    schema: Value,
}

impl Parameter {
    /// One after the `?`.
    pub(super) const fn query(name: &'static str, description: &'static str, schema: Value) -> Self {
        Self { name, place: "query", required: false, description, schema }
    }

    const fn header(name: &'static str, description: &'static str, schema: Value) -> Self {
        Self { name, place: "header", required: false, description, schema }
    }

    /// What a sender announces of a file.
    pub(super) fn digest() -> Self {
        Self::header("digest", "SHA-256 of the file in base64; checked when it is there.", json!({ "type": "string" }))
    }

    /// Which bytes of a file are wanted.
    pub(super) fn range() -> Self {
        Self::header(
            "Range",
            "The bytes that are wanted, as `bytes=0-1023`; all of them when nothing is said.",
            json!({ "type": "string" }),
        )
    }

    /// What the software that calls says of itself: `kept` with folders and events, passed over elsewhere.
    pub(super) fn partner(kept: bool) -> [Self; 3] {
        let text = || if kept { json!({ "type": "string", "maxLength": 50 }) } else { json!({ "type": "string" }) };
        [
            Self::header("editorName", "Who made the software that calls.", text()),
            Self::header("applicationName", "What it is called.", text()),
            Self::header("softwareVersion", "Its version.", text()),
        ]
    }

    /// What makes a POST a PATCH.
    pub(super) fn method_override() -> Self {
        let schema = json!({ "type": "string", "enum": ["PATCH"] });
        Self {
            required: true,
            ..Self::header("X-HTTP-Method-Override", "For clients that cannot send a PATCH.", schema)
        }
    }

    /// The parameter of a path that stands between braces.
    pub(super) fn path(name: &'static str) -> Self {
        let (description, schema) = match name {
            "id" => (
                "Type, SIRET and branch of the organization, as `SI-22770001000019-77372`.",
                json!({ "type": "string", "pattern": "^(OSL|SI|ADMIN)-[0-9]{14}-[A-Za-z0-9_]{1,10}$" }),
            ),
            "code" => ("Code of the process.", json!({ "type": "string", "pattern": PROCESS_CODE })),
            "client_id" => {
                ("Identifier of the credential.", json!({ "type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$" }))
            }
            "any_id" => (
                "Of a folder, a case, an event, an attachment, a notification; or the X-Request-Id of an answer.",
                json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" }),
            ),
            _ => ("Identifier that the hub gave.", json!({ "type": "string", "format": "uuid" })),
        };
        Self { name, place: "path", required: true, description, schema }
    }

    /// What it is in the document.
    pub(super) fn document(&self) -> Value {
        json!({
            "name": self.name, "in": self.place, "required": self.required,
            "description": self.description, "schema": self.schema,
        })
    }
}

/// The parameters that a list by pages has; `offset` is how it spells the offset, though both spellings pass everywhere.
pub(super) fn page(offset: &'static str) -> [Parameter; 2] {
    [
        Parameter::query(
            "maxResult",
            "How many rows at most; the configuration sets a bound. `Content-Range` tells how many there are.",
            json!({ "type": "integer", "minimum": 1 }),
        ),
        Parameter::query(
            offset,
            "How many rows to pass over; `offSet` and `offset` are the same.",
            json!({ "type": "integer", "minimum": 0 }),
        ),
    ]
}

/// By which field a list is ordered.
pub(super) fn order(fields: &[&'static str]) -> Parameter {
    let orders = fields.iter().flat_map(|field| [format!("asc({field})"), format!("desc({field})")]);
    Parameter::query(
        "orderBy",
        "By which field, and in which direction.",
        json!({ "type": "string", "enum": orders.collect::<Vec<_>>() }),
    )
}

/// One or several process codes.
pub(super) fn codes(name: &'static str, description: &'static str) -> Parameter {
    Parameter::query(
        name,
        description,
        json!({ "type": "string", "pattern": "^[A-Za-z0-9._-]{1,30}(,[A-Za-z0-9._-]{1,30}){0,20}$" }),
    )
}

/// A SIRET.
pub(super) fn siret(name: &'static str) -> Parameter {
    Parameter::query(name, "SIRET of the organization.", json!({ "type": "string", "pattern": "^[0-9]{14}$" }))
}
