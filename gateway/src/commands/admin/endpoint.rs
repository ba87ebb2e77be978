//! `navette admin endpoint`: where subscriptions want their cases brought.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use clap::{Args, Subcommand};
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::admin::Administrator;
use crate::commands::show;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Set where cases are brought, or change something of it; what is not named stays.
    Set(Box<Set>),
    /// Show where cases are brought. Never a secret.
    Show { subscription: String },
    /// Try the way there from the hub, and say what is wrong. Nothing is delivered.
    Test { subscription: String },
    /// Bring nothing there until it is resumed; what is to be delivered waits.
    Pause { subscription: String },
    /// Bring there again.
    Resume { subscription: String },
    /// Take the endpoint away, with its secrets.
    Remove { subscription: String },
}

/// What to set.
#[derive(Debug, Args)]
pub(super) struct Set {
    /// Its identifier, or process and organization, such as DAUA/SI-22770001000019-77372.
    subscription: String,
    /// SFTP or WEBHOOK; that of the subscription when nothing is said. Another one than before begins with nothing set.
    #[arg(long)]
    mode: Option<String>,
    /// A setting, such as host=sftp.mairie.example.fr; docs/adapters lists them.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// A setting to take away.
    #[arg(long = "unset", value_name = "NAME")]
    unset: Vec<String>,
    /// A secret, and the file that holds it, such as password=password.txt; - is the standard input.
    #[arg(long = "secret-file", value_name = "NAME=FILE")]
    secrets: Vec<String>,
    /// A secret to take away.
    #[arg(long = "unset-secret", value_name = "NAME")]
    unset_secrets: Vec<String>,
    /// When, every day, nothing is brought there: 22:00-06:00 by the clock of Paris, 22:00-06:00-04:00 at an offset. `none` for never.
    #[arg(long, value_name = "FROM-TO")]
    maintenance: Vec<String>,
    /// After how many hours what is not picked up goes the next way; 0: never.
    #[arg(long, value_name = "HOURS")]
    fallback_after: Option<u16>,
    /// The next way: PORTAIL or API.
    #[arg(long, value_name = "MODE", default_value = "PORTAIL", requires = "fallback_after")]
    fallback_mode: String,
}

pub(super) async fn run(administrator: &Administrator, action: Action) -> Result<()> {
    match action {
        Action::Set(set) => apply(administrator, *set).await,
        Action::Show { subscription } => {
            let path = path(administrator, &subscription).await?;
            tell(&administrator.ask(Method::GET, &path, &Value::Null, StatusCode::OK).await?);
            Ok(())
        }
        Action::Test { subscription } => test(administrator, &subscription).await,
        Action::Pause { subscription } => {
            post(administrator, &subscription, "pause").await?;
            show("nothing is brought there from now on");
            Ok(())
        }
        Action::Resume { subscription } => {
            post(administrator, &subscription, "resume").await?;
            show("cases are brought there again");
            Ok(())
        }
        Action::Remove { subscription } => {
            let path = path(administrator, &subscription).await?;
            administrator.ask(Method::DELETE, &path, &Value::Null, StatusCode::NO_CONTENT).await?;
            show("the endpoint is gone, with its secrets");
            Ok(())
        }
    }
}

async fn post(administrator: &Administrator, subscription: &str, word: &str) -> Result<Value> {
    let path = format!("{}/{word}", path(administrator, subscription).await?);
    administrator.ask(Method::POST, &path, &Value::Null, StatusCode::OK).await
}

/// Where the endpoint of a subscription is, which is named by its identifier or by process and organization.
async fn path(administrator: &Administrator, subscription: &str) -> Result<String> {
    let id = match subscription.split_once('/') {
        None => subscription.to_owned(),
        Some((process, organization)) => {
            let rows = administrator.list("/subscriptions").await?;
            let is_it = |row: &&Value| {
                let part = |name: &str| row["subscriber"][name].as_str().unwrap_or_default();
                let key = format!("{}-{}-{}", part("type"), part("companyRegister"), part("branchCode"));
                row["processCode"] == process && key == organization
            };
            let found = rows.iter().find(is_it).and_then(|row| row["id"].as_str());
            found.with_context(|| format!("{organization} has no subscription to {process}"))?.to_owned()
        }
    };
    ensure!(
        id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'),
        "{subscription} is no subscription; give its identifier, or process and organization, such as DAUA/SI-22770001000019-77372"
    );
    Ok(format!("/subscriptions/{id}/endpoint"))
}

