//! `NAVETTE_SECTION_KEY` overrides the key of a section, `NAVETTE_STORAGE_JOURNAL_SEGMENT_BYTES` one of a section in a section.

use toml::{Table, Value};

use super::error::{ConfigurationError, Fault};
use super::reference::{self, Key, Kind};

const PREFIX: &str = "NAVETTE_";
/// Read by the tests and the benches of the project, which start the hub with their own environment.
const NOT_CONFIGURATION: [&str; 3] = ["NAVETTE_SAMPLES", "NAVETTE_BENCH_DIR", "NAVETTE_MAILDEV"];
/// So are all that begin like this.
const NOT_CONFIGURATION_PREFIX: &str = "NAVETTE_TEST_";

/// The variables of this process that are UTF-8; the others cannot be ours.
pub(super) fn of_process() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The variable that overrides the key at this path.
pub(super) fn variable(path: &[String]) -> String {
    format!("{PREFIX}{}", path.join("_").to_uppercase())
}

/// Writes what the environment says into the table.
pub(super) fn apply(
    table: &mut Table,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<(), ConfigurationError> {
    let mut variables: Vec<_> = environment
        .into_iter()
        .filter(|(name, _)| name.starts_with(PREFIX) && !name.starts_with(NOT_CONFIGURATION_PREFIX))
        .filter(|(name, _)| !NOT_CONFIGURATION.contains(&name.as_str()))
        .collect();
    if variables.is_empty() {
        return Ok(());
    }
    // So that of several faults always the same is named.
    variables.sort();
    let keys = reference::keys();
    for (name, text) in variables {
        let Some(key) = keys.iter().find(|key| variable(&key.path) == name) else {
            let nearest = nearest(&name, &keys);
            return Err(ConfigurationError::UnknownVariable { name, nearest });
        };
        let value = value(key, &text).ok_or_else(|| {
            let message = format!("the variable {name} says {text:?}, which is not {}", key.kind.expected());
            ConfigurationError::Invalid(vec![Fault::new(key.path.join("."), message)])
        })?;
        set(table, &key.path, value);
    }
    Ok(())
}

fn value(key: &Key, text: &str) -> Option<Value> {
    match key.kind {
        Kind::Text => Some(Value::String(text.to_owned())),
        Kind::Integer => text.trim().parse().ok().map(Value::Integer),
        Kind::Boolean => text.trim().parse().ok().map(Value::Boolean),
    }
}

fn set(table: &mut Table, path: &[String], value: Value) {
    let Some((last, sections)) = path.split_last() else { return };
    let mut table = table;
    for section in sections {
        let entry = table.entry(section.clone()).or_insert_with(|| Value::Table(Table::new()));
        // A section that is something else is reported when the tree is read.
        let Value::Table(inner) = entry else { return };
        table = inner;
    }
    table.insert(last.clone(), value);
}

/// The existing variable that shares the longest beginning, when that is more than the prefix.
fn nearest(name: &str, keys: &[Key]) -> Option<String> {
    let shared = |other: &str| name.bytes().zip(other.bytes()).take_while(|(left, right)| left == right).count();
    let best = keys.iter().map(|key| variable(&key.path)).max_by_key(|other| shared(other))?;
    (shared(&best) > PREFIX.len()).then_some(best)
}
