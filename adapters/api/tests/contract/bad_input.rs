//! What is not a request, or too much of one: refused with a reason, and nothing written.

use bytes::Bytes;
use navette_adapter_api::BodyFault;
use navette_storage::conformance::fixtures::{File, osl, si, urgent_process};
use serde_json::json;

use crate::desk::{Desk, Frames, JSON_MAX_BYTES, folder};

#[tokio::test]
async fn a_body_that_is_not_a_json_object_is_refused_and_says_where() {
    let desk = Desk::new().await;
    let entries = desk.memory.journal().len();
    let deep = format!("{{\"more\":{}1{}}}", "[".repeat(50_000), "]".repeat(50_000));
    for (body, words) in [
        (b"{\n\"processCode\": CERTDC}".to_vec(), "line 2, column"),
        (
            b"{\"status\":\"DONE\",\"externalId\":\"a\",\"status\":\"DONE\",\"externalId\":\"a\"}".to_vec(),
            "twice at line 1",
        ),
        (b"{\"processCode\":\"CERT\xFF\"}".to_vec(), "not UTF-8"),
        (b"{\"processCode\":\"\\ud800\"}".to_vec(), "line 1"),
        (b"{} trailing".to_vec(), "line 1, column 4"),
        (b"[]".to_vec(), "send a JSON object"),
        (Vec::new(), "the body is empty"),
        (b"{\"cases\":[1e400]}".to_vec(), "a number that is too large"),
        (deep.into_bytes(), "nested too deeply"),
    ] {
        let path = "/folders";
        desk.post_text(&osl(), path, body.clone()).await.is(400).says(words);
        desk.send(&osl(), "PATCH", "/cases/018f0000-0000-7000-8000-00000000000a", &[], Bytes::from(body).into())
            .await
            .is(400)
            .says(words);
    }
    assert_eq!(desk.memory.journal().len(), entries);
}

#[tokio::test]
async fn characters_that_are_no_text_are_refused_and_names_that_look_like_paths_are_names() {
    let desk = Desk::new().await;
    let mut body = folder(&urgent_process(), &[0], &[File::pdf(1), File::pdf(2)]);
    body["attachments"][0]["fileName"] = json!("a\u{0}b.pdf");
    body["attachments"][1]["fileName"] = json!("a\nb.pdf");
    body["applicant"]["firstName"] = json!("A\u{0}");
    desk.post(&osl(), "/folders", body.clone())
        .await
        .is(400)
        .says("attachments[0].fileName: contains a control character")
        .says("attachments[1].fileName: ")
        .says("applicant.firstName: ");

    body["applicant"]["firstName"] = json!("Anonyme");
    for (index, name) in ["../../x", "C:\\windows\\..\\x"].into_iter().enumerate() {
        body["attachments"][index]["fileName"] = json!(name);
    }
    let got = desk.post(&osl(), "/folders", body).await.is(201).json();
    assert_eq!(got["attachments"][0]["fileName"], "../../x");
    assert_eq!(got["attachments"][1]["fileName"], "C:\\windows\\..\\x");
}

#[tokio::test]
async fn a_hundred_thousand_attachments_are_too_many() {
    let desk = Desk::new().await;
    let entries = desk.memory.journal().len();
    let one = folder(&urgent_process(), &[0], &[File::pdf(1)]);
    for (count, words) in
        [(1_001, "attachments: holds more than 1000"), (20_001, "more than 20000"), (100_000, "more than")]
    {
        let list = vec![one["attachments"][0].to_string(); count].join(",");
        let mut body = one.clone();
        body["attachments"] = json!([]);
        let body = body.to_string().replace("\"attachments\":[]", &format!("\"attachments\":[{list}]"));
        let got = desk.post_text(&osl(), "/folders", body.clone()).await;
        if body.len() > JSON_MAX_BYTES {
            got.is(413).says("split the request");
        } else {
            got.is(400).says(words);
        }
    }
    assert_eq!(desk.memory.journal().len(), entries);
}

#[tokio::test]
async fn of_very_many_faults_a_hundred_are_listed_and_the_rest_is_counted() {
    let desk = Desk::new().await;
    let mut body = folder(&urgent_process(), &[0], &[File::pdf(1)]);
    body["cases"] = json!(vec![json!({}); 5_000]);
    let messages = desk.post(&osl(), "/folders", body).await.is(400).messages();
    assert_eq!(messages.len(), 101);
    assert!(messages[100].starts_with("and ") && messages[100].ends_with(" more faults"), "{}", messages[100]);
}

