//! What an answer means.

use std::time::Duration;

use http::StatusCode;
use navette_router::ports::{DeliveryError, DeliveryErrorKind, PeerWords};

use crate::call::Answer;

/// `Ok` when the recipient has it.
pub(crate) fn judge(answer: &Answer, words: PeerWords) -> Result<(), DeliveryError> {
    let Some((kind, explanation)) = meaning(answer.status) else { return Ok(()) };
    let error = DeliveryError::new(kind, format!("it answered {}: {explanation}", answer.status.as_u16())).said(words);
    let wait = answer.retry_after.as_deref().and_then(|value| wait(value, jiff::Timestamp::now()));
    Err(match wait {
        Some(wait) if kind == DeliveryErrorKind::Busy => error.after(wait),
        _ => error,
    })
}

/// The kind of failure and what to do; none for success.
fn meaning(status: StatusCode) -> Option<(DeliveryErrorKind, &'static str)> {
    use DeliveryErrorKind as Kind;
    Some(match status.as_u16() {
        200..=299 => return None,
        300..=399 => (Kind::Protocol, "redirections are not followed; set the address to where it leads"),
        401 | 403 | 407 => (Kind::LoginRefused, "look at how the signature is checked, and with which secret"),
        404 | 405 => (Kind::Missing, "look at the path in the address"),
        410 => (Kind::Gone, "the address is no longer called"),
        408 | 425 | 429 => (Kind::Busy, "it asks to come back later"),
        507 => (Kind::Full, "make room"),
        400..=499 => (Kind::Rejected, "it will not have this call; its log should say why"),
        _ => (Kind::Busy, "it failed; its log should say why"),
    })
}

/// How long to wait: a number of seconds, or a date (RFC 9110 §10.2.3).
fn wait(value: &str, now: jiff::Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(value.trim()).ok()?.timestamp();
    Some(Duration::from_secs(u64::try_from(date.as_second().saturating_sub(now.as_second())).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_a_number_of_seconds_or_a_date() {
        let now: jiff::Timestamp = "2026-11-23T07:28:21Z".parse().unwrap();
        let seconds = |value| wait(value, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds("Mon, 23 Nov 2026 07:30:21 GMT"), Some(120));
        assert_eq!(seconds("Mon, 23 Nov 2026 07:00:00 GMT"), Some(0));
        assert_eq!(seconds("soon"), None);
        assert_eq!(seconds("-5"), None);
    }

    #[test]
    fn only_success_is_success_and_only_what_is_for_good_is_not_tried_again() {
        for status in (100..600).filter_map(|code| StatusCode::from_u16(code).ok()) {
            assert_eq!(meaning(status).is_none(), status.is_success(), "{status}");
        }
        let retried = |code: u16| meaning(StatusCode::from_u16(code).unwrap()).map(|(kind, _)| kind.may_be_retried());
        assert_eq!([410, 400, 422].map(retried), [Some(false); 3]);
        assert_eq!([301, 401, 404, 429, 500, 503].map(retried), [Some(true); 6]);
    }
}
