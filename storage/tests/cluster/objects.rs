//! With a bucket for attachments: the cases of the suite that are about contents, on a real server that speaks S3.

use std::time::Duration;

use bytes::Bytes;
use navette_router::model::{AttachmentId, Place};
use navette_router::ports::{Attachments as _, Upload as _};
use navette_storage::cluster::attachments::Bucket;
use navette_storage::cluster::{self, Attachments, Options, Store};
use navette_storage::conformance::Backend;
use navette_storage::conformance::servers::{ObjectServer, session};
use tokio::sync::OnceCell;

use crate::servers::Servers;

const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_INTERVAL: Duration = Duration::from_millis(20);
const MIB: usize = 1 << 20;

/// Servers of the cluster, and an object server of its own.
struct WithBucket {
    servers: Servers,
    objects: OnceCell<ObjectServer>,
}

impl WithBucket {
    fn new() -> Self {
        Self { servers: Servers::new(), objects: OnceCell::new() }
    }

    async fn objects(&self) -> &ObjectServer {
        self.objects.get_or_init(ObjectServer::start).await
    }
}

impl Backend for WithBucket {
    type Store = Store;
    type Attachments = Attachments;

    async fn open(&self) -> (Store, Attachments) {
        let bucket = self.objects().await.bucket();
        self.servers.gateway_with("one", Some(bucket)).await
    }

    async fn replay_again(&self, entries: u64) {
        self.servers.replay_again(entries).await;
    }
}

navette_storage::conformance_cases! { WithBucket::new();
    attachments:
        contents_of_every_size_come_back_byte_for_byte,
        any_range_of_a_content_can_be_read,
        a_range_outside_of_the_content_is_an_error,
        more_bytes_than_declared_are_refused_at_once,
        fewer_bytes_than_declared_are_refused_at_the_end,
        a_dropped_upload_leaves_nothing_and_its_room_is_used_again,
        a_discarded_content_can_be_read_no_more_and_the_others_can,
        sixty_four_uploads_at_once_do_not_mix;
    durability:
        what_no_entry_names_is_gone_after_reopening;
    races:
        of_two_contents_of_one_attachment_one_wins_and_the_other_is_gone;
}

/// Waits until the bucket has so many objects, and nothing that is not complete.
async fn has(objects: &ObjectServer, expected: usize) {
    let reached = async {
        while objects.counts().await != (expected, 0) {
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    };
    let in_time = tokio::time::timeout(PATIENCE, reached).await;
    assert!(in_time.is_ok(), "the bucket has {:?} and should have {expected}", objects.counts().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_cut_leaves_neither_object_nor_parts() {
    let backend = WithBucket::new();
    let (_store, attachments) = backend.open().await;
    let objects = backend.objects().await;
    for sent in [1, 9 * MIB, 25 * MIB] {
        let mut upload = attachments.upload(AttachmentId::generate(), 30 * MIB as u64).await.expect("an upload");
        upload.write(Bytes::from(vec![7; sent])).await.expect("bytes are taken");
        drop(upload);
        has(objects, 0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_the_bucket_refuses_is_forgotten() {
    let backend = WithBucket::new();
    let (_store, attachments) = backend.open().await;
    let objects = backend.objects().await;
    let session = session(&backend.servers.options.cassandra).await;
    let noted =
        format!("SELECT place FROM {}.uploads WHERE gateway = 'one'", backend.servers.options.cassandra.keyspace);
    let notes = async || {
        let answer = session.query_unpaged(noted.as_str(), ()).await.expect("the notes are read");
        answer.into_rows_result().expect("rows").rows_num()
    };
    for size in [MIB, 9 * MIB] {
        let mut upload = attachments.upload(AttachmentId::generate(), size as u64).await.expect("an upload");
        upload.write(Bytes::from(vec![7; size])).await.expect("bytes are taken");
        assert_eq!(notes().await, 1);
        objects.removes_its_bucket().await;
        upload.finish().await.expect_err("there is no bucket");
        objects.makes_its_bucket().await;
        let forgotten = async {
            while notes().await > 0 {
                tokio::time::sleep(LOOK_INTERVAL).await;
            }
        };
        tokio::time::timeout(PATIENCE, forgotten).await.expect("the upload is noted no more");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_tables_kept_before_the_bucket_was_chosen_is_read_from_there() {
    let backend = WithBucket::new();
    let content = Bytes::from(vec![3; MIB]);
    let (store, attachments) = backend.servers.gateway_with("one", None).await;
    let mut upload = attachments.upload(AttachmentId::generate(), MIB as u64).await.expect("an upload");
    upload.write(content.clone()).await.expect("bytes are taken");
    let place = upload.finish().await.expect("the content is stored").place;
    assert!(matches!(&place, Place::Stored(address) if address.starts_with("chunks/")), "{place:?}");
    // As the next start of another gateway, which looks after nothing that this one uploaded.
    drop((store, attachments));

    let bucket = backend.objects().await.bucket();
    let (_store, attachments) = backend.servers.gateway_with("two", Some(bucket)).await;
    let mut reader = attachments.read(&place, 0..MIB as u64).expect("it can be read");
    let mut read = Vec::new();
    while let Some(bytes) = futures_util::StreamExt::next(&mut reader).await {
        read.extend_from_slice(&bytes.expect("bytes"));
    }
    assert_eq!(read, content);
}

#[tokio::test]
async fn a_bucket_that_is_not_there_or_not_reached_is_named() {
    let backend = WithBucket::new();
    drop(backend.servers.gateway_with("one", None).await);
    let bucket = backend.objects().await.bucket();
    let refusal = async |bucket: Bucket| {
        let options = Options { bucket: Some(bucket), ..backend.servers.options.clone() };
        cluster::open(options).await.expect_err("the bucket is refused").to_string()
    };
    let absent = refusal(Bucket { name: "absent".to_owned(), ..bucket.clone() }).await;
    assert!(absent.contains("bucket absent of the object store cannot be read"), "{absent}");
    let nowhere = Some("http://127.0.0.1:9".to_owned());
    let unreached = refusal(Bucket { endpoint: nowhere, request_timeout: Duration::from_secs(1), ..bucket }).await;
    assert!(unreached.contains("bucket navette of the object store cannot be read"), "{unreached}");
}