#[tokio::test]
async fn a_body_of_several_parts_is_not_json_and_any_other_media_type_passes() {
    let desk = Desk::new().await;
    let body = Bytes::from(folder(&urgent_process(), &[0], &[File::pdf(1)]).to_string());
    for (media_type, status) in [
        ("application/json; charset=UTF-8", 201),
        ("text/plain", 201),
        ("application/octet-stream", 201),
        ("application/x-www-form-urlencoded", 201),
        ("multipart/form-data; boundary=b", 415),
    ] {
        let headers = [("Content-Type", media_type)];
        let got = desk.send(&osl(), "POST", "/folders", &headers, body.clone().into()).await;
        assert_eq!(got.status, status, "{media_type}");
    }
}

#[tokio::test]
async fn a_body_is_bounded_whether_its_length_is_announced_or_not() {
    let desk = Desk::new().await;
    let large = Bytes::from(vec![b' '; JSON_MAX_BYTES + 1]);
    desk.post_text(&osl(), "/folders", large.clone()).await.is(413).says("8388608 bytes");
    let pieces = (0..9).map(|_| Ok(large.slice(..1 << 20)));
    desk.send(&osl(), "POST", "/folders", &[], Frames::chunked(pieces)).await.is(413);

    let body = Bytes::from(folder(&urgent_process(), &[0], &[File::pdf(1)]).to_string());
    let bytes = (0..body.len()).map(|index| Ok(body.slice(index..=index)));
    desk.send(&osl(), "POST", "/folders", &[], Frames::chunked(bytes)).await.is(201);
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing_behind() {
    let desk = Desk::new().await;
    let file = File::data(1, 10_000);
    let deposit = desk.announces(&osl(), &urgent_process(), &[0], std::slice::from_ref(&file)).await;
    let entries = desk.memory.journal().len();
    for (fault, status) in [
        (BodyFault::Stalled, 408),
        (BodyFault::TooLarge, 413),
        (BodyFault::Malformed, 400),
        (BodyFault::Disconnected, 400),
    ] {
        let broken = || Frames::chunked([Ok(file.bytes.slice(..5_000)), Err(fault)]);
        desk.send(&osl(), "PUT", &deposit.attachment_path(0), &[], broken()).await.is(status);
        desk.send(&osl(), "POST", "/folders", &[], broken()).await.is(status);
    }
    assert_eq!(desk.memory.journal().len(), entries, "nothing was recorded");
    assert_eq!(desk.memory.held(), Default::default(), "nothing is kept");
    let view = desk.get(&osl(), &deposit.folder_path()).await.is(200).json();
    assert_eq!(view["attachments"][0]["status"], "PENDING");
}

#[tokio::test]
async fn a_malformed_digest_is_refused_by_name_before_anything_is_read() {
    let desk = Desk::new().await;
    let file = File::pdf(1);
    let deposit = desk.announces(&osl(), &urgent_process(), &[0], std::slice::from_ref(&file)).await;
    for digest in ["abc", "md5=xyz", ""] {
        let headers = [("digest", digest)];
        let got = desk.send(&osl(), "PUT", &deposit.attachment_path(0), &headers, file.bytes.clone().into()).await;
        got.is(400).says("[digest]");
    }
    let view = desk.get(&osl(), &deposit.folder_path()).await.is(200).json();
    assert_eq!(view["attachments"][0]["status"], "PENDING");
}

#[tokio::test]
async fn an_address_with_faults_lists_them_and_an_unknown_one_is_not_found() {
    let desk = Desk::new().await;
    let si = si(0, &urgent_process());
    desk.get(&si, "/cases/1?lite=perhaps&colour=red")
        .await
        .is(400)
        .says("[caseId] Input string \"1\" is not a valid UUID")
        .says("lite: ")
        .says("Query parameter 'colour' is unexpected");
    desk.get(&si, "/notifications?maxResult=abc&processType=X")
        .await
        .is(400)
        .says("maxResult: Instance type (string) does not match any allowed primitive type (allowed: [\"integer\",\"number\"])")
        .says("Query parameter 'processType' is unexpected");
    desk.get(&si, "/cases").await.is(404);
    desk.get(&si, "/attachmentsIdsToPurge").await.is(404);
    let got = desk.send(&si, "PUT", "/notifications", &[], Bytes::new().into()).await.is(405);
    assert_eq!(got.header("allow"), Some("GET"));
}
