//! An object of texts whose names nobody but an adapter knows.

use std::borrow::Cow;

use serde::de::{Error, MapAccess};
use serde_json::{Value, json};

use crate::json::{Field, Kind};

/// Properties of one object; no adapter has half as many settings.
const TEXTS_MAX: usize = 100;

/// An object of texts, or nulls, in the order they were sent.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Texts(pub(super) Vec<(String, Field<String>)>);

impl Kind for Texts {
    const NAME: &'static str = "object";

    fn schema() -> Value {
        json!({ "type": Self::NAME, "additionalProperties": { "type": ["string", "null"] } })
    }

    fn from_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        let mut texts = Self::default();
        while let Some((name, field)) = object.next_entry::<Cow<'de, str>, Field<String>>()? {
            if texts.0.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom("an object holds a property twice"));
            }
            if texts.0.len() >= TEXTS_MAX {
                return Err(A::Error::custom(crate::json::TOO_MANY));
            }
            texts.0.push((name.into_owned(), field));
        }
        Ok(Some(texts))
    }
}

/// Whether a name may be repeated in an answer: that of a setting may, and what else somebody puts there may be anything.
pub(super) fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
