//! Endpoints of subscriptions.

use std::collections::BTreeMap;

use navette_router::Faults;
use navette_router::hub::{EndpointDraft, FallbackDraft};
use navette_router::model::Fallback;
use secrecy::SecretString;

use super::Draft;
use super::reader::Reader;
use super::texts::{Texts, is_name};
use crate::json::{Field, object};
use crate::openapi::facet::{any, between, word};

object!(EndpointBody {
    /// The way: that of the subscription when nothing is said.
    mode: String = "mode" => word(["SFTP", "WEBHOOK"]),
    /// The settings of the way, all of them, as texts: a number in decimal, a list with commas, a flag as `true` or `false`.
    settings: Texts = "settings" => any(),
    /// The secrets that are set; null takes one away. Those that are not named stay.
    secrets: Texts = "secrets" => any(),
    /// When, every day, nothing is brought there: `22:00-06:00` by the clock of Paris, `22:00-06:00-04:00` at an offset from UTC.
    maintenance: Vec<Field<String>> = "maintenance" => any(),
    /// What happens to what is not picked up.
    fallback: FallbackBody = "fallback" => any(),
});

object!(FallbackBody {
    /// After how many hours.
    after_hours: i64 = "after_hours" => between(1, i64::from(Fallback::HOURS_MAX)).required(),
    /// Which way it goes then.
    mode: String = "mode" => word(["PORTAIL", "API"]).required(),
});

impl Draft for EndpointDraft {
    type Body = EndpointBody;

    fn from_body(body: EndpointBody, faults: &mut Faults) -> Self {
        let mut reader = Reader::new(faults);
        let settings = texts(&mut reader, "settings", body.settings);
        let secrets = texts(&mut reader, "secrets", body.secrets);
        Self {
            mode: reader.take("mode", body.mode),
            settings: settings.into_iter().filter_map(|(name, text)| Some((name, text?))).collect(),
            secrets: secrets.into_iter().map(|(name, text)| (name, text.map(SecretString::from))).collect(),
            maintenance: reader.texts("maintenance", body.maintenance).unwrap_or_default(),
            fallback: reader.take("fallback", body.fallback).map(|body| {
                let mut reader = reader.inside("fallback");
                FallbackDraft {
                    after_hours: reader.take("after_hours", body.after_hours),
                    mode: reader.take("mode", body.mode),
                }
            }),
        }
    }
}

fn texts(reader: &mut Reader<'_>, name: &str, field: Field<Texts>) -> BTreeMap<String, Option<String>> {
    let Some(Texts(fields)) = reader.take(name, field) else { return BTreeMap::new() };
    let mut texts = BTreeMap::new();
    for (key, field) in fields {
        if is_name(&key) {
            let text = reader.inside(name).take(&key, field);
            texts.insert(key, text);
        } else {
            reader.fault(name, "holds a name that is none; use lower-case letters, digits and _");
        }
    }
    texts
}
