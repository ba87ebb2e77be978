//! What the demo shows: each step with method, path, status and time, and a picture of the path.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Instant;

use crate::partner::{Access, Answer, Partner};

/// Standard output, in colour where that makes sense.
#[derive(Debug)]
pub(super) struct Screen {
    colour: bool,
}

impl Screen {
    pub(super) fn new() -> Self {
        Self { colour: io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub(super) fn title(&mut self, title: &str) -> io::Result<()> {
        writeln!(io::stdout(), "\n{}", self.paint("1", title))
    }

    pub(super) fn note(&mut self, note: &str) -> io::Result<()> {
        writeln!(io::stdout(), "  {note}")
    }

    pub(super) fn step(&mut self, answer: &Answer, meaning: &str) -> io::Result<()> {
        let colour = if answer.status.is_success() { "32" } else { "31" };
        let status = self.paint(colour, answer.status.as_str());
        let milliseconds = answer.elapsed.as_secs_f64() * 1_000.0;
        let (method, path) = (answer.method().as_str(), shorten(answer.path()));
        writeln!(io::stdout(), "  {method:<6} {path:<68} {status} {milliseconds:>7.1} ms  {meaning}")
    }

    /// What a recipient's own server was told.
    pub(super) fn received(&mut self, path: &str, status: u16, meaning: &str) -> io::Result<()> {
        let status = self.paint("32", &status.to_string());
        writeln!(io::stdout(), "  {:<6} {path:<68} {status} {:>10}  {meaning}", "POST", "")
    }

    /// What a recipient did over SFTP.
    pub(super) fn fetched(&mut self, what: &str, path: &str, began: Instant, meaning: &str) -> io::Result<()> {
        let milliseconds = began.elapsed().as_secs_f64() * 1_000.0;
        let good = self.paint("32", "ok ");
        writeln!(io::stdout(), "  {what:<6} {path:<68} {good} {milliseconds:>7.1} ms  {meaning}")
    }

    pub(super) fn picture(&mut self, recipients: &[&str; 3], files: usize) -> io::Result<()> {
        let [first, second, third] = recipients;
        let mut out = io::stdout().lock();
        writeln!(
            out,
            "
                             ┌───────────────────────────┐   API: inbox, case, files     ┌─────────────────────┐
  ┌───────────┐  1 folder    │  navette                  │ ◀──────────────────────────── │ {first:<19} │
  │           │  3 cases     │  gateway  parse, admit    │   web hook: a signed call     ├─────────────────────┤
  │ depositor │  {files} files ──▶ │  router   decide          │ ────────────────────────────▶ │ {second:<19} │
  │           │              │  journal  durable ─▶ view │   SFTP: one message           ├─────────────────────┤
  └───────────┘ ◀─────────── │  inboxes, deliveries      │ ◀──────────────────────────── │ {third:<19} │
            statuses, events └───────────────────────────┘                               └─────────────────────┘"
        )
    }

    /// How to see the folder on the servers of a cluster.
    pub(super) fn look_lines(&mut self, commands: &[String]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "\nIts entries on Kafka, and its cases in Cassandra:\n")?;
        commands.iter().try_for_each(|command| writeln!(out, "{command}"))
    }

    pub(super) fn curl_lines(&mut self, access: &Access, partner: &Partner, case: &str) -> io::Result<()> {
        let credential = partner.credential();
        let (id, secret) = (&credential.client_id, &credential.client_secret);
        let (token, api) = (&access.token_url, &access.teledossiers_url);
        let mut out = io::stdout().lock();
        writeln!(out, "\nThe hub goes on running. As the town hall:\n")?;
        writeln!(
            out,
            "TOKEN=$(curl -s -u {id}:{secret} -d grant_type=client_credentials -d scope=SI {token} | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')"
        )?;
        writeln!(out, "curl -s -H \"Authorization: Bearer $TOKEN\" \"{api}/notifications?eventDetails=true\"")?;
        writeln!(out, "curl -s -H \"Authorization: Bearer $TOKEN\" \"{api}/cases/{case}\"\n")
    }
}

/// A path with its identifiers cut to their ends, which tell them apart.
fn shorten(path: &str) -> String {
    let segments = path.split('/').map(|segment| match segment.len() {
        36 => segment.get(28..).map_or_else(|| segment.to_owned(), |end| format!("…{end}")),
        _ => segment.to_owned(),
    });
    segments.collect::<Vec<_>>().join("/")
}
