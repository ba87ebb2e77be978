//! `PATCH` sent as `POST` with `X-HTTP-Method-Override: PATCH`, for clients whose HTTP library has no `PATCH`.

use http::{HeaderMap, Method};

use super::refusal::Refusal;

const HEADER: &str = "x-http-method-override";

/// Rewrites the method of a `POST` that asks for it. On other methods the header means nothing.
pub(super) fn apply(method: &mut Method, headers: &HeaderMap) -> Result<(), Refusal> {
    if *method != Method::POST {
        return Ok(());
    }
    let mut values = headers.get_all(HEADER).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(()),
        (Some(value), None) if value.as_bytes().eq_ignore_ascii_case(b"PATCH") => {
            *method = Method::PATCH;
            Ok(())
        }
        (Some(_), _) => Err(Refusal::UnknownOverride),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_a_post_becomes_a_patch_and_nothing_else() {
        let with = |method: Method, values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(HEADER, HeaderValue::from_static(value));
            }
            let mut method = method;
            apply(&mut method, &headers).map(|()| method)
        };
        assert_eq!(with(Method::POST, &[]), Ok(Method::POST));
        assert_eq!(with(Method::POST, &["PATCH"]), Ok(Method::PATCH));
        assert_eq!(with(Method::GET, &["DELETE"]), Ok(Method::GET));
        assert_eq!(with(Method::POST, &["DELETE"]), Err(Refusal::UnknownOverride));
        assert_eq!(with(Method::POST, &["PATCH", "PATCH"]), Err(Refusal::UnknownOverride));
    }
}
