//! Subscribers who ask for it are written to, by a real server.

use http::Method;
use navette_adapter_kit::maildev::{self, Maildev};
use serde_json::{Value, json};

use crate::hub::{Hub, Setup};
use crate::parties::{Must as _, Recipient, note, text};

/// Has the subscription of a recipient ask for a mail for each notification.
pub(crate) async fn asks_for_mail(hub: &Hub, recipient: &Recipient, email: &str) {
    let administrator = hub.administrator().await;
    let url = &hub.access.referential_url;
    let key = recipient.key();
    let list = format!("/subscriptions?processCode=CERTDC&companyRegister={}", text(&key, "companyRegister"));
    let found = administrator.send_to(url, Method::GET, &list, bytes::Bytes::new(), &[]).await.must(200).json();
    let mut subscription: Value = found[0].clone();
    subscription["notificationFrequency"] = json!("unitaire");
    subscription["email"] = json!(email);
    let path = format!("/subscriptions/{}", text(&subscription, "id"));
    administrator.send_to(url, Method::PUT, &path, subscription.to_string().into(), &[]).await.must(200);
}

pub(crate) async fn whoever_asks_for_mail_is_written_to_even_when_the_server_was_away(setup: Setup) {
    let Some(program) = maildev::program() else {
        eprintln!("skipped: {} names no maildev; ops/test installs it", maildev::VARIABLE);
        return;
    };
    let server = Maildev::start(&program, &maildev::Setup::default()).await;
    let port = server.port();
    let mut hub = setup
        .configured("MAIL_HOST", "127.0.0.1")
        .configured("MAIL_PORT", &port.to_string())
        .configured("MAIL_PROTECTION", "none")
        .configured("MAIL_RETRY_FIRST", "200ms")
        .configured("MAIL_RETRY_MAX", "1s")
        .configured("MAIL_ATTEMPTS_MAX", "1000")
        .start()
        .await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    asks_for_mail(&hub, &recipient, "mairie@example.fr").await;
    let files = [note("nom-du-fichier.txt", "content")];

    let first = depositor.deposits(&files, &[&recipient]).await;
    let mail = server.receives(1).await.remove(0);
    assert_eq!(mail["to"][0]["address"], "mairie@example.fr");
    let told = format!("{} {}", text(&mail, "subject"), text(&mail, "text"));
    assert!(told.contains("Certificat de décès") && told.contains(&first.cases[0]), "{told}");
    for personal in ["SPECIMEN", "nom-du-fichier"] {
        assert!(!told.contains(personal), "{personal} is in {told}");
    }

    // An event of the depositor is told of as well.
    let event = json!({ "actionType": "COM_ADD", "notification": true, "message": "secret words" });
    depositor.partner.post_event(&first.cases[0], &event).await.must(201);
    let mails = server.receives(2).await;
    assert!(text(&mails[1], "subject").starts_with("Télédossier mis à jour"), "{}", mails[1]["subject"]);
    assert!(!mails[1].to_string().contains("secret words"));

    // The server goes away; a deposit does not wait for it, and the mail outlives a SIGKILL.
    server.stop().await;
    let second = depositor.deposits(&files, &[&recipient]).await;
    hub.metric_becomes("navette_mails_waiting", 1.0).await;
    hub.is_killed().await;
    hub.start_again().await;
    assert_eq!(hub.metric("navette_mails_waiting").await as u64, 1);
    let server = Maildev::start(&program, &maildev::Setup { port, ..maildev::Setup::default() }).await;
    let mails = server.receives(1).await;
    assert!(text(&mails[0], "text").contains(&second.cases[0]));
    hub.metric_becomes("navette_mails_waiting", 0.0).await;
    assert_eq!(server.mails().await.len(), 1, "once");
}