async fn apply(administrator: &Administrator, set: Set) -> Result<()> {
    let secrets = secrets(&set)?;
    let path = path(administrator, &set.subscription).await?;
    let known = administrator.ask_if_there(&path).await?;
    let body = body(&set, known.as_ref(), &secrets)?;
    tell(&administrator.ask(Method::PUT, &path, &body, StatusCode::OK).await?);
    Ok(())
}

/// What is known, with what the command line says in its place.
fn body(set: &Set, known: Option<&Value>, secrets: &Map<String, Value>) -> Result<Value> {
    let kept = known.filter(|known| set.mode.as_ref().is_none_or(|mode| known["mode"] == mode.as_str()));
    let mut settings = kept.and_then(|known| known["settings"].as_object().cloned()).unwrap_or_default();
    for name in &set.unset {
        settings.remove(name);
    }
    for pair in &set.settings {
        let (name, value) = pair.split_once('=').with_context(|| format!("--set {pair}: write it as NAME=VALUE"))?;
        settings.insert(name.to_owned(), json!(value));
    }
    let kept = |name: &str| known.map(|known| known[name].clone()).unwrap_or_default();
    let maintenance = match set.maintenance.as_slice() {
        [] => kept("maintenance"),
        [word] if word == "none" => json!([]),
        windows => json!(windows),
    };
    let fallback = match set.fallback_after {
        None => kept("fallback"),
        Some(0) => Value::Null,
        Some(hours) => json!({ "after_hours": hours, "mode": set.fallback_mode }),
    };
    let mode = set.mode.as_deref().map_or_else(|| kept("mode"), |mode| json!(mode));
    Ok(
        json!({ "mode": mode, "settings": settings, "secrets": secrets, "maintenance": maintenance, "fallback": fallback }),
    )
}

fn secrets(set: &Set) -> Result<Map<String, Value>> {
    let mut secrets: Map<_, _> = set.unset_secrets.iter().map(|name| (name.clone(), Value::Null)).collect();
    let mut stdin_taken = false;
    for pair in &set.secrets {
        let (name, file) = pair
            .split_once('=')
            .context("--secret-file: write it as NAME=FILE; the secret itself goes into the file")?;
        if file == "-" {
            ensure!(
                !stdin_taken,
                "--secret-file {name}=-: the standard input holds one secret; put the others into files"
            );
            stdin_taken = true;
        }
        secrets.insert(name.to_owned(), json!(read_secret(name, Path::new(file))?));
    }
    Ok(secrets)
}

/// What a file holds. The end of a line behind a password is no part of it; a key of several lines is taken whole.
fn read_secret(name: &str, file: &Path) -> Result<String> {
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin()
            .read_to_string(&mut text)
            .with_context(|| format!("--secret-file {name}=-: cannot be read"))?;
    } else {
        let file: PathBuf = file.to_owned();
        text = std::fs::read_to_string(&file)
            .with_context(|| format!("--secret-file {name}: {} cannot be read", file.display()))?;
    }
    if text.lines().count() <= 1 {
        text.truncate(text.trim_end_matches(['\r', '\n']).len());
    }
    ensure!(!text.trim().is_empty(), "--secret-file {name}: there is nothing in it");
    Ok(text)
}

/// Tries the way, and fails when it does not work, so that a script notices.
async fn test(administrator: &Administrator, subscription: &str) -> Result<()> {
    let told = post(administrator, subscription, "test").await?;
    for line in told["found"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        show(&format!("ok  {line}"));
    }
    let problem = &told["problem"];
    if problem.is_null() {
        show("a delivery would arrive");
        return Ok(());
    }
    let text = |name: &str| problem[name].as_str().unwrap_or_default();
    if !text("said").is_empty() {
        show(&format!("the server said: {}", text("said")));
    }
    let concerns = match text("concerns") {
        "hub" => "this is for whoever runs the hub",
        _ => "this is for whoever runs the recipient's server, or wrote down how to reach it",
    };
    bail!("{} ({concerns})", text("message"))
}

