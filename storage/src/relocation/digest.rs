//! What two records are compared by: their fields as JSON in the order of their names, and a SHA-256 of that. Where the bytes of an
//! attachment lie is no part of it, for that is what a move changes.

use std::collections::BTreeSet;
use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use navette_router::model::Attachment;
use serde::Serialize;
use serde_json::Value;

/// The digest of a record, or of several.
pub(super) type Digest = [u8; 32];

/// A record as it is compared.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Item {
    kind: &'static str,
    id: String,
    fields: Value,
}

impl Item {
    pub(super) fn of(
        kind: &'static str,
        id: &impl ToString,
        record: &impl Serialize,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self { kind, id: id.to_string(), fields: serde_json::to_value(record)? })
    }

    /// Without the place of its bytes, but with whether they are there.
    pub(super) fn of_attachment(attachment: &Attachment) -> Result<Self, serde_json::Error> {
        let mut item = Self::of("attachment", &attachment.id, attachment)?;
        if let Some(fields) = item.fields.as_object_mut() {
            fields.insert("place".to_owned(), Value::Bool(attachment.place.is_some()));
        }
        Ok(item)
    }

    pub(super) fn key(&self) -> (&'static str, &str) {
        (self.kind, &self.id)
    }

    pub(super) fn digest(&self) -> Digest {
        let mut context = Context::new(&SHA256);
        for part in [self.kind, &self.id] {
            context.update(part.as_bytes());
            context.update(&[0]);
        }
        update(&mut context, &self.fields);
        finish(context)
    }

    /// This record is not on the other side.
    pub(super) fn is(&self, what: What) -> Difference {
        Difference { kind: self.kind, id: self.id.clone(), what }
    }

    /// The names of the fields in which two records of one key differ.
    fn differing(&self, other: &Self) -> Vec<String> {
        let (Some(own), Some(others)) = (self.fields.as_object(), other.fields.as_object()) else {
            return vec!["all of it".to_owned()];
        };
        let names: BTreeSet<&String> = own.keys().chain(others.keys()).collect();
        names.into_iter().filter(|name| own.get(*name) != others.get(*name)).cloned().collect()
    }
}

/// Feeds JSON in one way only: the fields of an object in the order of their names.
fn update(context: &mut Context, value: &Value) {
    match value {
        Value::Object(fields) => {
            context.update(b"{");
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            for (name, value) in fields {
                update(context, &Value::from(name.as_str()));
                context.update(b":");
                update(context, value);
                context.update(b",");
            }
            context.update(b"}");
        }
        Value::Array(values) => {
            context.update(b"[");
            for value in values {
                update(context, value);
                context.update(b",");
            }
            context.update(b"]");
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            context.update(value.to_string().as_bytes());
        }
    }
}

fn finish(context: Context) -> Digest {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.finish().as_ref());
    bytes
}

/// The digest of bytes while they come.
pub(super) struct Running(Context);

impl Running {
    pub(super) fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> Digest {
        finish(self.0)
    }
}

/// The digest of several records, in their order.
pub(super) fn of_items(items: &[Item]) -> Digest {
    let mut chain = Running::new();
    items.iter().for_each(|item| chain.update(&item.digest()));
    chain.finish()
}

/// As it is shown.
pub(super) fn hexadecimal(digest: &Digest) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How a record differs between the two sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It is not at the destination.
    Missing,
    /// It is only at the destination.
    Extra,
    /// These fields have other values.
    Fields(Vec<String>),
    /// Its bytes cannot be read at the destination, or have another digest than its record says.
    Bytes,
    /// It waits where the destination has this one, or none.
    Order(Option<String>),
}

/// A record that differs between the two sides. It names fields, and nothing of what they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    kind: &'static str,
    id: String,
    what: What,
}

impl Difference {
    /// How it differs.
    pub const fn what(&self) -> &What {
        &self.what
    }

    /// What kind of record it is, and which.
    pub fn record(&self) -> (&'static str, &str) {
        (self.kind, &self.id)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, id, what } = self;
        match what {
            What::Missing => write!(formatter, "{kind} {id} is not at the destination"),
            What::Extra => write!(formatter, "{kind} {id} is only at the destination"),
            What::Fields(names) => write!(formatter, "{kind} {id} differs in {}", names.join(", ")),
            What::Bytes => write!(formatter, "{kind} {id} has other bytes at the destination than its digest says"),
            What::Order(Some(other)) => {
                write!(formatter, "{kind} {id} is the next one that waits, and at the destination it is {other}")
            }
            What::Order(None) => {
                write!(formatter, "{kind} {id} is the next one that waits, and at the destination none is left")
            }
        }
    }
}

/// How the records of the two sides differ, each list in the order of its keys.
pub(super) fn differences(source: &[Item], destination: &[Item]) -> Vec<Difference> {
    let mut found = Vec::new();
    let (mut source, mut destination) = (source.iter().peekable(), destination.iter().peekable());
    loop {
        let next = match (source.peek(), destination.peek()) {
            (None, None) => return found,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(one), Some(other)) => one.key().cmp(&other.key()),
        };
        match next {
            std::cmp::Ordering::Less => found.extend(source.next().map(|item| item.is(What::Missing))),
            std::cmp::Ordering::Greater => found.extend(destination.next().map(|item| item.is(What::Extra))),
            std::cmp::Ordering::Equal => {
                if let (Some(one), Some(other)) = (source.next(), destination.next())
                    && one != other
                {
                    found.push(one.is(What::Fields(one.differing(other))));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
