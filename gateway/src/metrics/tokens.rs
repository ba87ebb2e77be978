//! What the token endpoint counts.

use prometheus::IntCounter;

use super::Registry;
use crate::token_endpoint::{REFUSAL_CODES, Refusal};

/// What the token endpoint counts.
#[derive(Debug)]
#[non_exhaustive]
pub struct TokenMetrics {
    /// Tokens given.
    pub issued: IntCounter,
    refused: [IntCounter; REFUSAL_CODES.len()],
}

impl TokenMetrics {
    /// Declares them.
    pub fn new(registry: &Registry) -> Self {
        let refused = registry.counters(
            "navette_tokens_refused_total",
            "Requests for a token that were refused, by code of RFC 6749.",
            &["reason"],
        );
        Self {
            issued: registry.counter("navette_tokens_issued_total", "Access tokens given."),
            refused: REFUSAL_CODES.map(|code| refused.with_label_values(&[code])),
        }
    }

    /// One more refusal.
    pub fn refused(&self, refusal: Refusal) {
        if let Some(index) = REFUSAL_CODES.iter().position(|code| *code == refusal.code()) {
            self.refused[index].inc();
        }
    }
}
