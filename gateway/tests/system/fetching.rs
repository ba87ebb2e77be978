//! Recipients who fetch whole cases over SFTP.

use std::sync::Arc;

use http::{Method, StatusCode};
use navette_gateway::partner::SftpAccess;
use russh::client::{self, Handle, Handler};
use russh::keys::{PublicKey, PublicKeyOrCertificate};
use russh_sftp::client::SftpSession;
use tokio::io::AsyncReadExt as _;

use crate::hub::{Hub, Setup};
use crate::parties::{Recipient, inbox, note, text};

struct Known(PublicKey);

impl Handler for Known {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        Ok(shown.public_key().key_data() == self.0.key_data())
    }
}

async fn starts(setup: Setup) -> Hub {
    setup.configured("SFTP_LISTEN", "127.0.0.1:0").start().await
}

async fn logs_in(server: &SftpAccess, user: &str, password: &str) -> Option<Handle<Known>> {
    let key = PublicKey::from_openssh(&server.host_key).unwrap();
    let mut connection = client::connect(Arc::default(), server.address, Known(key)).await.unwrap();
    connection.authenticate_password(user, password).await.unwrap().success().then_some(connection)
}

/// A session of a recipient, with the connection that it needs to live.
async fn connects(hub: &Hub, recipient: &Recipient) -> Option<(SftpSession, Handle<Known>)> {
    let credential = recipient.partner.credential();
    let server = hub.access.sftp.as_ref().expect("an SFTP server");
    let connection = logs_in(server, &credential.client_id, &credential.client_secret).await?;
    let channel = connection.channel_open_session().await.unwrap();
    channel.request_subsystem(true, "sftp").await.unwrap();
    Some((SftpSession::new(channel.into_stream()).await.unwrap(), connection))
}

async fn names(session: &SftpSession) -> Vec<String> {
    let listed = session.read_dir("/").await.unwrap();
    listed.filter(|entry| entry.file_type().is_file()).map(|entry| entry.file_name()).collect()
}

pub(crate) async fn each_recipient_fetches_its_own_cases_and_no_others(setup: Setup) {
    let mut hub = starts(setup).await;
    let depositor = hub.depositor("CERTDC").await;
    let recipients = hub.recipients("CERTDC").await;
    let [one, other] = recipients.get(..2).unwrap() else { panic!("two recipients") };
    let files = [note("certificat.txt", "content")];
    let folder = depositor.deposits(&files, &[one]).await;
    let (session, _connection) = connects(&hub, one).await.expect("it is let in");
    assert_eq!(names(&session).await, ["FOLDER-1-CERTDC-1.zip"]);
    let (others, _other_connection) = connects(&hub, other).await.expect("it is let in");
    assert_eq!(names(&others).await, Vec::<String>::new());
    assert!(others.open("/FOLDER-1-CERTDC-1.zip").await.is_err(), "what is not one's own is not there");

    let mut zip = Vec::new();
    session.open("/FOLDER-1-CERTDC-1.zip").await.unwrap().read_to_end(&mut zip).await.unwrap();
    let size = session.metadata("/FOLDER-1-CERTDC-1.zip").await.unwrap().size;
    assert_eq!(size, Some(zip.len() as u64), "the size is known before anything is read");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).expect("a zip");
    let held: Vec<Vec<u8>> = (0..archive.len())
        .map(|index| {
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut archive.by_index(index).unwrap(), &mut bytes).unwrap();
            bytes
        })
        .collect();
    assert!(held.contains(&files[0].bytes));

    // What was read and not acknowledged is there again, also after the next start.
    hub.is_killed().await;
    hub.start_again().await;
    let recipients = hub.recipients("CERTDC").await;
    let one = &recipients[0];
    let (session, _connection) = connects(&hub, one).await.expect("it is let in");
    assert_eq!(names(&session).await, ["FOLDER-1-CERTDC-1.zip"]);
    session.rename("/FOLDER-1-CERTDC-1.zip", "/done/FOLDER-1-CERTDC-1.zip").await.unwrap();
    assert_eq!(names(&session).await, Vec::<String>::new());
    assert!(inbox(&one.partner).await.is_empty());
    let depositor = hub.depositor("CERTDC").await;
    let case = &depositor.reads(&folder).await["cases"][0];
    assert_eq!(text(case, "status"), "SI_RECEIVED");
}

pub(crate) async fn what_is_acknowledged_while_it_is_listed_hides_nothing_else(setup: Setup) {
    const CASES: usize = 250;
    let files = [note("certificat.txt", "content")];
    let hub = starts(setup).await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    for number in 0..CASES {
        let mut folder = depositor.folder(&files, &[&recipient]);
        folder["externalId"] = format!("FOLDER-{number}").into();
        let folder = depositor.announces(&folder).await;
        depositor.sends(&folder, &files).await;
        depositor.completes(&folder).await;
    }
    let (session, _connection) = connects(&hub, &recipient).await.expect("it is let in");
    let mut seen = std::collections::BTreeSet::new();
    // Each is removed as soon as a listing shows it, in the middle of that listing, by another session.
    let (other, _other_connection) = connects(&hub, &recipient).await.expect("it is let in");
    let first = names(&other).await;
    assert_eq!(first.len(), CASES);
    let listing = session.read_dir("/").await.unwrap();
    for name in &first[..CASES / 2] {
        other.remove_file(format!("/{name}")).await.unwrap();
    }
    seen.extend(listing.filter(|entry| entry.file_type().is_file()).map(|entry| entry.file_name()));
    assert!(first[CASES / 2..].iter().all(|name| seen.contains(name)), "{} of {CASES}", seen.len());
    assert_eq!(names(&session).await, first[CASES / 2..]);
}

pub(crate) async fn nobody_comes_in_with_a_wrong_or_a_revoked_credential_or_as_a_depositor(setup: Setup) {
    let hub = starts(setup).await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let server = hub.access.sftp.clone().expect("an SFTP server");
    let own = recipient.partner.credential();
    assert!(logs_in(&server, &own.client_id, "wrong").await.is_none());
    assert!(logs_in(&server, "nobody", &own.client_secret).await.is_none());
    let of_depositor = depositor.partner.credential();
    assert!(logs_in(&server, &of_depositor.client_id, &of_depositor.client_secret).await.is_none());

    depositor.deposits(&[note("certificat.txt", "content")], &[&recipient]).await;
    let (session, _connection) = connects(&hub, &recipient).await.expect("it is let in");
    assert_eq!(names(&session).await.len(), 1);
    let administrator = hub.administrator().await;
    let path = format!("/navette/v1/admin/credentials/{}", own.client_id);
    let base = hub.access.base_url();
    let revoked = administrator.send_to(base, Method::DELETE, &path, bytes::Bytes::new(), &[]).await;
    assert_eq!(revoked.unwrap().status, StatusCode::NO_CONTENT);
    assert_eq!(names(&session).await, Vec::<String>::new(), "an open session ends with its credential");
    assert!(session.remove_file("/FOLDER-1-CERTDC-1.zip").await.is_err());
    assert!(logs_in(&server, &own.client_id, &own.client_secret).await.is_none());
}
