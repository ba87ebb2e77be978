//! Which answers are compressed, and for whom.

use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, Response};
use navette_adapter_api::Body;

use super::gzip;
use super::refusal::Refusal;

/// Smaller answers fit into one packet anyhow.
const MIN_BYTES: usize = 1024;
/// Larger ones are compressed beside the threads that serve everybody.
const INLINE_MAX_BYTES: usize = 128 * 1024;

/// What a request says of its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Plain,
    Gzip,
}

/// How the body of a request is encoded.
pub(super) fn of_request(headers: &HeaderMap) -> Result<Encoding, Refusal> {
    let mut encoding = Encoding::Plain;
    for value in headers.get_all(CONTENT_ENCODING) {
        for word in value.to_str().map_err(|_| Refusal::UnknownEncoding)?.split(',') {
            let word = word.trim();
            let is_gzip = word.eq_ignore_ascii_case("gzip") || word.eq_ignore_ascii_case("x-gzip");
            match encoding {
                _ if word.is_empty() || word.eq_ignore_ascii_case("identity") => {}
                Encoding::Plain if is_gzip => encoding = Encoding::Gzip,
                // Nobody compresses twice but to see what happens.
                Encoding::Plain | Encoding::Gzip => return Err(Refusal::UnknownEncoding),
            }
        }
    }
    Ok(encoding)
}

/// Whether a client that says this in `Accept-Encoding` takes gzip.
pub(super) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let mut any = None;
    for value in headers.get_all(ACCEPT_ENCODING) {
        for item in value.to_str().unwrap_or_default().split(',') {
            let mut parts = item.split(';');
            let name = parts.next().unwrap_or_default().trim();
            let wanted = parts
                .filter_map(|part| part.trim().strip_prefix("q="))
                .all(|q| q.trim().parse::<f32>().is_ok_and(|q| q > 0.0));
            if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
                return wanted;
            }
            if name == "*" {
                any = Some(wanted);
            }
        }
    }
    any.unwrap_or(false)
}

/// Compresses an answer of JSON that is worth it. Never one with `Content-Range`: a common client announces gzip and then does
/// not inflate those.
pub(super) async fn compress(mut answer: Response<Body>, accepted: bool) -> Response<Body> {
    let headers = answer.headers();
    let is_json = headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    if !is_json || headers.contains_key(CONTENT_RANGE) || headers.contains_key(CONTENT_ENCODING) {
        return answer;
    }
    let Body::Full(bytes) = answer.body() else { return answer };
    if bytes.len() <= MIN_BYTES {
        return answer;
    }
    let bytes = bytes.clone();
    answer.headers_mut().append(VARY, HeaderValue::from_static("accept-encoding"));
    if !accepted {
        return answer;
    }
    let compressed = if bytes.len() <= INLINE_MAX_BYTES {
        gzip::compress(&bytes)
    } else {
        tokio::task::spawn_blocking(move || gzip::compress(&bytes)).await.ok().flatten()
    };
    if let Some(compressed) = compressed {
        *answer.body_mut() = Body::Full(compressed);
        answer.headers_mut().remove(CONTENT_LENGTH);
        answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_values_are_obeyed() {
        let accepts = |value: &'static str| {
            accepts_gzip(&HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))]))
        };
        for yes in ["gzip", "deflate, gzip;q=0.5", "*", "br;q=1.0, x-gzip", "GZIP ; q=1", "*;q=0, gzip"] {
            assert!(accepts(yes), "{yes}");
        }
        for no in ["", "identity", "gzip;q=0", "gzip;q=0.0, *", "*;q=0", "br", "gzip;q=x"] {
            assert!(!accepts(no), "{no}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn only_gzip_and_only_once_is_decoded() {
        let of = |value: &'static str| {
            of_request(&HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static(value))]))
        };
        assert_eq!(of("gzip"), Ok(Encoding::Gzip));
        assert_eq!(of("identity, X-GZIP"), Ok(Encoding::Gzip));
        assert_eq!(of("identity"), Ok(Encoding::Plain));
        for unknown in ["br", "deflate", "gzip, gzip", "gzip, br"] {
            assert_eq!(of(unknown), Err(Refusal::UnknownEncoding), "{unknown}");
        }
    }

    #[tokio::test]
    async fn answers_with_a_range_are_never_compressed() {
        let answer = || {
            let mut answer = Response::new(Body::Full(vec![b' '; 5000].into()));
            answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            answer
        };
        let compressed = compress(answer(), true).await;
        assert_eq!(compressed.headers()[CONTENT_ENCODING], "gzip");
        assert_eq!(compressed.headers()[VARY], "accept-encoding");
        let plain = compress(answer(), false).await;
        assert!(!plain.headers().contains_key(CONTENT_ENCODING));
        assert_eq!(plain.headers()[VARY], "accept-encoding");
        let mut ranged = answer();
        ranged.headers_mut().insert(CONTENT_RANGE, HeaderValue::from_static("Notifications 0-24/100"));
        assert!(!compress(ranged, true).await.headers().contains_key(CONTENT_ENCODING));
    }
}
