//! Files on their way out.

use bytes::Bytes;
use http::Method;

use crate::hub::Setup;
use crate::parties::{Must as _, note, sha256};

pub(crate) async fn a_part_of_a_file_can_be_fetched(setup: Setup) {
    let hub = setup.start().await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let text: String = (0..60_000).map(|number| format!("{number:06}\n")).collect();
    let folder = depositor.deposits(&[note("numbers.txt", &text)], &[&recipient]).await;
    let path = format!("/cases/{}/attachments/{}", folder.cases[0], folder.attachments[0]);
    let size = text.len();
    let ask = async |range: &str| {
        recipient.partner.send(Method::GET, &path, Bytes::new(), &[("range", range)]).await.unwrap()
    };
    for (range, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=7-13", 7, 14),
        ("bytes=262140-262150", 262_140, 262_151),
        ("bytes=419990-", 419_990, size),
        ("bytes=-7", size - 7, size),
        ("bytes=-99999999", 0, size),
        ("bytes=419990-99999999999", 419_990, size),
    ] {
        let answer = ask(range).await;
        assert_eq!(answer.status, 206, "{range}");
        assert_eq!(answer.headers["content-range"], format!("bytes {from}-{}/{size}", to - 1), "{range}");
        assert_eq!(answer.headers["content-length"], (to - from).to_string(), "{range}");
        assert_eq!(answer.headers["digest"], sha256(text.as_bytes()).as_str(), "{range}");
        assert!(answer.body == text.as_bytes()[from..to], "{range}");
    }
    for range in ["bytes=420000-", "bytes=-0", "bytes=99999999-999999999"] {
        let answer = ask(range).await;
        assert_eq!(answer.status, 416, "{range}");
        assert_eq!(answer.headers["content-range"], format!("bytes */{size}"), "{range}");
    }
    // What is not understood, or is more than one part, gives the whole.
    for range in ["bytes=5-3", "bytes=a-b", "lines=1-2", "bytes=0-1,5-6", "bytes=99999999999999999999999-"] {
        let answer = ask(range).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (200, size), "{range}");
        assert_eq!(answer.headers["accept-ranges"], "bytes");
    }
    recipient.partner.get(&path).await.must(200);
}
