//! An object whose properties are known.

use std::borrow::Cow;

use serde::de::MapAccess;
use serde_json::Value;

use super::field::Kind;
use super::skipped::Skipped;

/// How the refusal of a property that comes twice begins; the property's name follows.
pub(super) const DUPLICATE: &str = "duplicate field ";

/// An object whose properties are known; others are passed over.
pub(crate) trait Object: Default {
    /// Reads the property called `name`; false when there is none of that name.
    fn read<'de, A: MapAccess<'de>>(&mut self, name: &str, object: &mut A) -> Result<bool, A::Error>;

    /// Its schema, for the description of the interface.
    fn describe() -> Value;
}

impl<T: Object> Kind for T {
    const NAME: &'static str = "object";

    fn schema() -> Value {
        Self::describe()
    }

    fn from_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        let mut read = Self::default();
        while let Some(name) = object.next_key::<Cow<'de, str>>()? {
            if !read.read(&name, &mut object)? {
                object.next_value::<Skipped>()?;
            }
        }
        Ok(Some(read))
    }
}

/// Makes an object out of a list of properties: `object! { Name { /// What it is. rust_name: Type = "jsonName" => facet, … } }`.
macro_rules! object {
    ($name:ident { $($(#[doc = $documentation:literal])* $field:ident: $type:ty = $json:literal => $facet:expr),+ $(,)? }) => {
        #[derive(Debug, Default, PartialEq)]
        pub(crate) struct $name { $($(#[doc = $documentation])* pub(crate) $field: $crate::json::Field<$type>),+ }

        impl $crate::json::Object for $name {
            fn read<'de, A: serde::de::MapAccess<'de>>(&mut self, name: &str, object: &mut A) -> Result<bool, A::Error> {
                match name {
                    $($json => {
                        if self.$field != $crate::json::Field::Missing {
                            return Err(serde::de::Error::duplicate_field($json));
                        }
                        self.$field = object.next_value()?;
                    })+
                    _ => return Ok(false),
                }
                Ok(true)
            }

            fn describe() -> serde_json::Value {
                let mut properties = $crate::openapi::facet::Properties::default();
                $(properties.add($json, concat!($($documentation),*), $facet, <$type as $crate::json::Kind>::schema());)+
                properties.object()
            }
        }
    };
}
pub(crate) use object;
