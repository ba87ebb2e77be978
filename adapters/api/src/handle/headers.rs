//! The headers that operations read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::{HeaderMap, header};
use navette_router::model::{Digest, PartnerInfo};

use crate::error::Failure;

/// Whether the body says that it is made of parts. Any other media type passes for JSON: published clients are careless with it,
/// and the best-known tool of the command line says of everything that it is a form.
pub(super) fn is_multipart(headers: &HeaderMap) -> bool {
    let value =
        headers.get(header::CONTENT_TYPE).map(|value| value.as_bytes().to_ascii_lowercase()).unwrap_or_default();
    value.starts_with(b"multipart/")
}

/// What the caller's software says of itself.
pub(super) fn partner_info(headers: &HeaderMap) -> PartnerInfo {
    let text = |name: &str| {
        let text = std::str::from_utf8(headers.get(name)?.as_bytes()).ok()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    PartnerInfo {
        editor_name: text("editorname"),
        application_name: text("applicationname"),
        software_version: text("softwareversion"),
    }
}

/// The SHA-256 that a sender announces.
pub(super) fn digest(headers: &HeaderMap) -> Result<Option<Digest>, Failure> {
    let Some(value) = headers.get("digest") else { return Ok(None) };
    let digest = value.to_str().ok().and_then(parse);
    digest.map(Some).ok_or(Failure::Digest)
}

/// Base64, alone or after `SHA-256=`, with or without the colons of RFC 9530; or 64 hexadecimal digits.
fn parse(text: &str) -> Option<Digest> {
    const PREFIX: &str = "sha-256=";
    let text = text.trim();
    let value = match text.split_at_checked(PREFIX.len()) {
        Some((name, value)) if name.eq_ignore_ascii_case(PREFIX) => value.trim_matches(':'),
        _ => text,
    };
    let bytes = if value.len() == 64 { hexadecimal(value)? } else { BASE64.decode(value).ok()? };
    bytes.try_into().ok().map(Digest)
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| (byte as char).to_digit(16);
    let pair = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn header(name: &'static str, value: &[u8]) -> HeaderMap {
        HeaderMap::from_iter([(
            http::HeaderName::from_static(name),
            HeaderValue::from_bytes(value).expect("a header value"),
        )])
    }

    #[test]
    fn a_digest_is_read_in_every_spelling() {
        let digest = Digest([0xA7; 32]);
        let base64 = BASE64.encode(digest.0);
        for text in [
            base64.clone(),
            format!(" {base64} "),
            format!("SHA-256={base64}"),
            format!("sha-256=:{base64}:"),
            "a7".repeat(32),
            "A7".repeat(32),
            format!("sha-256={}", "a7".repeat(32)),
        ] {
            assert_eq!(super::digest(&header("digest", text.as_bytes())).ok(), Some(Some(digest)), "{text}");
        }
        assert_eq!(super::digest(&HeaderMap::new()).ok(), Some(None));
    }

    #[test]
    fn what_is_no_sha_256_is_refused_and_the_header_is_named() {
        let short = BASE64.encode([1; 16]);
        let signs = "+7".repeat(32);
        for text in ["", "x", "sha-256=", "md5=abc", &short, &signs, "é", "\u{1F600}\u{1F600}"] {
            let refused = super::digest(&header("digest", text.as_bytes())).expect_err(text);
            assert!(refused.to_string().contains("[digest]"), "{text}");
        }
    }

    #[test]
    fn the_partner_says_who_it_is_in_any_case_of_letters_and_in_utf_8() {
        let mut headers = header("editorname", "Éditeur".as_bytes());
        headers.insert("applicationName", HeaderValue::from_static("Dossier"));
        headers.insert("SOFTWAREVERSION", HeaderValue::from_bytes(b"\xFF\xFE").expect("a header value"));
        let info = partner_info(&headers);
        assert_eq!((info.editor_name.as_deref(), info.application_name.as_deref()), (Some("Éditeur"), Some("Dossier")));
        assert_eq!(info.software_version, None);
    }

    #[test]
    fn only_bodies_of_several_parts_are_not_taken_for_json() {
        for (value, multipart) in [
            ("application/json", false),
            ("text/plain", false),
            ("application/octet-stream", false),
            ("Application/X-WWW-Form-Urlencoded; charset=utf-8", false),
            ("multipart/form-data; boundary=x", true),
        ] {
            assert_eq!(is_multipart(&header("content-type", value.as_bytes())), multipart, "{value}");
        }
        assert!(!is_multipart(&HeaderMap::new()));
    }

    proptest! {
        #[test]
        fn any_header_is_answered(value in proptest::collection::vec(any::<u8>(), 0..120)) {
            let Ok(value) = HeaderValue::from_bytes(&value) else { return Ok(()) };
            let headers = HeaderMap::from_iter(
                ["digest", "content-type", "editorname"].map(|name| (http::HeaderName::from_static(name), value.clone())),
            );
            drop((super::digest(&headers), is_multipart(&headers), partner_info(&headers)));
        }

        #[test]
        fn every_digest_comes_back(digest: [u8; 32]) {
            let text = BASE64.encode(digest);
            prop_assert_eq!(super::digest(&header("digest", text.as_bytes())).ok(), Some(Some(Digest(digest))));
        }
    }
}
