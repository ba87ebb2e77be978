//! The columns of a table of subscriptions that say where cases are brought: `endpoint.host` and the like, one for each setting of each way;
//! `endpoint.password.file` names a file, since a table is no place for a secret.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use navette_router::Faults;
use navette_router::model::AccessMode;
use serde_json::{Map, Value, json};

use super::table::Column;
use crate::ways::KEYS;

const PREFIX: &str = "endpoint.";
const FILE: &str = ".file";
const MAINTENANCE: &str = "endpoint.maintenance";
const FALLBACK: &str = "endpoint.fallbackAfterHours";
/// Where what is not picked up waits when the table says after how many hours.
const FALLBACK_MODE: AccessMode = AccessMode::Portal;

/// Every column. Their names live as long as the program: there is one list of them.
pub(super) fn columns() -> Vec<Column> {
    let mut names = vec![MAINTENANCE.to_owned(), FALLBACK.to_owned()];
    for key in KEYS.iter().flat_map(|(_, keys)| *keys) {
        let name = format!("{PREFIX}{}{}", key.name, if key.secret { FILE } else { "" });
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let column = |name: String| Column { name: &*name.leak(), aliases: &[], default: Some("") };
    names.into_iter().map(column).collect()
}

/// What a line says of an endpoint; nothing when it says nothing. `directory` is that of the table, where files are looked for.
pub(super) fn endpoint(cells: &HashMap<&'static str, String>, directory: &Path, faults: &mut Faults) -> Option<Value> {
    let mut said: Vec<_> = cells.iter().filter(|(name, _)| name.starts_with(PREFIX)).collect();
    if said.is_empty() {
        return None;
    }
    said.sort();
    let word = cells.get("accessMode").map_or("", String::as_str);
    let keys = KEYS.iter().find(|(mode, _)| mode.as_str() == word).map(|(_, keys)| *keys);
    let Some(keys) = keys else {
        let message = format!(
            "is {word}, for which nothing is brought; give SFTP or WEBHOOK, or leave the columns of the endpoint empty"
        );
        faults.add("accessMode", message);
        return None;
    };
    let (mut settings, mut secrets, mut body) = (Map::new(), Map::new(), json!({ "mode": word }));
    for (name, cell) in said {
        let key = name.strip_prefix(PREFIX).unwrap_or(name);
        if *name == MAINTENANCE {
            body["maintenance"] = cell.split_whitespace().collect::<Vec<_>>().into();
        } else if *name == FALLBACK {
            match cell.parse::<u16>() {
                Ok(hours) => body["fallback"] = json!({ "after_hours": hours, "mode": FALLBACK_MODE.as_str() }),
                Err(_) => faults.add(*name, "is not a number of hours; correct it"),
            }
        } else if let Some(key) = key.strip_suffix(FILE).filter(|key| keys.iter().any(|known| known.name == *key)) {
            match read(&directory.join(cell)) {
                Ok(secret) => {
                    secrets.insert(key.to_owned(), secret.into());
                }
                Err(message) => faults.add(*name, message),
            }
        } else if keys.iter().any(|known| known.name == key) {
            settings.insert(key.to_owned(), cell.as_str().into());
        } else {
            faults.add(*name, format!("is no setting of {word}; leave it empty"));
        }
    }
    body["settings"] = settings.into();
    body["secrets"] = secrets.into();
    Some(body)
}

fn read(path: &PathBuf) -> Result<String, String> {
    let mut text = std::fs::read_to_string(path)
        .map_err(|error| format!("names {}, which cannot be read: {error}", path.display()))?;
    if text.lines().count() <= 1 {
        text.truncate(text.trim_end_matches(['\r', '\n']).len());
    }
    if text.trim().is_empty() { Err(format!("names {}, in which there is nothing", path.display())) } else { Ok(text) }
}

/// What is to be asked of the hub so that `known` becomes what the table says; nothing when it is so. What the table does not say stays.
pub(super) fn change(known: Option<&Value>, said: &Value) -> Option<Value> {
    let Some(known) = known.filter(|known| known["mode"] == said["mode"]) else { return Some(said.clone()) };
    let mut body = said.clone();
    let mut settings = known["settings"].as_object().cloned().unwrap_or_default();
    settings.extend(said["settings"].as_object().cloned().unwrap_or_default());
    body["settings"] = settings.into();
    for name in ["maintenance", "fallback"] {
        if said[name].is_null() {
            body[name] = known[name].clone();
        }
    }
    let same = ["settings", "maintenance", "fallback"].into_iter().all(|name| body[name] == known[name]);
    // Nobody can tell whether a secret is the one that is set: it is set again.
    let same = same && body["secrets"].as_object().is_none_or(Map::is_empty);
    (!same).then_some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_line(cells: &[(&'static str, &str)], directory: &Path) -> (Option<Value>, Vec<String>) {
        let cells = cells.iter().map(|(name, cell)| (*name, (*cell).to_owned())).collect();
        let mut faults = Faults::default();
        let endpoint = endpoint(&cells, directory, &mut faults);
        (endpoint, faults.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_line_says_where_cases_are_brought_and_names_the_files_of_secrets() {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::write(directory.path().join("rodez"), "hush\n").expect("a file");
        let line = [
            ("accessMode", "SFTP"),
            ("endpoint.host", "sftp.example.fr"),
            ("endpoint.password.file", "rodez"),
            ("endpoint.maintenance", "22:00-06:00 12:00-13:00"),
            ("endpoint.fallbackAfterHours", "48"),
        ];
        let (endpoint, faults) = read_line(&line, directory.path());
        assert_eq!(faults, [""; 0]);
        let expected = json!({
            "mode": "SFTP", "settings": { "host": "sftp.example.fr" }, "secrets": { "password": "hush" },
            "maintenance": ["22:00-06:00", "12:00-13:00"], "fallback": { "after_hours": 48, "mode": "PORTAIL" },
        });
        assert_eq!(endpoint, Some(expected));
        assert_eq!(read_line(&[("accessMode", "PORTAIL")], directory.path()), (None, Vec::new()));
    }

    #[test]
    fn what_fits_no_way_is_told() {
        let directory = Path::new("/nowhere");
        let (_, faults) = read_line(&[("accessMode", "API"), ("endpoint.url", "https://a")], directory);
        assert!(faults[0].starts_with("accessMode: is API, for which nothing is brought"), "{faults:?}");
        let line = [
            ("accessMode", "WEBHOOK"),
            ("endpoint.host", "a"),
            ("endpoint.secret.file", "none"),
            ("endpoint.fallbackAfterHours", "x"),
        ];
        let (_, faults) = read_line(&line, directory);
        let starts: Vec<_> = faults.iter().filter_map(|fault| fault.split(':').next()).collect();
        assert_eq!(starts, ["endpoint.fallbackAfterHours", "endpoint.host", "endpoint.secret.file"]);
    }

    #[test]
    fn what_a_table_does_not_say_stays_and_the_same_is_no_change() {
        let known = json!({
            "mode": "SFTP", "settings": { "host": "a", "port": "22" }, "secrets": { "password": { "set_at": "2026" } },
            "maintenance": ["22:00-06:00"], "fallback": null, "paused": false,
        });
        let said = json!({ "mode": "SFTP", "settings": { "host": "a" }, "secrets": {} });
        assert_eq!(change(Some(&known), &said), None);
        let said = json!({ "mode": "SFTP", "settings": { "host": "b" }, "secrets": {} });
        let body = change(Some(&known), &said).expect("a change");
        assert_eq!(
            (&body["settings"], &body["maintenance"]),
            (&json!({ "host": "b", "port": "22" }), &json!(["22:00-06:00"]))
        );
        let said = json!({ "mode": "SFTP", "settings": {}, "secrets": { "password": "hush" } });
        assert!(change(Some(&known), &said).is_some(), "a secret is set again");
        assert_eq!(change(None, &said), Some(said));
    }
}
