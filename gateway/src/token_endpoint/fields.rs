//! The fields of a token request, whichever way they were written.

use http::HeaderValue;
use secrecy::SecretString;
use serde_json::Value;

use super::{Refusal, urlencoded};

#[derive(Default)]
pub(super) struct Fields {
    pub(super) grant_type: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<SecretString>,
}

impl Fields {
    /// Reads a JSON object when the body is announced as JSON, or unannounced and looks like one; a form otherwise.
    pub(super) fn parse(content_type: Option<&HeaderValue>, body: &[u8]) -> Result<Self, Refusal> {
        let announced = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
        let looks_like_json = body.trim_ascii_start().first() == Some(&b'{');
        if announced.contains("json") || (looks_like_json && !announced.contains("x-www-form-urlencoded")) {
            Self::from_json(body)
        } else {
            Self::from_form(body)
        }
    }

    fn from_form(body: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Self::default();
        for pair in urlencoded::pairs(body) {
            let (name, value) = pair.ok_or(Refusal::InvalidRequest("the form is not validly encoded"))?;
            fields.set(&name, value)?;
        }
        Ok(fields)
    }

    fn from_json(body: &[u8]) -> Result<Self, Refusal> {
        let Ok(Value::Object(object)) = serde_json::from_slice(body) else {
            return Err(Refusal::InvalidRequest("the body is not a JSON object"));
        };
        let mut fields = Self::default();
        for (name, value) in object {
            match value {
                Value::String(text) => fields.set(&name, text)?,
                // Absent, and fields that mean nothing here.
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {}
            }
        }
        Ok(fields)
    }

    /// A repeated field is refused and an empty one is as good as none, as the RFC asks.
    fn set(&mut self, name: &str, value: String) -> Result<(), Refusal> {
        if value.is_empty() {
            return Ok(());
        }
        let former = match name {
            "grant_type" => self.grant_type.replace(value).is_some(),
            "scope" => self.scope.replace(value).is_some(),
            "client_id" => self.client_id.replace(value).is_some(),
            "client_secret" => self.client_secret.replace(value.into()).is_some(),
            _ => false,
        };
        if former { Err(Refusal::InvalidRequest("a field is given twice; give it once")) } else { Ok(()) }
    }
}
