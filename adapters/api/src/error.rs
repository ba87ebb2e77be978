//! The one place where failures become answers.

use std::error::Error as _;

use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use navette_router::ports::ErrorKind;
use navette_router::{Error, Faults};
use serde::Serialize;

use crate::endpoint::Refusal;
use crate::{Body, BodyFault, answer};

/// What published gateways answer to a missing or stale token.
const INVALID_CREDENTIALS: u32 = 900_901;
/// How long a client is told to wait when trying again may help, in seconds.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("1");

#[derive(Serialize)]
struct Row {
    code: u32,
    message: String,
}

#[derive(Serialize)]
struct Rows {
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

/// Every fault of a request.
pub(crate) fn invalid(faults: &Faults) -> Response<Body> {
    let mut errors: Vec<Row> = faults.iter().map(|fault| Row { code: 400, message: fault.to_string() }).collect();
    if faults.unlisted() > 0 {
        errors.push(Row { code: 400, message: format!("and {} more faults", faults.unlisted()) });
    }
    answer::json(StatusCode::BAD_REQUEST, &Rows { errors })
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
    let response = refuse(status, fault.to_string());
    // What is left of the body cannot be told from the next request.
    with(response, header::CONNECTION, HeaderValue::from_static("close"))
}

/// Why a use case did not happen.
pub fn error(error: &Error) -> Response<Body> {
    match error {
        Error::Invalid(faults) => invalid(faults),
        Error::Forbidden => refuse(StatusCode::FORBIDDEN, error.to_string()),
        Error::NotFound(_) => refuse(StatusCode::NOT_FOUND, error.to_string()),
        Error::Port(cause) => {
            let status = match cause.kind() {
                ErrorKind::NoSpace => StatusCode::INSUFFICIENT_STORAGE,
                ErrorKind::Overloaded | ErrorKind::Unavailable | ErrorKind::Conflict => StatusCode::SERVICE_UNAVAILABLE,
                ErrorKind::TooLong | ErrorKind::TooShort => StatusCode::BAD_REQUEST,
                ErrorKind::Corrupt => StatusCode::INTERNAL_SERVER_ERROR,
            };
            tracing::error!(error = cause as &dyn std::error::Error, source = cause.source(), "a request failed");
            let message = match status {
                StatusCode::INTERNAL_SERVER_ERROR => {
                    "Internal server error; tell the hub's operators the X-Request-Id of this answer"
                }
                StatusCode::BAD_REQUEST => "the body does not have the announced size",
                _ => "the hub cannot take this now; try again later",
            };
            let response = refuse(status, message);
            if cause.kind().may_be_retried() {
                with(response, header::RETRY_AFTER, RETRY_AFTER_SECONDS)
            } else {
                response
            }
        }
    }
}
