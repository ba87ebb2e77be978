//! Lenient JSON: whatever a property holds is read, and what is not of its type is remembered as a fault, so that one pass over a
//! body finds all its faults.

use std::fmt;
use std::marker::PhantomData;

use navette_router::Faults;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

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

/// A type that a property may be required to have.
pub(crate) trait Kind: Sized {
    /// What the contract calls it.
    const NAME: &'static str;

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
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
    fn from_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
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

    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        let mut fields = Self::with_capacity(list.size_hint().unwrap_or_default().min(64));
        while let Some(field) = list.next_element()? {
            fields.push(field);
        }
        Ok(Some(fields))
    }
}

/// An object whose properties are known; others are passed over.
pub(crate) trait Object: Default {
    /// Reads the property called `name`; false when there is none of that name.
    fn read<'de, A: MapAccess<'de>>(&mut self, name: &str, object: &mut A) -> Result<bool, A::Error>;
}

impl<T: Object> Kind for T {
    const NAME: &'static str = "object";

    fn from_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        let mut read = Self::default();
        while let Some(name) = object.next_key::<std::borrow::Cow<'de, str>>()? {
            if !read.read(&name, &mut object)? {
                object.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Some(read))
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
        Ok(found(i64::try_from(integer).ok().and_then(T::from_integer), "integer"))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Field::Wrong("number"))
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
    pub(crate) fn take(self, path: &str, faults: &mut Faults) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Missing | Self::Null => None,
            Self::Wrong(found) => {
                let wanted = T::NAME;
                faults.add(
                    path,
                    format!(
                        "Instance type ({found}) does not match any allowed primitive type (allowed: [\"{wanted}\"])"
                    ),
                );
                None
            }
        }
    }
}

/// Reads a whole body as one object.
pub(crate) fn read<T: Object>(body: &[u8]) -> Result<T, Faults> {
    let mut faults = Faults::default();
    match serde_json::from_slice::<Field<T>>(body) {
        Ok(field @ Field::Value(_)) => {
            if let Some(object) = field.take("", &mut faults) {
                return Ok(object);
            }
        }
        Ok(Field::Wrong(found)) => faults.add("", format!("the body must be a JSON object and is of type {found}")),
        Ok(Field::Null | Field::Missing) => faults.add("", "the body must be a JSON object and is null"),
        Err(error) if body.iter().all(u8::is_ascii_whitespace) => {
            drop(error);
            faults.add("", "the body is empty; send a JSON object");
        }
        // The reader's own message may quote the body, which may hold personal data: only its place is told.
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let what = if error.to_string().starts_with("recursion limit") {
                "is nested too deeply"
            } else if error.to_string().starts_with("number out of range") {
                "holds a number that is too large"
            } else if error.to_string().starts_with("duplicate field") {
                "holds the same property twice"
            } else {
                "is not valid JSON"
            };
            faults.add("", format!("the body {what} at line {line}, column {column}; correct it there"));
        }
    }
    Err(faults)
}

/// Makes an object out of a list of properties: `object! { Name { rust_name: Type = "jsonName", … } }`.
macro_rules! object {
    ($name:ident { $($field:ident: $type:ty = $json:literal),+ $(,)? }) => {
        #[derive(Debug, Default)]
        pub(crate) struct $name { $(pub(crate) $field: $crate::field::Field<$type>),+ }

        impl $crate::field::Object for $name {
            fn read<'de, A: serde::de::MapAccess<'de>>(&mut self, name: &str, object: &mut A) -> Result<bool, A::Error> {
                match name {
                    $($json => {
                        if self.$field != $crate::field::Field::Missing {
                            return Err(serde::de::Error::duplicate_field($json));
                        }
                        self.$field = object.next_value()?;
                    })+
                    _ => return Ok(false),
                }
                Ok(true)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool { $(self.$field == other.$field)&&+ }
        }
    };
}
pub(crate) use object;
