//! What is delivered is there, whole and once.

use futures_util::future::join_all;

use super::{Bench, Peer, in_time};

/// Names that a file system, a shell, an archive or a person may stumble over.
const AWKWARD_FILES: &[(&str, u64)] = &[
    ("formulaire.pdf", 4_097),
    ("empty.txt", 0),
    ("../../etc/passwd", 1),
    ("l'été à Noël – œuvre.pdf", 65_536),
    ("formulaire.pdf", 65_537),
    ("a\\b:c*d?e\"f<g>h|i.xml", 3_000_007),
    ("CON", 12),
    (".cache", 13),
];

pub(super) async fn the_way_is_tried_without_a_trace<P: Peer>(bench: &Bench<'_, P>) {
    let before = bench.peer.held().await.len();
    let link = bench.link();
    let found = in_time("the way is tried", link.test()).await.expect("the way to a server that works is found");
    assert!(!found.is_empty() && found.iter().all(|line| !line.is_empty()), "a test says what it found: {found:?}");
    assert_eq!(bench.peer.held().await.len(), before, "a test delivers nothing");
}

pub(super) async fn files_arrive_byte_for_byte<P: Peer>(bench: &Bench<'_, P>) {
    let parcel = bench.parcel(1, AWKWARD_FILES);
    let receipt = in_time("a delivery ends", bench.link().deliver(&parcel.delivery)).await.expect("it is delivered");
    assert!(!receipt.was_there, "nothing was there before");
    assert!(!receipt.reference.is_empty() && receipt.reference.len() <= 255, "a receipt names what was delivered");
    if P::CARRIES_FILES {
        assert!(receipt.sent_bytes >= 3_000_007, "noise is sent as it is: {} bytes", receipt.sent_bytes);
    }
    bench.holds_once(&parcel, "files arrive byte for byte").await;
}

pub(super) async fn the_same_twice_arrives_once<P: Peer>(bench: &Bench<'_, P>) {
    let mut parcel = bench.parcel(2, &[("a.pdf", 10_000), ("b.xml", 20_000)]);
    let first = in_time("a delivery ends", bench.link().deliver(&parcel.delivery)).await.expect("it is delivered");
    parcel.delivery.attempt = 2;
    // Another link, as after a restart.
    let second = in_time("a repetition ends", bench.link().deliver(&parcel.delivery)).await;
    let second = second.expect("what was delivered is delivered");
    assert_eq!(first.reference, second.reference, "a repetition has the name of the first");
    bench.holds_once(&parcel, "what is delivered twice arrives once").await;
}

pub(super) async fn many_at_once_all_arrive<P: Peer>(bench: &Bench<'_, P>) {
    let parcels: Vec<_> = (10..34).map(|number| bench.parcel(number, &[("a.pdf", 200_000)])).collect();
    let link = bench.link();
    let deliver = async |number: usize| link.deliver(&parcels[number].delivery).await;
    let results = in_time("many at once end", join_all((0..parcels.len()).map(deliver))).await;
    for (result, parcel) in results.into_iter().zip(&parcels) {
        result.expect("each of many is delivered");
        bench.holds_once(parcel, "each of many arrives once").await;
    }
}
