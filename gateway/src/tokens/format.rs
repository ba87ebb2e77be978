//! The bytes of a token, before they are written in URL-safe base64:
//! version, scope, number of the key (4), issued (8, milliseconds), expires (8), client id (1 to 64), HMAC-SHA-256 of all that (32).

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use navette_router::model::{ClientId, Timestamp};
use navette_router::rights::Scope;

use super::TokenError;

const VERSION: u8 = 1;
const PERIOD: usize = 2;
const ISSUED: usize = 6;
const EXPIRES: usize = 14;
const CLIENT_ID: usize = 22;
const TAG_BYTES: usize = 32;
/// Of the longest token.
const BYTES_MAX: usize = CLIENT_ID + 64 + TAG_BYTES;
const TEXT_MAX: usize = BYTES_MAX.div_ceil(3) * 4;

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Who asked for it.
    pub client_id: ClientId,
    /// What for.
    pub scope: Scope,
    /// When.
    pub issued_at: Timestamp,
    /// From when on it is worth nothing.
    pub expires_at: Timestamp,
}

/// Writes a token.
pub(super) fn write(claims: &Claims, period: u32, key: &hmac::Key) -> String {
    let scope = Scope::ALL.iter().position(|scope| *scope == claims.scope).unwrap_or_default();
    let mut bytes = Vec::with_capacity(BYTES_MAX);
    bytes.extend([VERSION, u8::try_from(scope).unwrap_or(u8::MAX)]);
    bytes.extend(period.to_be_bytes());
    bytes.extend(claims.issued_at.milliseconds().to_be_bytes());
    bytes.extend(claims.expires_at.milliseconds().to_be_bytes());
    bytes.extend(claims.client_id.as_str().as_bytes());
    let tag = hmac::sign(key, &bytes);
    bytes.extend(tag.as_ref());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token as it came: nothing in it is to be believed before [`SignedToken::verify`].
pub(super) struct SignedToken {
    bytes: [u8; TEXT_MAX],
    length: usize,
}

impl SignedToken {
    /// Decodes without a look at the signature.
    pub(super) fn decode(text: &str) -> Result<Self, TokenError> {
        let mut bytes = [0; TEXT_MAX];
        if text.len() > TEXT_MAX {
            return Err(TokenError::Malformed);
        }
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).map_err(|_| TokenError::Malformed)?;
        if !(CLIENT_ID + 1 + TAG_BYTES..=BYTES_MAX).contains(&length) || bytes[0] != VERSION {
            return Err(TokenError::Malformed);
        }
        Ok(Self { bytes, length })
    }

    /// The number of the key it says it was signed with.
    pub(super) fn period(&self) -> u32 {
        u32::from_be_bytes(self.array(PERIOD))
    }

    /// Whether that key signed it, in constant time.
    pub(super) fn verify(&self, key: &hmac::Key) -> Result<(), TokenError> {
        let (payload, tag) = self.bytes[..self.length].split_at(self.length - TAG_BYTES);
        hmac::verify(key, payload, tag).map_err(|_| TokenError::BadSignature)
    }

    /// What it says.
    pub(super) fn claims(&self) -> Result<Claims, TokenError> {
        let client_id =
            std::str::from_utf8(&self.bytes[CLIENT_ID..self.length - TAG_BYTES]).ok().and_then(ClientId::new);
        Ok(Claims {
            client_id: client_id.ok_or(TokenError::Malformed)?,
            scope: Scope::ALL.get(usize::from(self.bytes[1])).copied().ok_or(TokenError::Malformed)?,
            issued_at: Timestamp::from_milliseconds(i64::from_be_bytes(self.array(ISSUED))),
            expires_at: Timestamp::from_milliseconds(i64::from_be_bytes(self.array(EXPIRES))),
        })
    }

    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut array = [0; N];
        array.copy_from_slice(&self.bytes[at..at + N]);
        array
    }
}
