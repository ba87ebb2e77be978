//! What is said of one operation beyond its name and its addresses.

use http::StatusCode;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use super::parameter::Parameter;
use crate::drafts::Draft;
use crate::json::Kind;

/// What an operation takes and gives.
#[derive(Debug)]
pub(super) struct Description {
    pub(super) tag: &'static str,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<RequestBody>,
    pub(super) success: Success,
    /// The message of its 404, when something may be missing.
    pub(super) missing: Option<&'static str>,
}

/// What is sent.
#[derive(Debug)]
pub(super) enum RequestBody {
    Json { schema: Value, example: Value },
    Bytes,
}

/// What is answered when all is well.
#[derive(Debug)]
pub(super) enum Success {
    Json {
        status: StatusCode,
        schema: Value,
    },
    /// Rows, and in `Content-Range` which ones.
    Page {
        schema: Value,
        things: &'static str,
    },
    Bytes,
    Empty,
}

impl Description {
    /// An operation that takes nothing and answers nothing.
    pub(super) const fn new(tag: &'static str) -> Self {
        Self { tag, parameters: Vec::new(), body: None, success: Success::Empty, missing: None }
    }

    /// It reads parameters after the `?`.
    pub(super) fn query(mut self, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// It reads a draft. The example is one that a sandbox takes.
    pub(super) fn reads<D: Draft>(mut self, example: Value) -> Self {
        self.body = Some(RequestBody::Json { schema: D::Body::schema(), example });
        self
    }

    /// It takes the content of a file.
    pub(super) fn takes_bytes(mut self) -> Self {
        self.body = Some(RequestBody::Bytes);
        self.parameters.push(Parameter::digest());
        self
    }

    /// It answers an object with this status.
    pub(super) fn answers<T: JsonSchema>(mut self, status: StatusCode, generator: &mut SchemaGenerator) -> Self {
        self.success = Success::Json { status, schema: generator.subschema_for::<T>().to_value() };
        self
    }

    /// It answers a list, all of it.
    pub(super) fn lists<T: JsonSchema>(mut self, generator: &mut SchemaGenerator) -> Self {
        let items = generator.subschema_for::<T>().to_value();
        self.success = Success::Json { status: StatusCode::OK, schema: json!({ "type": "array", "items": items }) };
        self
    }

    /// It answers part of a list of `things`.
    pub(super) fn pages<T: JsonSchema>(mut self, things: &'static str, generator: &mut SchemaGenerator) -> Self {
        let items = generator.subschema_for::<T>().to_value();
        self.success = Success::Page { schema: json!({ "type": "array", "items": items }), things };
        self
    }

    /// It answers the content of a file, or the part of it that `Range` asks for.
    pub(super) fn gives_bytes(mut self) -> Self {
        self.success = Success::Bytes;
        self.parameters.push(Parameter::range());
        self
    }

    /// What it is about may not exist.
    pub(super) const fn may_miss(mut self, message: &'static str) -> Self {
        self.missing = Some(message);
        self
    }
}
