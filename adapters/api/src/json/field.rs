//! One property of a body.

use std::fmt;
use std::marker::PhantomData;

use navette_router::Faults;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};

use super::ELEMENTS_MAX;
use super::skipped::Skipped;

/// How the refusal of a list that is too long begins.
pub(crate) const TOO_MANY: &str = "too many elements";

/// Up to here each whole number has a floating point number of its own.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// What a property of a body holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Field<T> {
    /// Not there.
    #[default]
    Missing,
    /// `null`.
    Null,
    /// Something of another type, which is named.
    Wrong(&'static str),
    /// A value.
    Value(T),
}

/// A type that a property may be required to have. What it cannot be made of is passed over.
pub(crate) trait Kind: Sized {
    /// What the contract calls it.
    const NAME: &'static str;

    /// Its schema, for the description of the interface.
    fn schema() -> Value {
        json!({ "type": Self::NAME })
    }

    fn from_text(_: &str) -> Option<Self> {
        None
    }
    fn from_integer(_: i64) -> Option<Self> {
        None
    }
    fn from_boolean(_: bool) -> Option<Self> {
        None
    }
    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        while list.next_element::<Skipped>()?.is_some() {}
        Ok(None)
    }
    fn from_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        while object.next_entry::<Skipped, Skipped>()?.is_some() {}
        Ok(None)
    }
}

impl Kind for String {
    const NAME: &'static str = "string";

    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl Kind for i64 {
    const NAME: &'static str = "integer";

    fn from_integer(integer: i64) -> Option<Self> {
        Some(integer)
    }
}

impl Kind for bool {
    const NAME: &'static str = "boolean";

    fn from_boolean(boolean: bool) -> Option<Self> {
        Some(boolean)
    }
}

impl<T: Kind> Kind for Vec<Field<T>> {
    const NAME: &'static str = "array";

    fn schema() -> Value {
        json!({ "type": Self::NAME, "items": T::schema() })
    }

    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        let mut fields = Self::new();
        while let Some(field) = list.next_element()? {
            if fields.len() >= ELEMENTS_MAX {
                return Err(A::Error::custom(TOO_MANY));
            }
            fields.push(field);
        }
        Ok(Some(fields))
    }
}

impl<'de, T: Kind> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor(PhantomData))
    }
}

struct FieldVisitor<T>(PhantomData<T>);

fn found<T>(value: Option<T>, name: &'static str) -> Field<T> {
    value.map_or(Field::Wrong(name), Field::Value)
}

impl<'de, T: Kind> Visitor<'de> for FieldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(T::NAME)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Field::Null)
    }

    fn visit_bool<E: Error>(self, boolean: bool) -> Result<Self::Value, E> {
        Ok(found(T::from_boolean(boolean), "boolean"))
    }

    fn visit_i64<E: Error>(self, integer: i64) -> Result<Self::Value, E> {
        Ok(found(T::from_integer(integer), "integer"))
    }

    fn visit_u64<E: Error>(self, integer: u64) -> Result<Self::Value, E> {
        // What no integer of ours can hold is a number all the same.
        Ok(i64::try_from(integer).map_or(Field::Wrong("number"), |integer| found(T::from_integer(integer), "integer")))
    }

    /// A whole number may be written with a fraction of zero: JSON knows one type of number, and so do some programs.
    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        let exact = number.fract() == 0.0 && number.abs() <= EXACT_MAX;
        let whole = exact.then(|| format!("{number:.0}").parse::<i64>().ok()).flatten();
        Ok(whole.map_or(Field::Wrong("number"), |integer| found(T::from_integer(integer), "integer")))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(found(T::from_text(text), "string"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Ok(found(T::from_list(list)?, "array"))
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        Ok(found(T::from_object(object)?, "object"))
    }
}

impl<T: Kind> Field<T> {
    /// The value, or nothing; a wrong type is a fault at `path`.
    pub(crate) fn take(self, path: impl FnOnce() -> String, faults: &mut Faults) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Missing | Self::Null => None,
            Self::Wrong(found) => {
                let wanted = T::NAME;
                let message = format!(
                    "Instance type ({found}) does not match any allowed primitive type (allowed: [\"{wanted}\"])"
                );
                faults.add(path(), message);
                None
            }
        }
    }
}
