//! What the hub says of itself: `/openapi.json`, and the same to read at `/docs`. Built once, from the code; nothing comes from
//! another address.

mod errors;
mod html;
mod page;
mod tokens;

use std::sync::LazyLock;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Response};
use navette_adapter_api::{Body, openapi};
use serde_json::Value;

/// The name of these pages in metrics.
pub(crate) const NAME: &str = "documentation";
/// How long a client may keep a page.
const CACHING: &str = "public, max-age=300";
/// A page of the hub shows itself and its style sheet, and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

/// The description of everything that the public listener serves.
pub(crate) fn document() -> Value {
    let mut document = openapi::document();
    tokens::add(&mut document);
    document
}

struct Pages {
    document: Bytes,
    interface: Bytes,
    errors: Bytes,
}

static PAGES: LazyLock<Pages> = LazyLock::new(|| {
    let document = document();
    Pages {
        interface: page::interface(&document).into(),
        errors: errors::page().into(),
        document: serde_json::to_vec(&document).unwrap_or_default().into(),
    }
});

/// The page at `path`, if there is one. They need no token: they say how to get one.
pub(crate) fn page(path: &str) -> Option<Response<Body>> {
    let (content_type, bytes) = match path {
        "/openapi.json" => (JSON, PAGES.document.clone()),
        "/docs" | "/docs/" => (HTML, PAGES.interface.clone()),
        "/docs/errors" => (HTML, PAGES.errors.clone()),
        "/docs/style.css" => (CSS, Bytes::from_static(include_bytes!("documentation/style.css"))),
        _ => return None,
    };
    let mut answer = Response::new(Body::Full(bytes));
    let headers = [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, CACHING),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    answer.headers_mut().extend(headers.map(|(name, value)| (name, HeaderValue::from_static(value))));
    Some(answer)
}

#[cfg(test)]
mod tests {
    use crate::committed;

    #[test]
    fn the_committed_description_is_that_of_the_code() {
        let mut text = serde_json::to_string_pretty(&super::document()).unwrap();
        text.push('\n');
        committed::check("docs/openapi.json", &text);
    }

    #[test]
    fn the_committed_catalogue_of_errors_is_that_of_the_code() {
        committed::check("docs/errors.md", &super::errors::markdown());
    }
}
