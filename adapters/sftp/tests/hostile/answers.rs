//! What comes back.

use std::io::{Cursor, Write as _};
use std::sync::Arc;

use navette_adapter_kit::Parcel;
use navette_adapter_sftp::{Options, Sftp};
use navette_router::model::{Status, Timestamp};
use navette_router::ports::{Awaited, DynPush as _, Outcome, Returned};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::deliveries::{link, parcel};
use crate::files::Mischief;
use crate::server::Server;

const NAME: &str = "out/A-9-X3UGO001-DAUA-3.zip";

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).expect("an entry");
        writer.write_all(bytes).expect("written");
    }
    writer.finish().expect("a zip").into_inner()
}

fn message(number: &str, state: &str) -> String {
    format!(
        "<Message><Body><Content><Retour><Teledemarche><NumeroTeledemarche>{number}</NumeroTeledemarche></Teledemarche>\
         <Etat>{state}</Etat><Commentaire>Vu.</Commentaire></Retour></Content></Body></Message>"
    )
}

fn answer(number: &str, state: &str) -> Vec<u8> {
    zipped(&[("message.xml", message(number, state).as_bytes()), ("acte.pdf", b"%PDF")])
}

fn awaited(parcel: &Parcel) -> Awaited {
    Awaited {
        delivery: parcel.delivery.id,
        reference: "A-9-X3UGO001-DAUA-1.zip".to_owned(),
        is_taken: false,
        has_failed: false,
    }
}

async fn collects(server: &Server, awaited: &[Awaited]) -> Vec<Returned> {
    link(server).collect(awaited).await.expect("the server can be looked at")
}

#[tokio::test]
async fn an_answer_is_collected_until_it_is_acknowledged() {
    let server = Server::start(Mischief::None).await;
    let awaited = [awaited(&parcel(1))];
    server.disk().files.insert(NAME.to_owned(), answer("A-9-X3UGO001", "17"));
    server.disk().files.insert("out/A-9-AUTRE-DAUA-3.zip".to_owned(), answer("A-9-AUTRE", "17"));
    let first = collects(&server, &awaited).await;
    assert_eq!(first.len(), 1, "what nobody awaits stays");
    assert_eq!(first[0].outcome, Outcome::Status(Status::AddAwaiting));
    assert_eq!((first[0].delivery, first[0].comment.as_deref()), (Some(awaited[0].delivery), Some("Vu.")));
    assert_eq!(first[0].files[0].name, "acte.pdf");
    assert_eq!(collects(&server, &awaited).await, first, "the same answer twice has the same name");
    link(&server).acknowledge(&first[0]).await.expect("it is taken away");
    assert!(collects(&server, &awaited).await.is_empty());
    link(&server).acknowledge(&first[0]).await.expect("twice changes nothing");
    assert_eq!(server.disk().files.len(), 1, "nothing else was taken away");
}

#[tokio::test]
async fn a_later_answer_of_the_same_name_is_another_answer() {
    let server = Server::start(Mischief::None).await;
    let awaited = [awaited(&parcel(1))];
    server.disk().files.insert(NAME.to_owned(), answer("A-9-X3UGO001", "16"));
    let first = collects(&server, &awaited).await;
    server.disk().files.insert(NAME.to_owned(), answer("A-9-X3UGO001", "19"));
    link(&server).acknowledge(&first[0]).await.expect("nothing to do");
    let second = collects(&server, &awaited).await;
    assert_eq!(second[0].outcome, Outcome::Status(Status::Done), "what was not read is not taken away");
    assert_ne!(first[0].reference, second[0].reference);
}

#[tokio::test]
async fn an_answer_to_one_of_two_messages_of_the_same_number_says_which() {
    let server = Server::start(Mischief::None).await;
    let second = Awaited { reference: "A-9-X3UGO001-DAUA-2.zip".to_owned(), ..awaited(&parcel(2)) };
    let awaited = [awaited(&parcel(1)), second];
    server.disk().files.insert("out/A-9-X3UGO001-DAUA-2.zip".to_owned(), answer("A-9-X3UGO001", "19"));
    let returned = collects(&server, &awaited).await;
    assert_eq!((returned.len(), returned[0].delivery), (1, Some(awaited[1].delivery)));
    assert_eq!(returned[0].outcome, Outcome::Status(Status::Done));
    server.disk().files.clear();
    server.disk().files.insert(NAME.to_owned(), answer("A-9-X3UGO001", "19"));
    let returned = collects(&server, &awaited).await;
    assert!(matches!(&returned[0].outcome, Outcome::Unusable(why) if why.contains("two messages")), "{returned:?}");
}

