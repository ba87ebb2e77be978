//! Texts of an address: percent-decoded, and repeated to the sender only as far as they are harmless.

use std::borrow::Cow;

/// How much of what was sent a message repeats.
const ECHO_MAX_CHARS: usize = 64;

/// A part of a path.
pub(super) fn part(text: &str) -> Cow<'_, str> {
    decode(text, false)
}

/// A name or a value of a query, in which `+` stands for a space.
pub(super) fn parameter(text: &str) -> Cow<'_, str> {
    decode(text, true)
}

/// What is not UTF-8 afterwards becomes the replacement character, which no name, no code and no identifier can hold.
fn decode(text: &str, plus_is_space: bool) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte == b'%' || byte == b'+') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.push(digit(*high) << 4 | digit(*low));
                rest = after;
            }
            (b'+', _) if plus_is_space => bytes.push(b' '),
            (other, _) => bytes.push(*other),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn digit(hexadecimal: u8) -> u8 {
    match hexadecimal {
        b'0'..=b'9' => hexadecimal - b'0',
        b'a'..=b'f' => hexadecimal - b'a' + 10,
        _ => hexadecimal.wrapping_sub(b'A').wrapping_add(10),
    }
}

/// What a message may repeat of what was sent.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() && *c != '"').take(ECHO_MAX_CHARS).collect()
}
