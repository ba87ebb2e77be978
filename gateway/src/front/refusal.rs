//! What the front answers by itself, in the error body of the API.

use std::time::Duration;

use http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use navette_adapter_api::Body;

/// Why a request does not reach its endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the length of the body is given more than once; send one Content-Length, or Transfer-Encoding")]
    AmbiguousLength,
    #[error("X-HTTP-Method-Override can only be PATCH; use the method itself")]
    UnknownOverride,
    #[error("the Content-Encoding is not known; send gzip, or nothing")]
    UnknownEncoding,
    #[error("too much is in progress; try again later")]
    Overloaded { retry_after: Duration },
    #[error("something went wrong in the hub")]
    Panicked,
}

impl Refusal {
    const fn status(self) -> StatusCode {
        match self {
            Self::AmbiguousLength | Self::UnknownOverride => StatusCode::BAD_REQUEST,
            Self::UnknownEncoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Overloaded { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What the client gets.
    pub(super) fn answer(self) -> Response<Body> {
        let status = self.status();
        let body = serde_json::json!({ "errors": [{ "code": status.as_u16(), "message": self.to_string() }] });
        let mut answer = Response::new(Body::from(body.to_string().into_bytes()));
        *answer.status_mut() = status;
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        match self {
            Self::Overloaded { retry_after } => {
                headers.insert(RETRY_AFTER, HeaderValue::from(retry_after.as_secs().max(1)));
            }
            // Where the next request begins is anybody's guess.
            Self::AmbiguousLength => {
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Self::UnknownOverride | Self::UnknownEncoding | Self::Panicked => {}
        }
        answer
    }
}
