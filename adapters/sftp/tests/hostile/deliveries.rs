//! Deliveries to servers that mean no good.

use std::sync::Arc;

use navette_adapter_kit::Parcel;
use navette_router::model::ProcessCode;
use navette_router::ports::{Blame, DeliveryError, DeliveryErrorKind, DynPush, Link, Receipt};

use crate::files::Mischief;
use crate::server::{Server, adapter};

pub(crate) fn parcel(number: u32) -> Parcel {
    Parcel::new(&ProcessCode::new("DAUA").unwrap(), number, &[("flux.xml", 1_000), ("plan.pdf", 2_000_000)])
}

pub(crate) fn link(server: &Server) -> Arc<dyn Link> {
    let adapter: Arc<dyn DynPush> = Arc::new(adapter());
    adapter.link(&server.endpoint()).expect("right settings")
}

async fn delivers(server: &Server, number: u32) -> Result<Receipt, DeliveryError> {
    link(server).deliver(&parcel(number).delivery).await
}

async fn fails(server: &Server) -> DeliveryError {
    let error = delivers(server, 1).await.expect_err("nothing is delivered");
    assert!(server.disk().messages().is_empty(), "nothing is seen");
    assert!(!format!("{error} {:?}", error.words()).contains("X3UGO001"), "no number is quoted: {error}");
    error
}

#[tokio::test]
async fn a_message_reaches_a_server_that_does_as_it_should() {
    let server = Server::start(Mischief::None).await;
    let receipt = delivers(&server, 1).await.expect("it is delivered");
    assert_eq!(receipt.reference, "A-9-X3UGO001-DAUA-1.zip");
    assert_eq!(server.disk().messages(), ["in/A-9-X3UGO001-DAUA-1.zip"]);
    assert_eq!(server.disk().files.len(), 1, "nothing else stays");
}

#[tokio::test]
async fn a_server_that_swallows_writes_is_given_up() {
    let server = Server::start(Mischief::SwallowsWrites).await;
    assert_eq!(fails(&server).await.kind(), DeliveryErrorKind::TimedOut);
}

#[tokio::test]
async fn a_full_server_is_said_to_be_full_and_is_left_as_it_was() {
    let server = Server::start(Mischief::IsFullAfter(1_000_000)).await;
    let error = fails(&server).await;
    assert_eq!((error.kind(), error.blame()), (DeliveryErrorKind::Full, Blame::Theirs));
    assert!(error.words().expect("its words").as_str().starts_with("write: No space left on device"), "{error:?}");
    assert!(server.disk().files.is_empty(), "half a message takes no room");
    server.disk().mischief = Mischief::None;
    delivers(&server, 1).await.expect("there is room again");
}

#[tokio::test]
async fn a_server_that_does_not_say_why_it_fails_is_tried_again() {
    let server = Server::start(Mischief::FailsAfter(1_000_000)).await;
    let parcel = parcel(1);
    let error = link(&server).deliver(&parcel.delivery).await.expect_err("nothing is delivered");
    assert!(error.may_be_retried() && error.to_string().contains("quotas"), "{error}");
    assert!(server.disk().messages().is_empty(), "nothing is seen");
    server.disk().mischief = Mischief::None;
    let receipt = link(&server).deliver(&parcel.delivery).await.expect("it goes on");
    assert!(receipt.sent_bytes < 1_200_000, "what was there is not sent again: {}", receipt.sent_bytes);
    assert_eq!(server.disk().files.len(), 1);
}

#[tokio::test]
async fn what_was_begun_by_another_is_not_gone_on_with() {
    let server = Server::start(Mischief::None).await;
    let parcel = parcel(1);
    let staged = format!("in/.navette/{}.part", parcel.delivery.id);
    server.disk().directories.push("in/.navette".to_owned());
    server.disk().files.insert(staged, vec![7; 1_000_000]);
    let receipt = link(&server).deliver(&parcel.delivery).await.expect("it is delivered");
    assert!(receipt.sent_bytes > 2_000_000, "everything was sent");
    let disk = server.disk();
    let message = &disk.files["in/A-9-X3UGO001-DAUA-1.zip"];
    assert!(zip::ZipArchive::new(std::io::Cursor::new(message)).is_ok() && disk.files.len() == 1);
}

#[tokio::test]
async fn a_server_that_keeps_old_names_shows_a_message_once() {
    let server = Server::start(Mischief::KeepsOldNames).await;
    let parcel = parcel(1);
    link(&server).deliver(&parcel.delivery).await.expect("it is delivered");
    assert_eq!(server.disk().files.len(), 1, "what stayed is taken away");
    let again = link(&server).deliver(&parcel.delivery).await.expect("a repetition is one");
    assert!(again.was_there);
}

#[tokio::test]
async fn a_server_that_loses_bytes_gets_no_message() {
    let server = Server::start(Mischief::LosesBytes).await;
    let error = fails(&server).await;
    assert_eq!(error.kind(), DeliveryErrorKind::Protocol);
}

#[tokio::test]
async fn a_name_that_another_message_has_is_not_taken_from_it() {
    let server = Server::start(Mischief::None).await;
    server.disk().files.insert("in/A-9-X3UGO001-DAUA-1.zip".to_owned(), b"another".to_vec());
    let error = delivers(&server, 1).await.expect_err("the name is taken");
    assert_eq!((error.kind(), error.may_be_retried()), (DeliveryErrorKind::Taken, false));
    assert_eq!(server.disk().files["in/A-9-X3UGO001-DAUA-1.zip"], b"another");
}

#[tokio::test]
async fn a_message_that_was_read_already_is_not_delivered_again() {
    let server = Server::start(Mischief::None).await;
    let parcel = parcel(1);
    link(&server).deliver(&parcel.delivery).await.expect("it is delivered");
    let message = server.disk().files.remove("in/A-9-X3UGO001-DAUA-1.zip").expect("it is there");
    server.disk().files.insert("in/DONE/A-9-X3UGO001-DAUA-1.zip".to_owned(), message);
    let again = link(&server).deliver(&parcel.delivery).await.expect("it was delivered");
    assert!(again.was_there && server.disk().messages().is_empty());
}

#[tokio::test]
async fn a_wrong_password_is_said_to_be_one() {
    let server = Server::start(Mischief::None).await;
    let adapter: Arc<dyn DynPush> = Arc::new(adapter());
    let link = adapter.link(&server.endpoint().seal("password", "un autre")).expect("right settings");
    let error = link.test().await.expect_err("nobody is let in");
    assert_eq!(error.kind(), DeliveryErrorKind::LoginRefused);
    assert!(error.to_string().contains("password") && !error.to_string().contains("un autre"), "{error}");
}
