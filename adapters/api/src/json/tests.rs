//! Bodies of every kind, good and bad.

use navette_router::model::FolderDraft;
use proptest::prelude::*;

use super::*;
use crate::drafts::Draft;
use crate::openapi::facet;

object!(Inner { text: String = "text" => facet::any() });
object!(Sample {
    text: String = "text" => facet::any(), number: i64 = "number" => facet::any(), flag: bool = "flag" => facet::any(), list: Vec<Field<String>> = "list" => facet::any(),
    inner: Inner = "inner" => facet::any(),
});

fn sample(body: impl AsRef<[u8]>) -> Sample {
    read(body.as_ref()).unwrap_or_else(|faults| panic!("{faults}"))
}

fn refusal(body: impl AsRef<[u8]>) -> String {
    match read::<Sample>(body.as_ref()) {
        Ok(read) => panic!("{read:?}"),
        Err(faults) => faults.to_string(),
    }
}

#[test]
fn values_are_read_and_what_nobody_asked_for_is_passed_over() {
    let read = sample(
        r#" {"text":"é\u0041","number":-7,"flag":true,"list":["a","b"],"inner":{"text":"x"},"more":{"a":[1,2.5e3,null,{"b":"c"}]}} "#,
    );
    assert_eq!(read.text, Field::Value("éA".to_owned()));
    assert_eq!(read.number, Field::Value(-7));
    assert_eq!(read.flag, Field::Value(true));
    assert_eq!(read.list, Field::Value(vec![Field::Value("a".to_owned()), Field::Value("b".to_owned())]));
    assert_eq!(read.inner, Field::Value(Inner { text: Field::Value("x".to_owned()) }));
}

