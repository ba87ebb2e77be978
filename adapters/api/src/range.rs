//! A single range of bytes, RFC 9110 section 14. Several ranges, or none that can be understood, mean the whole.

use std::ops::Range;

use http::{HeaderMap, header};

/// What part of a file is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    Some(Range<u64>),
    /// None of the file's bytes.
    Unsatisfiable,
}

pub(crate) fn part(headers: &HeaderMap, size: u64) -> Part {
    // A condition on a version of the file that we never gave out does not hold.
    if headers.contains_key(header::IF_RANGE) {
        return Part::Whole;
    }
    let value = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let Some((first, last)) =
        value.and_then(|value| value.strip_prefix("bytes=")).and_then(|range| range.trim().split_once('-'))
    else {
        return Part::Whole;
    };
    let number = |text: &str| {
        (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse::<u64>().ok()).flatten()
    };
    let range = match (first, last) {
        ("", suffix) => match number(suffix) {
            Some(0) => return Part::Unsatisfiable,
            Some(suffix) => size.saturating_sub(suffix)..size,
            None => return Part::Whole,
        },
        (first, "") => match number(first) {
            Some(first) => first..size,
            None => return Part::Whole,
        },
        (first, last) => match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(size),
            _ => return Part::Whole,
        },
    };
    if range.start < range.end { Part::Some(range) } else { Part::Unsatisfiable }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn single_ranges_are_understood_and_anything_else_means_the_whole() {
        for (text, expected) in [
            ("bytes=0-9", Part::Some(0..10)),
            ("bytes=90-", Part::Some(90..100)),
            ("bytes=-5", Part::Some(95..100)),
            ("bytes=-500", Part::Some(0..100)),
            ("bytes=50-5000", Part::Some(50..100)),
            ("bytes=100-", Part::Unsatisfiable),
            ("bytes=-0", Part::Unsatisfiable),
            ("bytes=5-1", Part::Whole),
            ("bytes=0-1,5-6", Part::Whole),
            ("items=0-1", Part::Whole),
            ("bytes=", Part::Whole),
        ] {
            let headers = HeaderMap::from_iter([(header::RANGE, text.parse().expect("a header value"))]);
            assert_eq!(part(&headers, 100), expected, "{text}");
        }
    }

    #[test]
    fn of_an_empty_file_no_range_can_be_given() {
        let headers = HeaderMap::from_iter([(header::RANGE, "bytes=0-9".parse().expect("a header value"))]);
        assert_eq!(part(&headers, 0), Part::Unsatisfiable);
        assert_eq!(part(&HeaderMap::new(), 0), Part::Whole);
    }

    #[test]
    fn a_conditional_range_means_the_whole() {
        let mut headers = HeaderMap::from_iter([(header::RANGE, "bytes=0-9".parse().expect("a header value"))]);
        headers.insert(header::IF_RANGE, "\"abc\"".parse().expect("a header value"));
        assert_eq!(part(&headers, 100), Part::Whole);
    }

    proptest! {
        #[test]
        fn whatever_is_asked_for_lies_within_the_file(text in "(bytes=)?[0-9 ,-]{0,40}|\\PC{0,40}", size: u64) {
            let Ok(value) = http::HeaderValue::try_from(text) else { return Ok(()) };
            let headers = HeaderMap::from_iter([(header::RANGE, value)]);
            if let Part::Some(range) = part(&headers, size) {
                prop_assert!(range.start < range.end && range.end <= size);
            }
        }
    }
}
