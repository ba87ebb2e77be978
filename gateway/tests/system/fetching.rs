//! Recipients who fetch whole cases over SFTP.

use http::{Method, StatusCode};
use navette_adapter_sftp::server::visit::{Visit, Visitor, entries};

use crate::hub::{Hub, Setup};
use crate::parties::{Recipient, inbox, note, text};

async fn starts(setup: Setup) -> Hub {
    setup.configured("SFTP_LISTEN", "127.0.0.1:0").start().await
}

async fn logs_in(hub: &Hub, user: &str, password: &str) -> Option<Visit> {
    let server = hub.access.sftp.as_ref().expect("an SFTP server");
    let (host_key, user) = (server.host_key.clone(), user.to_owned());
    Visit::begin(&Visitor { address: server.address, host_key, user, password: password.into() }).await.ok()
}

async fn visits(hub: &Hub, recipient: &Recipient) -> Option<Visit> {
    let credential = recipient.partner.credential();
    logs_in(hub, &credential.client_id, &credential.client_secret).await
}

pub(crate) async fn each_recipient_fetches_its_own_cases_and_no_others(setup: Setup) {
    let mut hub = starts(setup).await;
    let depositor = hub.depositor("CERTDC").await;
    let recipients = hub.recipients("CERTDC").await;
    let [one, other] = recipients.get(..2).unwrap() else { panic!("two recipients") };
    let files = [note("certificat.txt", "content")];
    let folder = depositor.deposits(&files, &[one]).await;
    let visit = visits(&hub, one).await.expect("it is let in");
    assert_eq!(visit.names().await.unwrap(), ["FOLDER-1-CERTDC-1.zip"]);
    let others = visits(&hub, other).await.expect("it is let in");
    assert_eq!(others.names().await.unwrap(), Vec::<String>::new());
    assert!(others.read("FOLDER-1-CERTDC-1.zip").await.is_err(), "what is not one's own is not there");

    let zip = visit.read("FOLDER-1-CERTDC-1.zip").await.unwrap();
    let size = visit.size("FOLDER-1-CERTDC-1.zip").await.unwrap();
    assert_eq!(size, Some(zip.len() as u64), "the size is known before anything is read");
    let held = entries(&zip).expect("a zip");
    assert!(held.contains(&files[0].bytes));

    // What was read and not acknowledged is there again, also after the next start.
    hub.is_killed().await;
    hub.start_again().await;
    let recipients = hub.recipients("CERTDC").await;
    let one = &recipients[0];
    let visit = visits(&hub, one).await.expect("it is let in");
    assert_eq!(visit.names().await.unwrap(), ["FOLDER-1-CERTDC-1.zip"]);
    visit.put_away("FOLDER-1-CERTDC-1.zip").await.unwrap();
    assert_eq!(visit.names().await.unwrap(), Vec::<String>::new());
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
    let visit = visits(&hub, &recipient).await.expect("it is let in");
    // Half of what one session shows is removed by another one while the first goes on.
    let other = visits(&hub, &recipient).await.expect("it is let in");
    let first = other.names().await.unwrap();
    assert_eq!(first.len(), CASES);
    let removing = async {
        for name in &first[..CASES / 2] {
            other.remove(name).await.unwrap();
        }
    };
    let (seen, ()) = tokio::join!(visit.names(), removing);
    let seen = seen.unwrap();
    assert!(first[CASES / 2..].iter().all(|name| seen.contains(name)), "{} of {CASES}", seen.len());
    assert_eq!(visit.names().await.unwrap(), first[CASES / 2..]);
}

pub(crate) async fn nobody_comes_in_with_a_wrong_or_a_revoked_credential_or_as_a_depositor(setup: Setup) {
    let hub = starts(setup).await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let own = recipient.partner.credential();
    assert!(logs_in(&hub, &own.client_id, "wrong").await.is_none());
    assert!(logs_in(&hub, "nobody", &own.client_secret).await.is_none());
    let of_depositor = depositor.partner.credential();
    assert!(logs_in(&hub, &of_depositor.client_id, &of_depositor.client_secret).await.is_none());

    depositor.deposits(&[note("certificat.txt", "content")], &[&recipient]).await;
    let visit = visits(&hub, &recipient).await.expect("it is let in");
    assert_eq!(visit.names().await.unwrap().len(), 1);
    let administrator = hub.administrator().await;
    let path = format!("/navette/v1/admin/credentials/{}", own.client_id);
    let base = hub.access.base_url();
    let revoked = administrator.send_to(base, Method::DELETE, &path, bytes::Bytes::new(), &[]).await;
    assert_eq!(revoked.unwrap().status, StatusCode::NO_CONTENT);
    assert_eq!(visit.names().await.unwrap(), Vec::<String>::new(), "an open session ends with its credential");
    assert!(visit.remove("FOLDER-1-CERTDC-1.zip").await.is_err());
    assert!(logs_in(&hub, &own.client_id, &own.client_secret).await.is_none());
}