#[tokio::test]
async fn what_is_still_being_written_is_left_alone() {
    let server = Server::start(Mischief::None).await;
    let awaited = [awaited(&parcel(1))];
    let whole = answer("A-9-X3UGO001", "19");
    let now = Timestamp::now().milliseconds() / 1_000;
    server.disk().written = u32::try_from(now).ok();
    server.disk().files.insert(NAME.to_owned(), whole[..whole.len() / 2].to_vec());
    assert!(collects(&server, &awaited).await.is_empty());
    server.disk().written = u32::try_from(now - 3_600).ok();
    assert!(
        matches!(collects(&server, &awaited).await[0].outcome, Outcome::Unusable(_)),
        "it is never going to be whole"
    );
    server.disk().written = u32::try_from(now).ok();
    server.disk().files.insert(NAME.to_owned(), whole);
    assert_eq!(collects(&server, &awaited).await[0].outcome, Outcome::Status(Status::Done));
}

#[tokio::test]
async fn where_nothing_can_come_back_any_more_nobody_is_asked() {
    let server = Server::start(Mischief::None).await;
    let mut endpoint = server.endpoint();
    endpoint.settings.remove("return_directory");
    let link = Arc::new(Sftp::new(Options::default())).link(&endpoint).expect("settings");
    server.disk().files.insert("in/DONE/A-9-X3UGO001-DAUA-1.zip".to_owned(), b"moved".to_vec());
    let open = awaited(&parcel(1));
    assert_eq!(link.collect(std::slice::from_ref(&open)).await.expect("a look").len(), 1);
    drop(server);
    let taken = Awaited { is_taken: true, ..open };
    assert!(link.collect(&[taken]).await.expect("no look").is_empty());
}

#[tokio::test]
async fn what_cannot_be_used_is_said_and_put_aside() {
    let bomb = zipped(&[("message.xml", message("A-9-X3UGO001", "19").as_bytes()), ("x", &vec![0; 64 << 20])]);
    let entity = message("A-9-X3UGO001", "19").replace("<Message>", "<!DOCTYPE Message><Message>");
    for (bytes, why) in [
        (answer("A-9-X3UGO001", "18"), "the state 18, which means nothing here"),
        (answer("A-9-AUTRE", "19"), "about another folder"),
        (zipped(&[("message.xml", entity.as_bytes())]), "document type or an entity"),
        (zipped(&[("../message.xml", b"")]), "not a plain file name"),
        (bomb, "larger than the hub takes back"),
        (vec![0; (16 << 20) + 1], "larger than the hub takes back"),
        (b"no zip".to_vec(), "not a zip"),
    ] {
        let server = Server::start(Mischief::None).await;
        let awaited = [awaited(&parcel(1))];
        server.disk().files.insert(NAME.to_owned(), bytes);
        let returned = collects(&server, &awaited).await;
        let Outcome::Unusable(said) = &returned[0].outcome else { panic!("{why}: {returned:?}") };
        assert!(said.contains(why) && !said.contains("X3UGO001"), "{said}");
        link(&server).acknowledge(&returned[0]).await.expect("it is put aside");
        assert!(collects(&server, &awaited).await.is_empty());
        let disk = server.disk();
        assert!(disk.files.keys().all(|path| path.starts_with("out/refused/")) && disk.files.len() == 1);
    }
}

#[tokio::test]
async fn what_the_software_moved_is_found_by_its_name() {
    let server = Server::start(Mischief::None).await;
    let awaited = [awaited(&parcel(1))];
    assert!(collects(&server, &awaited).await.is_empty());
    for (place, outcome) in [("in/DONE", Outcome::Taken), ("in/FAILED", Outcome::Failed)] {
        server.disk().files.clear();
        server.disk().files.insert(format!("{place}/A-9-X3UGO001-DAUA-1.zip"), b"moved".to_vec());
        let returned = collects(&server, &awaited).await;
        assert_eq!((returned.len(), &returned[0].outcome), (1, &outcome));
        link(&server).acknowledge(&returned[0]).await.expect("nothing to do");
        assert_eq!(server.disk().files.len(), 1, "what the software moved is its own business");
        let known = Awaited { has_failed: true, ..awaited[0].clone() };
        let again = collects(&server, std::slice::from_ref(&known)).await;
        assert_eq!(again.len(), usize::from(outcome == Outcome::Taken), "what is known is not said again");
    }
}

#[tokio::test]
async fn a_hundred_thousand_files_hide_no_answer() {
    let server = Server::start(Mischief::Lists(100_000)).await;
    let awaited = [awaited(&parcel(1))];
    server.disk().files.insert(NAME.to_owned(), answer("A-9-X3UGO001", "20"));
    let returned = collects(&server, &awaited).await;
    assert_eq!(returned[0].outcome, Outcome::Status(Status::Refused));
}

#[tokio::test]
async fn a_directory_without_end_is_left() {
    let server = Server::start(Mischief::ListsForEver).await;
    assert!(collects(&server, &[awaited(&parcel(1))]).await.is_empty());
    assert_eq!(server.disk().batches, 1_000, "a million names are enough");
}
