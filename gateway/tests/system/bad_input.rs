//! Bodies and addresses that are wrong: refused with every fault, no panic, nothing written.

use bytes::Bytes;
use http::Method;
use navette_gateway::partner::Answer;
use serde_json::{Value, json};

use crate::hub::{Hub, Setup};
use crate::parties::{Depositor, Must as _, Recipient, complaints, inbox, note, text};

/// A hub before something wrong is sent to it.
struct Target {
    hub: Hub,
    depositor: Depositor,
    recipient: Recipient,
    entries: f64,
}

impl Target {
    async fn start(setup: Setup) -> Self {
        let hub = setup.start().await;
        let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
        let entries = hub.metric("navette_journal_entries_total").await;
        Self { hub, depositor, recipient, entries }
    }

    fn folder(&self) -> Value {
        self.depositor.folder(&[note("a.txt", "a")], &[&self.recipient])
    }

    /// What a folder with this body is answered.
    async fn announced(&self, body: impl Into<Bytes>) -> Answer {
        let headers = [("content-type", "application/json")];
        self.depositor.partner.send(Method::POST, "/folders", body.into(), &headers).await.unwrap()
    }

    /// What this body is refused with.
    async fn refused(&self, body: impl Into<Bytes>) -> Vec<String> {
        complaints(&Ok(self.announced(body).await).must(400).json())
    }

    async fn nothing_happened(&self) {
        assert_eq!(self.hub.metric("navette_http_panics_total").await, 0.0);
        assert_eq!(self.hub.metric("navette_journal_entries_total").await, self.entries, "something was written");
        assert!(inbox(&self.recipient.partner).await.is_empty());
    }
}

pub(crate) async fn malformed_json_says_where(setup: Setup) {
    let target = Target::start(setup).await;
    for (body, place) in [
        ("{\n  \"processCode\": \"CERTDC\",\n  \"externalId\" \"x\"\n}", "line 3, column 16"),
        ("{\"processCode\": \"CERTDC\"", "line 1, column 24"),
        ("{\"processCode\": CERTDC}", "line 1, column 17"),
        ("{} {}", "line 1, column 4"),
        ("{\"a\": \"\\ud800\"}", "line 1"),
        ("{\"externalId\": \"1\", \"externalId\": \"2\"}", "line 1"),
    ] {
        let complaints = target.refused(body).await;
        assert!(matches!(complaints.as_slice(), [only] if only.contains(place)), "{body}: {complaints:?}");
    }
    for body in ["", "  ", "[]", "null", "1", "\"x\""] {
        assert_eq!(target.refused(body).await.len(), 1, "{body}");
    }
    target.nothing_happened().await;
}

pub(crate) async fn a_body_that_is_too_deep_too_large_or_not_text_is_refused(setup: Setup) {
    let target = Target::start(setup).await;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{{\"deep\":{}1{}}}", open.repeat(100_000), close.repeat(100_000));
        assert!(target.refused(deep).await[0].contains("nested too deeply"));
    }
    for number in ["1e999", "-1e999", "123456789012345678901234567890", "9223372036854775808", "1.5", "-1", "1e400000"]
    {
        let body = target.folder().to_string().replace("\"size\":1,", &format!("\"size\":{number},"));
        assert!(body.contains(number));
        let complaints = target.refused(body).await;
        assert_eq!(complaints.len(), 1, "{number}: {complaints:?}");
    }
    for bytes in [&b"{\"externalId\": \"\xFF\xFE\"}"[..], b"\xFF\xFE{\x00}\x00", b"{\"externalId\": \"a\0b\"}", b"\0"] {
        assert!(target.refused(bytes.to_vec()).await[0].contains("line 1"));
    }
    // An escaped NUL is JSON, and no text that a folder may hold.
    for field in ["externalId", "processCode"] {
        let mut folder = target.folder();
        folder[field] = json!("a\0b");
        assert!(target.refused(folder.to_string()).await[0].starts_with(field));
    }
    let mut folder = target.folder();
    folder["attachments"][0]["fileName"] = json!("a\0.txt");
    assert!(target.refused(folder.to_string()).await[0].starts_with("attachments[0].fileName"));
    target.announced(vec![b' '; 9 << 20]).await.expect(http::StatusCode::PAYLOAD_TOO_LARGE).unwrap();
    target.nothing_happened().await;
}

