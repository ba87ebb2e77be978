//! Tokens, and what an administrator asks.

use std::fmt::Write as _;

use http::header::HeaderValue;
use http::{Method, StatusCode};
use serde::Deserialize;

use super::{Hub, expect, json, parse, plain};
use crate::access::Credential;
use crate::content::Outgoing;
use crate::wire::{Answer, Call, Failure, Into};

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

impl Hub {
    /// Asks for a token; gives the value of the header `authorization`.
    pub(crate) async fn token(&self, credential: &Credential) -> Result<HeaderValue, Failure> {
        #[derive(Deserialize)]
        struct Token {
            access_token: String,
        }
        let body = form(&[
            ("grant_type", "client_credentials"),
            ("scope", &credential.scope),
            ("client_id", &credential.client_id),
            ("client_secret", &credential.client_secret),
        ]);
        let call = Call {
            method: Method::POST,
            path: self.token.path.clone(),
            authorization: None,
            content_type: Some(FORM),
            digest: None,
            body: Outgoing::Whole(Some(body.into())),
        };
        let answer = expect(self.token.wire.exchange(call, Into::Memory, 0).await?, StatusCode::OK)?;
        let token: Token = parse(&answer.body)?;
        let mut value = HeaderValue::from_str(&format!("Bearer {}", token.access_token)).map_err(http::Error::from)?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Sends JSON to the referential; any status is an answer.
    pub(crate) async fn register(&self, token: &HeaderValue, what: &str, body: String) -> Result<Answer, Failure> {
        let call = json(Method::POST, format!("{}/{what}", self.referential.path), token, body.into());
        self.referential.wire.exchange(call, Into::Memory, 0).await
    }

    /// Has a credential issued.
    pub(crate) async fn issue(&self, token: &HeaderValue, body: String) -> Result<Credential, Failure> {
        let call = json(Method::POST, format!("{}/credentials", self.administration.path), token, body.into());
        let answer = self.administration.wire.exchange(call, Into::Memory, 0).await?;
        parse(&expect(answer, StatusCode::CREATED)?.body)
    }

    /// What the hub says of its version; none of one that says nothing.
    pub(crate) async fn version(&self, token: &HeaderValue) -> Option<String> {
        #[derive(Deserialize)]
        struct Status {
            version: String,
        }
        let call = plain(Method::GET, format!("{}/status", self.administration.path), token);
        let answer = self.administration.wire.exchange(call, Into::Memory, 0).await.ok()?;
        let status: Status = parse(&expect(answer, StatusCode::OK).ok()?.body).ok()?;
        Some(status.version)
    }
}

/// A body of the type `application/x-www-form-urlencoded`, which is how RFC 6749 (appendix B) sends a credential, whatever stands in it.
fn form(fields: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (index, (name, value)) in fields.iter().enumerate() {
        let comma = if index == 0 { "" } else { "&" };
        // Writing to a text cannot fail.
        write!(text, "{comma}{name}=").ok();
        for byte in value.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => text.push(char::from(byte)),
                b' ' => text.push('+'),
                byte => write!(text, "%{byte:02X}").unwrap_or_default(),
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_stands_in_a_credential_arrives() {
        let sent = form(&[("grant_type", "client_credentials"), ("client_secret", " %&+=/é*-._~")]);
        assert_eq!(sent, "grant_type=client_credentials&client_secret=+%25%26%2B%3D%2F%C3%A9*-._%7E");
    }
}
