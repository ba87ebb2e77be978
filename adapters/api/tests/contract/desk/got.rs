//! What comes back.

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;

/// What was answered.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Got {
    /// The answer, which must have this status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        if status == 204 {
            assert!(self.body.is_empty(), "an answer without content has none");
        } else if status >= 400 {
            assert!(!self.messages().is_empty(), "a refusal says why");
        }
        self
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// What a refusal says.
    #[track_caller]
    pub(crate) fn messages(&self) -> Vec<String> {
        assert_eq!(self.header("content-type"), Some("application/json"));
        let body = self.json();
        let errors = body["errors"].as_array().expect("a list of errors");
        errors.iter().for_each(|error| assert!(error["code"].is_u64(), "{error}"));
        errors.iter().map(|error| error["message"].as_str().expect("a message").to_owned()).collect()
    }

    /// The refusal, which must contain these words.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        let messages = self.messages();
        assert!(messages.iter().any(|message| message.contains(words)), "{words:?} is not in {messages:?}");
        self
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// A text of an answer.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}

/// The identifiers of a list.
#[track_caller]
pub(crate) fn ids(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|element| text(&element["id"])).collect()
}
