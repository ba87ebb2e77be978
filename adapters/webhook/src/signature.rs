//! The signature of a call, as [Standard Webhooks](https://www.standardwebhooks.com) has it.

use std::fmt;

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What the text of a secret begins with.
const PREFIX: &str = "whsec_";
/// As many bytes as the scheme allows.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that the hub shares with a recipient.
#[derive(Clone)]
pub struct Secret(Key);

/// The text is not a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a secret: whsec_ and then 24 to 64 bytes in base64")]
pub struct MalformedSecret;

impl Secret {
    /// The secret that is written `whsec_` and then 24 to 64 bytes in base64.
    pub fn parse(text: &str) -> Result<Self, MalformedSecret> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(MalformedSecret)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| MalformedSecret)?;
        if BYTES.contains(&bytes.len()) { Ok(Self(Key::new(HMAC_SHA256, &bytes))) } else { Err(MalformedSecret) }
    }

    /// The signature of a call: its identifier, its time in seconds since 1970, its body.
    pub fn sign(&self, id: &str, seconds: i64, body: &str) -> String {
        let signature = sign(&self.0, format!("{id}.{seconds}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(signature))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_signed_as_the_published_example_says() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_is_no_secret_is_refused_and_a_secret_is_not_shown() {
        for text in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAA", "whsec_!!!!"] {
            assert_eq!(Secret::parse(text).unwrap_err(), MalformedSecret, "{text}");
        }
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret");
    }
}