pub(crate) async fn all_faults_are_told_at_once(setup: Setup) {
    let target = Target::start(setup).await;
    let complaints = target
        .refused(
            json!({
                "processCode": "CERTDC", "externalId": 12, "applicant": { "firstName": "SPECIMEN", "email": "nowhere" },
                "cases": [
                    { "externalId": "1", "recipient": { "type": "SI", "companyRegister": "00000000000000", "branchCode": "1" } },
                    { "externalId": "x".repeat(101), "recipient": target.depositor_as_recipient() },
                ],
                "attachments": [
                    { "fileName": "a", "type": "UNKNOWN", "size": -1, "mimeType": "pdf", "recipients": ["3"] },
                ],
            })
            .to_string(),
        )
        .await;
    for start in [
        "externalId: ",
        "applicant.lastName: ",
        "applicant.email: ",
        "cases[0].recipient: Case recipient SI-00000000000000-1 does not exist",
        "cases[1].externalId: ",
        "attachments[0].type: ",
        "attachments[0].size: ",
        "attachments[0].mimeType: ",
        "attachments[0].recipients: ",
    ] {
        assert!(complaints.iter().any(|complaint| complaint.starts_with(start)), "{start} is not in {complaints:#?}");
    }
    let mut folder = target.folder();
    folder["cases"][0]["recipient"] = target.hub.recipient("OTV").await.key();
    let complaints = target.refused(folder.to_string()).await;
    assert!(complaints[0].ends_with("does not suscribed to CERTDC"), "{complaints:?}");
    target.nothing_happened().await;
}

impl Target {
    /// A key that is well formed and of the wrong type.
    fn depositor_as_recipient(&self) -> Value {
        let key = self.depositor.partner.credential().organization.clone().unwrap();
        let parts: Vec<&str> = key.split('-').collect();
        json!({ "type": parts[0], "companyRegister": parts[1], "branchCode": parts[2] })
    }
}

pub(crate) async fn a_name_that_looks_like_a_path_is_a_name(setup: Setup) {
    let target = Target::start(setup).await;
    let names = [
        "../../x",
        "/etc/passwd",
        "..",
        "C:\\x",
        "a/b\\c",
        "%2e%2e%2fx",
        "é🦀 \u{202e}gpj.exe",
        "-rf",
        "~",
        "x; DROP TABLE x",
    ];
    let files: Vec<_> = names.iter().map(|name| note(name, name)).collect();
    let folder = target.depositor.deposits(&files, &[&target.recipient]).await;
    target.recipient.fetches(&folder.cases[0], &files).await;
    let read = target.depositor.reads(&folder).await;
    let kept: Vec<String> = read["attachments"].as_array().unwrap().iter().map(|row| text(row, "fileName")).collect();
    assert_eq!(kept, names);
    assert!(!target.hub.data().join("x").exists() && !target.hub.data().parent().unwrap().join("x").exists());
}

pub(crate) async fn a_hundred_thousand_attachments_are_too_many(setup: Setup) {
    let target = Target::start(setup).await;
    let row = json!({ "fileName": "a", "type": "PJ", "size": 1, "mimeType": "text/plain", "recipients": ["1"] });
    let rows = vec![row.to_string(); 100_000].join(",");
    let with = |rows: &str| {
        let mut folder = target.folder();
        folder["attachments"] = json!("ROWS");
        folder.to_string().replace("\"ROWS\"", &format!("[{rows}]"))
    };
    for rows in [rows, vec!["{}"; 100_000].join(",")] {
        let complaints = target.refused(with(&rows)).await;
        assert!(matches!(complaints.as_slice(), [only] if only.contains("more than")), "{complaints:?}");
    }
    let wrong = vec!["{}"; 1_000].join(",");
    let complaints = target.refused(with(&wrong)).await;
    assert_eq!(complaints.len(), 101, "a hundred are spelled out and the rest is counted");
    let cases = vec!["{}"; 100_000].join(",");
    let mut folder = target.folder();
    folder["cases"] = json!("CASES");
    let complaints = target.refused(folder.to_string().replace("\"CASES\"", &format!("[{cases}]"))).await;
    assert!(complaints[0].contains("more than"), "{complaints:?}");
    target.nothing_happened().await;
}

