//! What is cut in the middle is not seen, and can be delivered afterwards.

use navette_router::ports::{Blame, DeliveryErrorKind};

use super::{Bench, Peer, in_time};

const FILE_BYTES: u64 = 3_000_000;
const MIDDLE_BYTES: u64 = FILE_BYTES / 2;

pub(super) async fn what_is_cancelled_in_the_middle_is_not_seen<P: Peer>(bench: &Bench<'_, P>) {
    if !P::CARRIES_FILES {
        return;
    }
    let parcel = bench.parcel(40, &[("a.pdf", FILE_BYTES)]);
    let before = bench.peer.held().await.len();
    parcel.files.stop_after(MIDDLE_BYTES);
    let link = bench.link();
    {
        let delivering = link.deliver(&parcel.delivery);
        let stopped = async {
            tokio::select! {
                result = delivering => panic!("a delivery does not end before its file does: {result:?}"),
                () = parcel.files.stopped() => {}
            }
        };
        in_time("a delivery reads its file", stopped).await;
    }
    assert_eq!(bench.peer.held().await.len(), before, "what is cancelled in the middle is not seen");
    parcel.files.mend();
    in_time("a delivery ends", link.deliver(&parcel.delivery)).await.expect("what was cancelled can be delivered");
    bench.holds_once(&parcel, "what was cancelled and delivered again arrives once").await;
}

pub(super) async fn what_cannot_be_read_is_ours_and_not_seen<P: Peer>(bench: &Bench<'_, P>) {
    if !P::CARRIES_FILES {
        return;
    }
    let parcel = bench.parcel(41, &[("a.pdf", FILE_BYTES), ("b.pdf", 10)]);
    let before = bench.peer.held().await.len();
    parcel.files.fail_after(MIDDLE_BYTES);
    let link = bench.link();
    let failed = in_time("a failure is noticed", link.deliver(&parcel.delivery)).await;
    let failed = failed.expect_err("what cannot be read is not delivered");
    assert_eq!((failed.kind(), failed.blame()), (DeliveryErrorKind::Source, Blame::Ours), "{failed}");
    assert_eq!(bench.peer.held().await.len(), before, "what could not be read is not seen");
    parcel.files.mend();
    in_time("a delivery ends", link.deliver(&parcel.delivery)).await.expect("what can be read again is delivered");
    bench.holds_once(&parcel, "what could not be read and was delivered later arrives once").await;
}
