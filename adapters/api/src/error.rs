//! The one place where failures become answers.

use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use navette_router::hub::ReceiveError;
use navette_router::ports::{self, ErrorKind};
use navette_router::{Error, Faults};
use schemars::JsonSchema;
use serde::Serialize;

use crate::endpoint::Refusal;
use crate::{Body, BodyFault, answer};

/// What published gateways answer to a missing or stale token.
const INVALID_CREDENTIALS: u32 = 900_901;
/// How long a client is told to wait when trying again may help, in seconds.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("1");

/// Why a request was not done: everything that an operation may answer but what was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The hub refused, or failed.
    #[error(transparent)]
    Hub(#[from] Error),
    /// The body did not come.
    #[error(transparent)]
    Body(#[from] BodyFault),
    /// The body is in a form that cannot be JSON.
    #[error("the body must be JSON; send it as application/json")]
    NotJson,
    /// The body is longer than any body may be.
    #[error("a JSON body may have at most {max_bytes} bytes; split the request")]
    JsonTooLarge {
        /// What is accepted, in bytes.
        max_bytes: usize,
    },
    /// The header `digest` holds no SHA-256.
    #[error("[digest] is not a SHA-256; write its 32 bytes in base64")]
    Digest,
    /// The header `Range` names none of the bytes of a file of this size.
    #[error("the file has {size_bytes} bytes; ask for some of them")]
    Range {
        /// The size of the file, in bytes.
        size_bytes: u64,
    },
}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        Self::Hub(Error::Invalid(faults))
    }
}

impl From<ReceiveError<BodyFault>> for Failure {
    fn from(error: ReceiveError<BodyFault>) -> Self {
        match error {
            ReceiveError::Hub(error) => Self::Hub(error),
            ReceiveError::Body(fault) => Self::Body(fault),
        }
    }
}

/// One fault.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Fault")]
struct Row {
    /// The status of the answer; 900901 without a valid token.
    code: u32,
    /// What is wrong, and what to do about it.
    message: String,
}

/// All that is wrong with a request.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Error")]
pub(crate) struct Rows {
    errors: Vec<Row>,
}

/// A refusal with one message.
pub fn refuse(status: StatusCode, message: impl Into<String>) -> Response<Body> {
    coded(status, u32::from(status.as_u16()), message.into())
}

fn coded(status: StatusCode, code: u32, message: String) -> Response<Body> {
    answer::json(status, &Rows { errors: vec![Row { code, message }] })
}

fn with(mut response: Response<Body>, name: HeaderName, value: HeaderValue) -> Response<Body> {
    response.headers_mut().insert(name, value);
    response
}

/// The answer to whoever comes without a valid token.
pub fn unauthenticated() -> Response<Body> {
    let response = coded(StatusCode::UNAUTHORIZED, INVALID_CREDENTIALS, "Invalid Credentials".to_owned());
    with(response, header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

/// Why an operation was not done.
pub(crate) fn failure(failure: &Failure) -> Response<Body> {
    match failure {
        Failure::Hub(cause) => error(cause),
        Failure::Body(fault) => body(*fault),
        Failure::NotJson => refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, failure.to_string()),
        Failure::JsonTooLarge { .. } => refuse(StatusCode::PAYLOAD_TOO_LARGE, failure.to_string()),
        Failure::Digest => refuse(StatusCode::BAD_REQUEST, failure.to_string()),
        Failure::Range { size_bytes } => {
            let response = refuse(StatusCode::RANGE_NOT_SATISFIABLE, failure.to_string());
            match HeaderValue::try_from(format!("bytes */{size_bytes}")) {
                Ok(value) => with(response, header::CONTENT_RANGE, value),
                Err(_) => response,
            }
        }
    }
}

/// Why a request is none of the operations.
pub fn refusal(refusal: &Refusal) -> Response<Body> {
    let status = refusal.status();
    match refusal {
        Refusal::UnknownPath => refuse(status, "Resource is not found; check the address"),
        Refusal::UnknownMethod(allowed) => {
            let response = refuse(status, format!("Method not allowed; use {allowed}"));
            with(response, header::ALLOW, HeaderValue::from_static(allowed))
        }
        Refusal::Malformed(faults) => invalid(faults),
    }
}

/// Why a body could not be read.
pub fn body(fault: BodyFault) -> Response<Body> {
    let status = match fault {
        BodyFault::Stalled => StatusCode::REQUEST_TIMEOUT,
        BodyFault::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        BodyFault::Malformed | BodyFault::Disconnected => StatusCode::BAD_REQUEST,
    };
    closing(refuse(status, fault.to_string()))
}

/// Why a use case did not happen.
pub fn error(error: &Error) -> Response<Body> {
    match error {
        Error::Invalid(faults) => invalid(faults),
        Error::Forbidden => refuse(StatusCode::FORBIDDEN, error.to_string()),
        Error::NotFound(_) => refuse(StatusCode::NOT_FOUND, error.to_string()),
        Error::Port(cause) => port(cause),
    }
}

/// A failure beneath the use cases. The client learns what it can do about it; the cause is for the log.
fn port(cause: &ports::Error) -> Response<Body> {
    const LATER: &str = "the hub cannot take this now; try again later";
    tracing::error!(error = cause as &dyn std::error::Error, "a request failed");
    let (status, message) = match cause.kind() {
        ErrorKind::NoSpace => (StatusCode::INSUFFICIENT_STORAGE, LATER),
        ErrorKind::Overloaded | ErrorKind::Unavailable | ErrorKind::Conflict => {
            (StatusCode::SERVICE_UNAVAILABLE, LATER)
        }
        ErrorKind::TooLong | ErrorKind::TooShort => {
            (StatusCode::BAD_REQUEST, "the body does not have the announced size; send the announced file")
        }
        ErrorKind::TooLarge => {
            (StatusCode::PAYLOAD_TOO_LARGE, "the request holds more than may be written down at once; split it")
        }
        ErrorKind::Corrupt => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "Internal server error; tell the hub's operators the X-Request-Id of this answer",
        ),
    };
    let response = refuse(status, message);
    if cause.kind().may_be_retried() { with(response, header::RETRY_AFTER, RETRY_AFTER_SECONDS) } else { response }
}

fn invalid(faults: &Faults) -> Response<Body> {
    let mut errors: Vec<Row> = faults.iter().map(|fault| Row { code: 400, message: fault.to_string() }).collect();
    if faults.unlisted() > 0 {
        errors.push(Row { code: 400, message: format!("and {} more faults", faults.unlisted()) });
    }
    answer::json(StatusCode::BAD_REQUEST, &Rows { errors })
}

/// After this answer the connection is over: what is left of the body cannot be told from the next request.
fn closing(response: Response<Body>) -> Response<Body> {
    with(response, header::CONNECTION, HeaderValue::from_static("close"))
}

#[cfg(test)]
mod tests;