pub(crate) async fn unknown_addresses_and_methods_are_refused(setup: Setup) {
    let target = Target::start(setup).await;
    let partner = &target.depositor.partner;
    let base = target.hub.access.base_url().to_owned();
    let ask = async |method: &str, path: &str| {
        partner.send_to(&base, method.parse().unwrap(), path, Bytes::new(), &[]).await.unwrap()
    };
    for path in [
        "/",
        "/x",
        "/teledossiers",
        "/teledossiers/v1",
        "/teledossiers/v1/",
        "/teledossiers/v2/folders",
        "/teledossiers/v1/folders/",
        "//teledossiers/v1/folders",
        "/teledossiers/v1/folders/a/b/c/d/e/f/g/h",
        "/TELEDOSSIERS/v1/folders",
        "/teledossiers/v1/../v1/folders",
        "/%00",
        "/navette/v1",
        "/.env",
        "/metrics",
    ] {
        let answer = ask("GET", path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.json()["errors"][0]["code"], 404, "{path}");
    }
    for (method, path, allowed) in [
        ("GET", "/teledossiers/v1/folders", "POST"),
        ("PUT", "/teledossiers/v1/notifications", "GET"),
        ("BREW", "/teledossiers/v1/notifications", "GET"),
        ("TRACE", "/teledossiers/v1/cases/x", "GET, PATCH"),
        ("post", "/teledossiers/v1/folders", "POST"),
        ("GET", "/token", "POST"),
    ] {
        let answer = ask(method, path).await;
        assert_eq!(answer.status, 405, "{method} {path}");
        assert_eq!(answer.headers["allow"], allowed, "{method} {path}");
        assert_eq!(answer.json()["errors"][0]["code"], 405);
    }
    target.nothing_happened().await;
}

pub(crate) async fn unknown_parameters_and_identifiers_that_are_none_are_named(setup: Setup) {
    let target = Target::start(setup).await;
    let partner = &target.depositor.partner;
    for (path, part) in [
        ("/notifications?maxResults=3", "'maxResults'"),
        ("/notifications?maxResult=many", "maxResult"),
        ("/notifications?maxResult=0", "maxResult"),
        ("/notifications?maxResult=-1", "maxResult"),
        ("/notifications?offSet=99999999999999999999999", "offSet"),
        ("/notifications?eventDetails=yes", "eventDetails"),
        ("/notifications?%00=%ff", "unexpected"),
        ("/cases/x?lite=maybe", "[caseId]"),
        ("/cases/%2e%2e%2f", "[caseId]"),
        ("/folders/01980000000070008000000000000000", "[folderId]"),
        ("/folders/{01980000-0000-7000-8000-000000000000}", "[folderId]"),
    ] {
        // What an address may not hold is refused by the client already.
        let path = path.replace('{', "%7B").replace('}', "%7D");
        let complaints = complaints(&partner.get(&path).await.must(400).json());
        assert!(complaints[0].contains(part), "{path}: {complaints:?}");
    }
    let form = [("content-type", "multipart/form-data; boundary=b")];
    partner.send(Method::POST, "/folders", "--b".into(), &form).await.must(415);
    let words = "x".repeat(51);
    let headers = [("content-type", "application/json"), ("editorName", words.as_str())];
    let answer = partner.send(Method::POST, "/folders", target.folder().to_string().into(), &headers).await;
    assert!(complaints(&answer.must(400).json())[0].starts_with("editorName"));
    target.nothing_happened().await;
}
