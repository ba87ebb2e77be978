//! Where a content is, as the address that the journal keeps.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::{CHUNK_BYTES, CHUNKS_PER_PART};

/// Who keeps a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeper {
    /// The view's servers, as rows.
    Chunks,
    /// The object store, as an object.
    Objects,
}

impl Keeper {
    const ALL: [Self; 2] = [Self::Chunks, Self::Objects];

    const fn word(self) -> &'static str {
        match self {
            Self::Chunks => "chunks",
            Self::Objects => "objects",
        }
    }
}

/// A content and its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) keeper: Keeper,
    pub(super) id: Uuid,
    pub(super) bytes: u64,
}

impl Content {
    /// How many chunks it has.
    pub(super) const fn chunks(&self) -> u64 {
        self.bytes.div_ceil(CHUNK_BYTES as u64)
    }

    /// Its partitions.
    pub(super) fn parts(&self) -> impl Iterator<Item = i32> + use<> {
        (0..).take(usize::try_from(self.chunks().div_ceil(CHUNKS_PER_PART)).unwrap_or(usize::MAX))
    }
}

/// The partition of a chunk, and its number in there.
pub(super) fn place_of_chunk(chunk: u64) -> (i32, i32) {
    let number = |value: u64| i32::try_from(value).unwrap_or(i32::MAX);
    (number(chunk / CHUNKS_PER_PART), number(chunk % CHUNKS_PER_PART))
}

impl fmt::Display for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}/{}", self.keeper.word(), self.id, self.bytes)
    }
}

/// The text is not an address that this backend gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the address of a content of a cluster")]
pub(super) struct NotAContent;

impl FromStr for Content {
    type Err = NotAContent;

    fn from_str(text: &str) -> Result<Self, NotAContent> {
        let mut parts = text.split('/');
        let keeper = parts.next().and_then(|word| Keeper::ALL.into_iter().find(|keeper| keeper.word() == word));
        match (keeper, parts.next(), parts.next(), parts.next()) {
            (Some(keeper), Some(id), Some(bytes), None) => Ok(Self {
                keeper,
                id: Uuid::try_parse(id).map_err(|_| NotAContent)?,
                bytes: bytes.parse().map_err(|_| NotAContent)?,
            }),
            _ => Err(NotAContent),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_back_and_others_are_refused() {
        for keeper in Keeper::ALL {
            let content = Content { keeper, id: Uuid::now_v7(), bytes: 1 << 30 };
            assert_eq!(content.to_string().parse(), Ok(content));
        }
        for other in ["", "chunks", "chunks/1/2", "memory/0", "chunks/00000000-0000-0000-0000-000000000000/x"] {
            assert_eq!(other.parse::<Content>(), Err(NotAContent), "{other}");
        }
    }

    #[test]
    fn a_gibibyte_lies_in_partitions_of_32_mebibytes() {
        let content = Content { keeper: Keeper::Chunks, id: Uuid::now_v7(), bytes: 1 << 30 };
        assert_eq!((content.chunks(), content.parts().count()), (4_096, 32));
        assert_eq!(place_of_chunk(4_095), (31, 127));
        assert_eq!(Content { bytes: 1, ..content }.parts().count(), 1);
    }
}
