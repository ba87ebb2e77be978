//! What a support desk and an auditor ask for.

use anyhow::Result;
use http::{Method, StatusCode};
use serde_json::{Map, Value};

use crate::admin::Administrator;
use crate::commands::show;

/// How many acts are asked for at a time.
const PAGE_ROWS: usize = 500;

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}

fn rows(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Where something is, what happened to it, and why it was refused.
pub(super) async fn explain(administrator: &Administrator, id: &str, json: bool) -> Result<()> {
    // Whatever it is goes into one part of an address; the hub says what is wrong with it.
    let id: String =
        id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '.' }).collect();
    let told = administrator.ask(Method::GET, &format!("/explain/{id}"), &Value::Null, StatusCode::OK).await?;
    if json {
        show(&serde_json::to_string_pretty(&told)?);
        return Ok(());
    }
    show(&format!("{} {}: {}", text(&told["kind"]), text(&told["id"]), text(&told["whereabouts"])));
    let folder = &told["folder"];
    if folder.is_object() {
        show(&format!(
            "\nfolder {}  {}  {}  {}  from {}",
            text(&folder["id"]),
            text(&folder["process"]),
            text(&folder["external_id"]),
            text(&folder["status"]),
            text(&folder["depositor"])
        ));
        for case in rows(&folder["cases"]) {
            let waiting = case["waiting"].as_u64().unwrap_or_default();
            show(&format!(
                "  case {}  {}  {}  notifications waiting: {waiting}",
                text(&case["id"]),
                text(&case["recipient"]),
                text(&case["status"])
            ));
        }
        for file in rows(&folder["attachments"]) {
            show(&format!("  attachment {}  {}  {} bytes", text(&file["id"]), text(&file["status"]), file["size"]));
        }
    }
    section(
        "What happened",
        rows(&told["timeline"])
            .map(|row| format!("{}  {}  {}", text(&row["at"]), text(&row["what"]), text(&row["about"]))),
    );
    section(
        "What the journal still holds",
        rows(&told["journal"]).map(|row| {
            let what: Vec<&str> = rows(&row["what"]).map(text).collect();
            format!(
                "{}  {}  by {}  request {}",
                text(&row["at"]),
                what.join(", "),
                text(&row["by"]),
                text(&row["request"])
            )
        }),
    );
    section(
        "What was refused",
        rows(&told["refusals"]).map(|row| {
            let messages: Vec<&str> = rows(&row["messages"]).map(text).collect();
            format!(
                "{}  {} {}  by {}  request {}: {}",
                text(&row["at"]),
                text(&row["operation"]),
                row["status"],
                text(&row["by"]),
                text(&row["request"]),
                messages.join(" | ")
            )
        }),
    );
    Ok(())
}

fn section(title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if !lines.is_empty() {
        show(&format!("\n{title}"));
        lines.iter().for_each(|line| show(&format!("  {line}")));
    }
}

/// What administrators did, the latest first.
pub(super) async fn log(administrator: &Administrator, limit: usize, about: Option<&str>, json: bool) -> Result<()> {
    let mut path = format!("/log?maxResult={PAGE_ROWS}");
    let mut shown = 0;
    loop {
        let page = administrator.ask(Method::GET, &path, &Value::Null, StatusCode::OK).await?;
        for act in rows(&page["acts"]) {
            let concerns = |change: &Value| about.is_none_or(|about| change["key"] == about);
            if !rows(&act["changes"]).any(concerns) {
                continue;
            }
            if shown == limit {
                return Ok(());
            }
            shown += 1;
            if json {
                show(&act.to_string());
                continue;
            }
            for change in rows(&act["changes"]) {
                show(&format!(
                    "{}  {}  {} {}: {}",
                    text(&act["at"]),
                    text(&act["by"]),
                    text(&change["kind"]),
                    text(&change["key"]),
                    difference(&change["before"], &change["after"])
                ));
            }
        }
        let Some(next) = page["next"].as_str() else { return Ok(()) };
        path = format!("/log?maxResult={PAGE_ROWS}&before={next}");
    }
}

/// What of a record changed, in words.
fn difference(before: &Value, after: &Value) -> String {
    let Value::Object(before) = before else { return "created".to_owned() };
    let empty = Map::new();
    let after = after.as_object().unwrap_or(&empty);
    let dates = |name: &str| matches!(name, "updateDateTime" | "createDateTime" | "creationDateTime");
    let changed = after.iter().filter(|(name, value)| !dates(name) && before.get(*name) != Some(value));
    let changed: Vec<String> = changed
        .map(|(name, value)| format!("{name} {} -> {value}", before.get(name).unwrap_or(&Value::Null)))
        .collect();
    if changed.is_empty() { "written again, unchanged".to_owned() } else { changed.join(", ") }
}

/// How the hub is.
pub(super) async fn status(administrator: &Administrator) -> Result<()> {
    let told = administrator.ask(Method::GET, "/status", &Value::Null, StatusCode::OK).await?;
    for (name, value) in told.as_object().into_iter().flatten() {
        match value {
            Value::Array(checks) => {
                for check in checks {
                    let state = if check["ok"] == true { "ok" } else { "FAILS" };
                    show(&format!(
                        "{:<24} {state} {}",
                        text(&check["name"]),
                        check["reason"].as_str().unwrap_or_default()
                    ));
                }
            }
            Value::String(text) => show(&format!("{name:<24} {text}")),
            other => show(&format!("{name:<24} {other}")),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_changed_is_told_and_what_did_not_is_not() {
        let before = json!({ "name": "A", "code": 1, "updateDateTime": null });
        let after = json!({ "name": "B", "code": 1, "updateDateTime": "2026" });
        assert_eq!(difference(&before, &after), r#"name "A" -> "B""#);
        assert_eq!(difference(&Value::Null, &after), "created");
        assert_eq!(difference(&after, &after), "written again, unchanged");
    }
}
