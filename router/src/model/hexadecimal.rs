//! Bytes as hexadecimal digits in formats that a person reads, and as they are in the others.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// The bytes of any of these.
pub(super) fn serialize<T: AsRef<[u8]> + Serialize, S: Serializer>(
    bytes: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    if !serializer.is_human_readable() {
        return bytes.serialize(serializer);
    }
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    let digits: String = bytes.as_ref().iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect();
    serializer.serialize_str(&digits)
}

/// What was serialized.
pub(super) fn deserialize<'de, T: TryFrom<Vec<u8>> + Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    if !deserializer.is_human_readable() {
        return T::deserialize(deserializer);
    }
    let digits = String::deserialize(deserializer)?;
    let bytes = parse(&digits).ok_or_else(|| D::Error::custom("not an even number of hexadecimal digits"))?;
    T::try_from(bytes).map_err(|_| D::Error::custom("another number of bytes than expected"))
}

fn parse(digits: &str) -> Option<Vec<u8>> {
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| Some(value(*pair.first()?)? << 4 | value(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_back_and_other_text_is_refused() {
        assert_eq!(parse("00ff10"), Some(vec![0, 255, 16]));
        assert_eq!(parse(""), Some(vec![]));
        for other in ["0", "0g", "é", "+1"] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
