//! An import: what a file would change, and the changes.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use futures_util::stream::{self, StreamExt as _};
use http::{Method, StatusCode};
use serde_json::Value;

use super::client::Administrator;
use super::endpoint_columns;
use super::kinds::{Kind, Record};
use super::table::{self, Fault};

/// How many requests are under way at a time.
const AT_A_TIME: usize = 64;

/// What a file would change.
#[derive(Debug)]
pub struct Plan {
    kind: Kind,
    changes: Vec<Change>,
    /// How many lines say what the hub knows already.
    pub unchanged: usize,
    /// What is wrong with the file.
    pub faults: Vec<Fault>,
}

#[derive(Debug)]
struct Change {
    line: u64,
    /// Absent: it is new.
    address: Option<String>,
    body: Value,
    /// Whether the hub has to be told the body.
    is_news: bool,
    /// What its endpoint is to become.
    endpoint: Option<Value>,
}

/// What an import did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many were new.
    pub created: usize,
    /// How many were changed.
    pub updated: usize,
    /// What the hub refused.
    pub faults: Vec<Fault>,
}

impl Plan {
    /// Reads a table and compares it with what the hub knows.
    /// Files that the table names are looked for from `directory` on.
    pub async fn make(administrator: &Administrator, kind: Kind, bytes: &[u8], directory: &Path) -> Result<Self> {
        let (rows, mut faults) = table::read(bytes, kind.columns());
        let records = kind.records(rows, directory, &mut faults);
        faults.sort();
        let known = administrator.list(kind.path()).await?;
        let known: HashMap<String, Value> = known.into_iter().map(|row| (kind.key(&row), row)).collect();
        let mut plan = Self { kind, changes: Vec::new(), unchanged: 0, faults };
        for Record { line, key, body, endpoint } in records {
            match known.get(&key) {
                None => plan.changes.push(Change { line, address: None, body, is_news: true, endpoint }),
                Some(row) => {
                    let body = merged(row, &body);
                    let is_news = body != *row;
                    let endpoint = match endpoint {
                        Some(said) => {
                            let there = administrator.ask_if_there(&endpoint_path(row)).await?;
                            endpoint_columns::change(there.as_ref(), &said)
                        }
                        None => None,
                    };
                    if is_news || endpoint.is_some() {
                        let address = Some(kind.address(row));
                        plan.changes.push(Change { line, address, body, is_news, endpoint });
                    } else {
                        plan.unchanged += 1;
                    }
                }
            }
        }
        Ok(plan)
    }

    /// How many would be created.
    pub fn created(&self) -> usize {
        self.changes.iter().filter(|change| change.address.is_none()).count()
    }

    /// How many would be changed.
    pub fn updated(&self) -> usize {
        self.changes.len() - self.created()
    }

    /// Does it; `progress` is told how many of how many are done.
    pub async fn carry_out(self, administrator: &Arc<Administrator>, progress: impl Fn(usize, usize)) -> Outcome {
        let (total, done) = (self.changes.len(), AtomicUsize::new(0));
        let kind = self.kind;
        let results = stream::iter(self.changes)
            .map(|change| {
                let (done, progress) = (&done, &progress);
                async move {
                    let result = change.carry_out(administrator, kind).await;
                    progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
                    (change.address.is_none(), result)
                }
            })
            .buffer_unordered(AT_A_TIME)
            .collect::<Vec<_>>()
            .await;
        let mut outcome = Outcome::default();
        for (new, result) in results {
            match result {
                Ok(()) if new => outcome.created += 1,
                Ok(()) => outcome.updated += 1,
                Err(faults) => outcome.faults.extend(faults),
            }
        }
        outcome.faults.sort();
        outcome
    }
}

impl Change {
    async fn carry_out(&self, administrator: &Administrator, kind: Kind) -> Result<(), Vec<Fault>> {
        let row = if self.is_news { self.tell(administrator, kind).await? } else { self.body.clone() };
        let Some(endpoint) = &self.endpoint else { return Ok(()) };
        let set = administrator.ask(Method::PUT, &endpoint_path(&row), endpoint, StatusCode::OK).await;
        set.map(drop).map_err(|error| vec![Fault { line: self.line, message: format!("endpoint: {error:#}") }])
    }

    /// Tells the hub the body; gives the row as the hub has it then.
    async fn tell(&self, administrator: &Administrator, kind: Kind) -> Result<Value, Vec<Fault>> {
        let fault = |message: String| Fault { line: self.line, message };
        let (method, path, expected) = match &self.address {
            None => (Method::POST, kind.path(), StatusCode::CREATED),
            Some(address) => (Method::PUT, address.as_str(), StatusCode::OK),
        };
        let answer = administrator.send(method, path, &self.body).await;
        let answer = answer.map_err(|error| vec![fault(format!("{error}; import the file again"))])?;
        if answer.status == expected {
            return Ok(answer.json());
        }
        let told = answer.json();
        let messages: Vec<_> =
            told["errors"].as_array().into_iter().flatten().filter_map(|row| row["message"].as_str()).collect();
        if messages.is_empty() {
            return Err(vec![fault(format!("the hub answered {}", answer.status))]);
        }
        Err(messages.into_iter().map(|message| fault(message.to_owned())).collect())
    }
}

/// Where the endpoint of a subscription that the hub gave is.
fn endpoint_path(row: &Value) -> String {
    format!("/subscriptions/{}/endpoint", row["id"].as_str().unwrap_or_default())
}

/// What the hub knows, with what the file says in its place. Nothing is forgotten because a file does not name it.
fn merged(row: &Value, body: &Value) -> Value {
    match (row, body) {
        (_, Value::Null) => row.clone(),
        (Value::Object(row), Value::Object(body)) => {
            let mut merged = row.clone();
            for (name, value) in body {
                let before = merged.get(name).cloned().unwrap_or_default();
                merged.insert(name.clone(), self::merged(&before, value));
            }
            merged.into()
        }
        (_, body) => body.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_file_does_not_say_stays() {
        let row =
            json!({ "name": "A", "email": "a@example.fr", "local": { "email": "x", "phone": "1" }, "actor": null });
        assert_eq!(merged(&row, &json!({ "name": "A", "email": null })), row);
        let body = json!({ "name": "B", "local": { "email": "y" }, "actor": { "email": "z" } });
        let expected = json!({ "name": "B", "email": "a@example.fr", "local": { "email": "y", "phone": "1" }, "actor": { "email": "z" } });
        assert_eq!(merged(&row, &body), expected);
    }
}
