//! `application/x-www-form-urlencoded`, read.

/// Decodes `+` and `%XX`; `None` when that does not give UTF-8, or when a `%` stands alone.
pub(super) fn decode(bytes: &[u8]) -> Option<String> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => digit(*rest.next()?)? << 4 | digit(*rest.next()?)?,
            other => *other,
        });
    }
    String::from_utf8(decoded).ok()
}

/// The pairs of a form; a pair that cannot be decoded is `None`.
pub(super) fn pairs(form: &[u8]) -> impl Iterator<Item = Option<(String, String)>> + '_ {
    form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let equals = pair.iter().position(|byte| *byte == b'=');
        let (name, value) = equals.map_or((pair, &[][..]), |at| (&pair[..at], &pair[at + 1..]));
        Some((decode(name)?, decode(value)?))
    })
}

const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plus_and_percent_are_decoded() {
        assert_eq!(decode(b"a+b%2Bc%C3%A9").as_deref(), Some("a b+cé"));
        for broken in [&b"%"[..], b"%4", b"%zz", b"%ff", b"\xff"] {
            assert_eq!(decode(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn pairs_without_a_value_have_an_empty_one() {
        let found: Vec<_> = pairs(b"a=1&b&&c=d=e").flatten().collect();
        let expected = [("a", "1"), ("b", ""), ("c", "d=e")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(found, expected);
    }
}
