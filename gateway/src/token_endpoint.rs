//! What a token endpoint reads and writes (RFC 6749, client credentials), without a socket and without the store.

mod fields;
mod urlencoded;

use std::time::Duration;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, PRAGMA, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use navette_adapter_api::Body;
use navette_router::rights::Scope;
use secrecy::{ExposeSecret as _, SecretString};

use fields::Fields;

/// The largest body of a token request, in bytes.
pub const BODY_MAX_BYTES: usize = 16 * 1024;

/// Padded or not: clients do both.
const BASIC: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Somebody asks for a token. Nothing in it has been checked against the store.
#[derive(Debug)]
pub struct TokenRequest {
    /// Who.
    pub client_id: String,
    /// The proof.
    pub client_secret: SecretString,
    /// What for; empty when the client leaves it to the hub.
    pub scopes: Vec<Scope>,
}

/// Why no token is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request is not one: answered 400 `invalid_request`.
    #[error("{0}")]
    InvalidRequest(&'static str),
    /// Unknown client, wrong secret or none, or a revoked credential: answered 401 `invalid_client`.
    #[error("the client is unknown, or its secret is wrong")]
    InvalidClient,
    /// Answered 400 `unsupported_grant_type`.
    #[error("grant_type must be client_credentials")]
    UnsupportedGrantType,
    /// Answered 400 `invalid_scope`.
    #[error("scope must be the one of the credential: OSL, SI, ADMIN or DATAPASS")]
    InvalidScope,
}

/// Every value that [`Refusal::code`] takes; for metrics.
pub const REFUSAL_CODES: [&str; 4] = ["invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope"];

impl Refusal {
    /// The code of RFC 6749.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
        }
    }

    /// What the client gets.
    pub fn answer(self) -> Response<Body> {
        let status = match self {
            Self::InvalidClient => StatusCode::UNAUTHORIZED,
            Self::InvalidRequest(_) | Self::UnsupportedGrantType | Self::InvalidScope => StatusCode::BAD_REQUEST,
        };
        let body = serde_json::json!({ "error": self.code(), "error_description": self.to_string() });
        let mut answer = json(status, &body);
        if status == StatusCode::UNAUTHORIZED {
            answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"navette\""));
        }
        answer
    }
}

/// What the client gets when it is given a token: exactly 200, which published clients test for.
pub fn granted(token: &str, lifetime: Duration, scope: Scope) -> Response<Body> {
    let body = serde_json::json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": lifetime.as_secs(),
        "scope": scope.as_str(),
    });
    json(StatusCode::OK, &body)
}

fn json(status: StatusCode, body: &serde_json::Value) -> Response<Body> {
    let mut answer = Response::new(Body::from(body.to_string().into_bytes()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    answer
}

impl TokenRequest {
    /// Reads a request from its headers and its whole body: a form, or the same fields as a JSON object; the client's identity
    /// by HTTP Basic or among the fields.
    ///
    /// # Errors
    /// What to answer instead of a token.
    pub fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        let fields = Fields::parse(headers.get(CONTENT_TYPE), body)?;
        match fields.grant_type.as_deref() {
            Some("client_credentials") => {}
            Some(_) => return Err(Refusal::UnsupportedGrantType),
            None => return Err(Refusal::InvalidRequest("grant_type is missing; send client_credentials")),
        }
        let scopes = scopes(fields.scope.as_deref().unwrap_or_default())?;
        let (client_id, client_secret) = identity(headers, fields)?;
        Ok(Self { client_id, client_secret, scopes })
    }
}

fn scopes(text: &str) -> Result<Vec<Scope>, Refusal> {
    let mut scopes = Vec::new();
    for word in text.split_ascii_whitespace() {
        let scope = word.parse().map_err(|()| Refusal::InvalidScope)?;
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    Ok(scopes)
}

fn identity(headers: &HeaderMap, fields: Fields) -> Result<(String, SecretString), Refusal> {
    let from_header = headers.get(AUTHORIZATION).map(basic).transpose()?;
    let Some((client_id, secret)) = from_header else {
        return match (fields.client_id, fields.client_secret) {
            (Some(client_id), Some(secret)) => Ok((client_id, secret)),
            _ => Err(Refusal::InvalidClient),
        };
    };
    // Some clients repeat themselves; what they may not do is say two things.
    let same_id = fields.client_id.is_none_or(|repeated| repeated == client_id);
    let same_secret = fields.client_secret.is_none_or(|repeated| repeated.expose_secret() == secret.expose_secret());
    if same_id && same_secret {
        Ok((client_id, secret))
    } else {
        Err(Refusal::InvalidRequest("the Authorization header and the body name different clients; use one of them"))
    }
}

/// Both halves are form-encoded before they are joined (RFC 6749 section 2.3.1).
fn basic(header: &HeaderValue) -> Result<(String, SecretString), Refusal> {
    let text = header.to_str().map_err(|_| Refusal::InvalidClient)?;
    let (scheme, encoded) = text.split_once(' ').ok_or(Refusal::InvalidClient)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(Refusal::InvalidClient);
    }
    let decoded = BASIC.decode(encoded.trim()).map_err(|_| Refusal::InvalidClient)?;
    let colon = decoded.iter().position(|byte| *byte == b':').ok_or(Refusal::InvalidClient)?;
    let client_id = urlencoded::decode(&decoded[..colon]).ok_or(Refusal::InvalidClient)?;
    let secret = urlencoded::decode(&decoded[colon + 1..]).ok_or(Refusal::InvalidClient)?;
    Ok((client_id, secret.into()))
}

#[cfg(test)]
mod tests;
