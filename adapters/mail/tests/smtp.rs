//! Mails over real sockets to a real server.

#![expect(clippy::print_stderr, reason = "what was skipped is for whoever runs the tests")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use navette_adapter_kit::maildev::{self, Maildev, Setup};
use navette_adapter_mail::{Options, Protection, Smtp};
use navette_router::model::MailId;
use navette_router::ports::{Letter, MailError, Mailer as _};
use tempfile::TempDir;

fn program() -> Option<PathBuf> {
    let program = maildev::program();
    if program.is_none() {
        eprintln!("skipped: {} names no maildev; ops/test installs it", maildev::VARIABLE);
    }
    program
}

/// A certificate for localhost, and its key.
fn certificate(directory: &Path) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let files = (directory.join("certificate.pem"), directory.join("key.pem"));
    std::fs::write(&files.0, made.cert.pem()).expect("the certificate is written");
    std::fs::write(&files.1, made.signing_key.serialize_pem()).expect("the key is written");
    files
}

fn options(port: u16, protection: Protection) -> Options {
    Options {
        host: "localhost".to_owned(),
        port,
        protection,
        authorities: None,
        login: None,
        from: "Navette <ne-pas-repondre@example.fr>".to_owned(),
        connections_max: 2,
        time_limit: Duration::from_secs(10),
    }
}

fn letter(to: &str) -> Letter {
    Letter {
        id: MailId::generate(),
        to: to.to_owned(),
        subject: "Nouveau télédossier : Demande d'acte".to_owned(),
        text: "Bonjour,\n\nUn télédossier vous attend depuis l'été.\n".to_owned(),
    }
}

async fn sends(options: &Options, letter: &Letter) -> Result<(), MailError> {
    Smtp::new(options).expect("a mailer").send(letter).await
}

fn cause(error: &MailError) -> String {
    error.source.to_string()
}

#[tokio::test]
async fn a_letter_arrives_as_it_was_written() {
    let Some(program) = program() else { return };
    let server = Maildev::start(&program, &Setup::default()).await;
    let letter = letter("mairie@example.fr");
    sends(&options(server.port(), Protection::None), &letter).await.expect("the letter is taken");
    let mail = server.receives(1).await.remove(0);
    assert_eq!(mail["subject"], letter.subject.as_str());
    assert_eq!(mail["text"].as_str().map(str::trim), Some(letter.text.trim()));
    assert_eq!(mail["to"][0]["address"], "mairie@example.fr");
    assert_eq!(mail["from"][0]["address"], "ne-pas-repondre@example.fr");
    assert_eq!(mail["headers"]["message-id"], format!("<{}@example.fr>", letter.id));
    assert_eq!(mail["headers"]["auto-submitted"], "auto-generated");
}

#[tokio::test]
async fn over_tls_the_certificate_and_the_password_must_be_right() {
    let Some(program) = program() else { return };
    let directory = TempDir::new().expect("a directory");
    let files = certificate(directory.path());
    let login = ("navette".to_owned(), "secret".to_owned());
    let setup = Setup { certificate: Some(files.clone()), login: Some(login.clone()), ..Setup::default() };
    let server = Maildev::start(&program, &setup).await;
    let right = Options {
        authorities: Some(files.0),
        login: Some((login.0.clone(), login.1.into())),
        ..options(server.port(), Protection::Tls)
    };
    let letter = letter("mairie@example.fr");
    sends(&right, &letter).await.expect("the letter is taken");
    assert_eq!(server.receives(1).await.len(), 1);

    let wrong = Options { login: Some((login.0, "wrong".into())), ..right.clone() };
    let refused = sends(&wrong, &letter).await.expect_err("the password is wrong");
    assert!(!refused.permanent && cause(&refused).contains("535"), "{}", cause(&refused));
    assert_eq!(server.mails().await.len(), 1);

    let untrusted = Options { authorities: None, ..right };
    let refused = sends(&untrusted, &letter).await.expect_err("nobody vouches for the server");
    assert!(!refused.permanent, "{}", cause(&refused));
}

#[tokio::test]
async fn without_tls_nothing_is_sent_when_it_is_asked_for() {
    let Some(program) = program() else { return };
    let server = Maildev::start(&program, &Setup::default()).await;
    let refused = sends(&options(server.port(), Protection::StartTls), &letter("mairie@example.fr")).await;
    assert!(!refused.expect_err("the server does not know STARTTLS").permanent);
    assert!(server.mails().await.is_empty());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_tried_again_and_an_address_that_is_none_is_not() {
    let options = options(maildev::free_port(), Protection::None);
    let refused = sends(&options, &letter("mairie@example.fr")).await.expect_err("nobody listens");
    assert!(!refused.permanent);
    let refused = sends(&options, &letter("nobody")).await.expect_err("no address");
    assert!(refused.permanent && !cause(&refused).contains("nobody"), "{}", cause(&refused));
}