#[test]
fn what_is_missing_and_what_is_null_are_told_apart_from_what_is_wrong() {
    let read = sample(r#"{"text":null,"number":"7","flag":[],"list":{},"inner":3}"#);
    assert_eq!(read.text, Field::Null);
    assert_eq!(read.number, Field::Wrong("string"));
    assert_eq!(read.flag, Field::Wrong("array"));
    assert_eq!(read.list, Field::Wrong("object"));
    assert_eq!(read.inner, Field::Wrong("integer"));
    assert_eq!(sample("{}"), Sample::default());
}

#[test]
fn no_number_but_a_whole_one_that_fits_is_an_integer() {
    for text in ["1.5", "9223372036854775808", "18446744073709551616", "-9223372036854775809"] {
        assert_eq!(sample(format!(r#"{{"number":{text}}}"#)).number, Field::Wrong("number"), "{text}");
    }
    for (text, number) in [("1.0", 1), ("1e3", 1_000), ("-0.0", 0)] {
        assert_eq!(sample(format!(r#"{{"number":{text}}}"#)).number, Field::Value(number), "{text}");
    }
    assert_eq!(sample(r#"{"number":9223372036854775807}"#).number, Field::Value(i64::MAX));
}

#[test]
fn a_body_that_is_not_json_says_where() {
    for (body, words) in [
        ("{\n  \"text\": oops\n}", "is not valid JSON at line 2, column 11"),
        ("{\"text\":\"a\"", "ends too early at line 1"),
        ("{} {}", "is not valid JSON at line 1, column 4"),
        ("{\"text\":\"a\",}", "is not valid JSON"),
        ("{\"number\":1e999}", "a number that is too large"),
        ("{\"other\":1e999}", "a number that is too large"),
        ("{\"text\":\"\\ud800\"}", "at line 1"),
        ("{\"other\":\"\\udc00\"}", "at line 1"),
        ("{\"text\":\"a\nb\"}", "is not valid JSON"),
        ("", "the body is empty"),
        (" \r\n", "the body is empty"),
        ("null", "the body is null"),
        ("[]", "of type array"),
        ("\"a\"", "of type string"),
        ("7", "of type integer"),
        ("true", "of type boolean"),
    ] {
        let message = refusal(body);
        assert!(message.contains(words) && message.contains("; "), "{body}: {message}");
    }
}

#[test]
fn a_refusal_never_repeats_the_body() {
    for body in
        ["{\"text\":\"secret\"secret}", "{\"secret\":secret}", "secret", "{\"text\":\"secret\",\"text\":\"secret\"}"]
    {
        assert!(!refusal(body).contains("secret"), "{body}");
    }
}

#[test]
fn a_property_that_comes_twice_is_named() {
    assert!(refusal(r#"{"text":"a","number":1,"text":"b"}"#).contains("the property `text` twice at line 1"));
    assert!(refusal(r#"{"inner":{"text":"a","text":"a"}}"#).contains("`text`"));
    assert!(refusal(r#"{"text":null,"text":"a"}"#).contains("`text`"));
    sample(r#"{"unknown":1,"unknown":2}"#);
}

#[test]
fn text_that_is_not_utf_8_is_refused_wherever_it_stands() {
    for body in [b"{\"text\":\"\xFF\"}".as_slice(), b"{\"other\":\"\xC3\"}", b"{\"\xE9\":1}"] {
        let message = refusal(body);
        assert!(message.contains("not UTF-8"), "{message}");
    }
}

#[test]
fn nesting_is_bounded_wherever_it_stands() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for place in ["text", "list", "inner", "unknown"] {
            let deep = format!("{{\"{place}\":{}1{}}}", open.repeat(100_000), close.repeat(100_000));
            assert!(refusal(deep).contains("nested too deeply"), "{place}");
            let shallow = format!("{{\"{place}\":{}1{}}}", open.repeat(100), close.repeat(100));
            sample(shallow);
        }
    }
    assert!(refusal("[".repeat(1 << 20)).contains("nested too deeply"));
}

#[test]
fn the_number_of_values_is_bounded() {
    let list = |count: usize| format!("{{\"list\":[{}]}}", vec!["\"\""; count].join(","));
    sample(list(ELEMENTS_MAX));
    assert!(refusal(list(ELEMENTS_MAX + 1)).contains("more than 20000 elements"));
    assert!(refusal(list(VALUES_MAX + 2)).contains("more than 250000 values"));
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    assert_eq!(sample("\u{FEFF}{\"number\":1}").number, Field::Value(1));
}

#[test]
fn every_wrong_type_of_a_body_is_a_fault_at_its_path() {
    let body = r#"{"processCode":1,"externalId":true,"applicant":{"firstName":[],"lastName":"x","email":{}},
        "cases":[{"externalId":2.5,"recipient":{"type":0}},null,"x"],
        "attachments":[{"fileName":"a","size":"10","recipients":["a",null,3]},{"size":1.5,"recipients":"a"}]}"#;
    let mut faults = Faults::default();
    let draft = FolderDraft::from_body(read(body.as_bytes()).expect("a JSON object"), &mut faults);
    let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "processCode",
            "externalId",
            "applicant.firstName",
            "applicant.email",
            "cases[0].externalId",
            "cases[0].recipient.type",
            "cases[1]",
            "cases[2]",
            "attachments[0].size",
            "attachments[0].recipients[1]",
            "attachments[0].recipients[2]",
            "attachments[1].size",
            "attachments[1].recipients",
        ]
    );
    let first = faults.iter().next().expect("a fault").to_string();
    assert_eq!(
        first,
        "processCode: Instance type (integer) does not match any allowed primitive type (allowed: [\"string\"])"
    );
    // What is wrong keeps its place, so that the ranks of the others stay what they were.
    assert_eq!(draft.cases.map(|cases| cases.len()), Some(3));
    assert_eq!(draft.attachments.map(|attachments| attachments.len()), Some(2));
}

proptest! {
    #[test]
    fn any_bytes_are_answered(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Err(faults) = read::<Sample>(&body) {
            prop_assert_eq!(faults.iter().count(), 1);
        }
    }

    #[test]
    fn any_text_that_looks_like_json_is_answered(body in "[\\[\\]{}\":,0-9eE.+\\\\utrnxyz \\-]{0,200}") {
        drop(read::<Sample>(body.as_bytes()));
        drop(read::<<FolderDraft as Draft>::Body>(body.as_bytes()));
    }

    #[test]
    fn any_text_comes_through_unchanged(text in any::<String>()) {
        let body = serde_json::to_vec(&serde_json::json!({ "text": text })).expect("JSON");
        prop_assert_eq!(sample(body).text, Field::Value(text));
    }
}
