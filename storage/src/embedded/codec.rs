//! How entries and records become bytes: one format byte, then MessagePack with field names.
//!
//! With field names a new optional field needs no migration, and an unknown format byte is refused instead of misread.

use serde::{Serialize, de::DeserializeOwned};

/// The present format of entries and records.
const FORMAT: u8 = 1;

/// Why bytes are not what they should be.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing at all.
    #[error("a stored value is empty")]
    Empty,
    /// Written by another version of this software.
    #[error(
        "a stored value has format {0} and this version of navette knows format {FORMAT}; start the version that wrote it"
    )]
    UnknownFormat(u8),
    /// Not decodable.
    #[error("a stored value cannot be decoded")]
    Malformed(#[source] rmp_serde::decode::Error),
    /// Not encodable.
    #[error("a value cannot be encoded")]
    Unencodable(#[source] rmp_serde::encode::Error),
}

/// The bytes of `value`.
pub(super) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::with_capacity(512);
    bytes.push(FORMAT);
    rmp_serde::encode::write_named(&mut bytes, value).map_err(Error::Unencodable)?;
    Ok(bytes)
}

/// The value that `bytes` hold.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    match bytes.split_first() {
        None => Err(Error::Empty),
        Some((&FORMAT, rest)) => rmp_serde::from_slice(rest).map_err(Error::Malformed),
        Some((&other, _)) => Err(Error::UnknownFormat(other)),
    }
}

#[cfg(test)]
mod tests {
    use navette_router::entry::{Entry, Fact};
    use navette_router::model::{ClientId, EntryId, Timestamp};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_unknown_format_is_refused_with_a_sentence() {
        let mut bytes = encode(&"value").expect("a text can be encoded");
        assert_eq!(decode::<String>(&bytes).expect("what was encoded can be decoded"), "value");
        bytes[0] = 9;
        assert!(matches!(decode::<String>(&bytes), Err(Error::UnknownFormat(9))));
        assert!(matches!(decode::<String>(&[]), Err(Error::Empty)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_entry_or_refused(mut bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            drop(decode::<Entry>(&bytes));
            // Behind the right format, too.
            bytes.insert(0, FORMAT);
            drop(decode::<Entry>(&bytes));
        }

        #[test]
        fn a_damaged_entry_is_an_entry_or_refused(place: prop::sample::Index, byte: u8) {
            let entry = Entry::new(Timestamp::from_milliseconds(7), ClientId::new("client"), vec![Fact::ActsForgotten(vec![EntryId::generate()])]);
            let mut bytes = encode(&entry).expect("an entry can be encoded");
            let place = place.index(bytes.len());
            bytes[place] = byte;
            drop(decode::<Entry>(&bytes));
        }
    }
}
