//! What recipients put back on their own servers.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use bytes::Bytes;
use http::Method;
use navette_adapter_kit::sshd::{self, Sshd};
use serde_json::Value;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::deliveries::{has_them_brought, messages, sftp, starts};
use crate::hub::{Setup, eventually};
use crate::parties::{Depositor, Folder, Must as _, inbox, note, text};

/// An answer as the software of town halls writes it.
fn answer(number: &str, state: u32) -> Vec<u8> {
    let message = format!(
        "<Message><Body><Content><Retour><Teledemarche><NumeroTeledemarche>{number}</NumeroTeledemarche></Teledemarche>\
         <Etat>{state}</Etat><Commentaire>Transcrit.</Commentaire></Retour></Content></Body></Message>"
    );
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [("message.xml", message.as_bytes()), ("acte.pdf", b"%PDF-1.4 acte".as_slice())] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn puts(directory: &Path, name: &str, bytes: &[u8]) {
    fs::create_dir_all(directory).unwrap();
    let unfinished = directory.join(".unfinished");
    fs::write(&unfinished, bytes).unwrap();
    fs::rename(unfinished, directory.join(name)).unwrap();
}

/// The status of the folder's case, as its depositor reads it.
async fn status(depositor: &Depositor, folder: &Folder) -> String {
    text(&depositor.reads(folder).await["cases"][0], "status")
}

pub(crate) async fn what_a_recipient_puts_back_on_its_server_becomes_statuses_and_events_once(setup: Setup) {
    let Some(program) = sshd::program() else {
        eprintln!("skipped: {} names no sshd; ops/test installs it", sshd::VARIABLE);
        return;
    };
    let server = Sshd::start(&program).await;
    let (home, out) = (server.home(), server.home().join("out"));
    fs::create_dir(&out).unwrap();
    let mut hub = starts(setup).await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    has_them_brought(&hub, &recipient, "SFTP", &sftp(&server)).await;
    let folder = depositor.deposits(&[note("certificat.txt", "content")], &[&recipient]).await;
    let zipped = async || messages(&home).into_iter().find(|name| name.ends_with(".zip"));
    let name = eventually("the message", zipped).await;

    fs::create_dir_all(home.join("DONE")).unwrap();
    fs::rename(home.join(&name), home.join("DONE").join(&name)).unwrap();
    let is = async |word: &str| (status(&depositor, &folder).await == word).then_some(());
    eventually("that the software has it", async || is("SI_RECEIVED").await).await;

    puts(&out, "FOLDER-1-CERTDC-3.zip", b"no zip of any kind, and older than a moment");
    let written = fs::File::options().append(true).open(out.join("FOLDER-1-CERTDC-3.zip")).unwrap();
    written.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(3_600)).unwrap();
    let aside = async || (messages(&out.join("refused")).len() == 1).then_some(());
    fs::create_dir_all(out.join("refused")).unwrap();
    eventually("what cannot be used, put aside", aside).await;

    puts(&out, "FOLDER-1-CERTDC-3.zip", &answer("FOLDER-1", 19));
    eventually("the answer", async || is("DONE").await).await;
    let gone = async || (!out.join("FOLDER-1-CERTDC-3.zip").exists()).then_some(());
    eventually("the answer, taken away", gone).await;

    let told: Vec<Value> = inbox(&depositor.partner).await;
    let last = told.last().expect("the depositor is told");
    let (case, event) = (&folder.cases[0], text(last, "eventId"));
    let seen = depositor.partner.get(&format!("/cases/{case}/events/{event}")).await.must(200).json();
    assert_eq!((seen["message"].as_str(), seen["caseNewStatus"].as_str()), (Some("Transcrit."), Some("DONE")));
    let file = text(&seen["attachments"][0], "id");
    let path = format!("/cases/{case}/events/{event}/attachments/{file}");
    assert_eq!(depositor.partner.get(&path).await.must(200).body.as_ref(), b"%PDF-1.4 acte");

    // The next start finds what is new, and nothing twice: what stays in DONE was read already.
    hub.is_killed().await;
    hub.start_again().await;
    puts(&out, "FOLDER-1-CERTDC-3.zip", &answer("FOLDER-1", 20));
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let is = async |word: &str| (status(&depositor, &folder).await == word).then_some(());
    eventually("the later answer", async || is("REFUSED").await).await;
    // On a cluster the case says so a moment before the inbox does.
    let more = async || Some(inbox(&depositor.partner).await.len()).filter(|count| *count > told.len());
    assert_eq!(eventually("that the depositor is told", more).await, told.len() + 1, "once");
    let path = "/navette/v1/deliveries";
    let ledger = recipient.partner.send_to(hub.access.base_url(), Method::GET, path, Bytes::new(), &[]).await.must(200);
    let ledger = ledger.json();
    let returns = ledger["deliveries"][0]["lastReturns"].as_array().unwrap();
    let outcomes: Vec<String> = returns.iter().map(|row| text(row, "outcome")).collect();
    assert_eq!(outcomes, ["taken", "unusable", "status", "status"]);
}