fn tell(endpoint: &Value) {
    lines(endpoint).iter().for_each(|line| show(line));
}

fn lines(endpoint: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = |name: &str, value: &str| lines.push(format!("{name:<24} {value}"));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    line("subscription", &text(&endpoint["subscription"]));
    line("mode", &text(&endpoint["mode"]));
    let state = match (endpoint["in_use"] == true, endpoint["paused"] == true) {
        (false, _) => "not in use: the subscription is not in force, or its access mode is another",
        (true, true) => "paused",
        (true, false) => "in use",
    };
    line("state", state);
    for (name, value) in endpoint["settings"].as_object().into_iter().flatten() {
        line(&format!("settings.{name}"), &text(value));
    }
    for (name, secret) in endpoint["secrets"].as_object().into_iter().flatten() {
        line(&format!("secrets.{name}"), &format!("set at {}", text(&secret["set_at"])));
    }
    let windows = endpoint["maintenance"].as_array().into_iter().flatten();
    let windows: Vec<String> = windows.map(text).collect();
    if !windows.is_empty() {
        line("maintenance", &windows.join(", "));
    }
    if let Value::Object(fallback) = &endpoint["fallback"] {
        let (hours, mode) = (&fallback["after_hours"], fallback["mode"].as_str().unwrap_or_default());
        line("fallback", &format!("{mode} after {hours} hours"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        set: Set,
    }

    fn set(arguments: &[&str]) -> Set {
        Line::try_parse_from(["set", "018f"].iter().chain(arguments)).expect("a command line").set
    }

    fn known() -> Value {
        json!({
            "mode": "SFTP", "settings": { "host": "a", "port": "22" }, "secrets": { "password": { "set_at": "2026" } },
            "maintenance": ["22:00-06:00"], "fallback": { "after_hours": 48, "mode": "API" }, "in_use": true, "paused": false,
        })
    }

    #[test]
    fn what_is_not_named_stays_and_another_way_begins_with_nothing() {
        let changed = set(&["--set", "host=b=c", "--unset", "port"]);
        let body = |set: &Set| body(set, Some(&known()), &Map::new()).expect("a body");
        assert_eq!(
            body(&changed),
            json!({
                "mode": "SFTP", "settings": { "host": "b=c" }, "secrets": {}, "maintenance": ["22:00-06:00"],
                "fallback": { "after_hours": 48, "mode": "API" },
            })
        );
        let other = body(&set(&["--mode", "WEBHOOK", "--maintenance", "none", "--fallback-after", "0"]));
        assert_eq!(
            (&other["settings"], &other["maintenance"], &other["fallback"]),
            (&json!({}), &json!([]), &Value::Null)
        );
        assert!(super::body(&set(&["--set", "host"]), None, &Map::new()).is_err());
    }

    #[test]
    fn a_secret_is_read_from_its_file_without_the_end_of_its_line() {
        let directory = tempfile::tempdir().expect("a directory");
        let (password, key) = (directory.path().join("password"), directory.path().join("key"));
        std::fs::write(&password, "hush\r\n").expect("a file");
        std::fs::write(&key, "-----BEGIN\nabc\n-----END\n").expect("a file");
        let [first, second] =
            [("password", &password), ("private_key", &key)].map(|(name, file)| format!("{name}={}", file.display()));
        let read = secrets(&set(&["--secret-file", &first, "--secret-file", &second, "--unset-secret", "old"]))
            .expect("secrets");
        assert_eq!(
            Value::Object(read),
            json!({ "old": null, "password": "hush", "private_key": "-----BEGIN\nabc\n-----END\n" })
        );
        let told = secrets(&set(&["--secret-file", "hush-hush"])).expect_err("no file").to_string();
        assert!(!told.contains("hush-hush"), "{told}");
        std::fs::write(&password, "\n").expect("a file");
        assert!(secrets(&set(&["--secret-file", &first])).is_err());
    }

    #[test]
    fn an_endpoint_is_told_without_any_secret() {
        let lines = lines(&known()).join("\n");
        assert!(lines.contains("in use") && lines.contains("API after 48 hours"), "{lines}");
        assert!(lines.contains("secrets.password         set at 2026"), "{lines}");
    }
}
