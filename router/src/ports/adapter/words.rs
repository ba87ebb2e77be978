//! What a peer said, fit to be kept and shown.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a peer said: one line of at most [`MAX_CHARS`](Self::MAX_CHARS) printable characters in which nothing is left that looks like
/// somebody's: no mail address, no long number, nothing that the caller asked to hide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PeerWords(String);

/// What stands for what was taken out.
const BLANK: &str = "[…]";
/// A number of so many digits is a telephone, a dossier or a person's; fewer are codes, ports and sizes.
const DIGITS_MAX: usize = 5;
/// Of what a peer says, so much is looked at.
const LOOKED_AT_MAX_BYTES: usize = 4_096;
/// Shorter texts than this are not looked for: they would be found everywhere.
const HIDDEN_MIN_CHARS: usize = 3;

impl PeerWords {
    /// The most characters that are kept.
    pub const MAX_CHARS: usize = 300;

    /// `said`, cleaned.
    pub fn new(said: &str) -> Self {
        Self::hiding(said, [])
    }

    /// `said`, cleaned, without `hidden`, in whatever case it is quoted.
    pub fn hiding<'a>(said: &str, hidden: impl IntoIterator<Item = &'a str>) -> Self {
        let said = said.get(..said.floor_char_boundary(LOOKED_AT_MAX_BYTES)).unwrap_or_default();
        let mut text: String = said.chars().map(|c| if is_shown(c) { c } else { ' ' }).collect();
        for hidden in hidden.into_iter().map(str::trim).filter(|hidden| hidden.chars().count() >= HIDDEN_MIN_CHARS) {
            text = without(&text, hidden);
        }
        let words = text.split_whitespace().map(|word| if is_somebodys(word) { BLANK } else { word });
        let mut kept = String::new();
        for word in words {
            if !kept.is_empty() {
                kept.push(' ');
            }
            kept.push_str(word);
        }
        if let Some((end, _)) = kept.char_indices().nth(Self::MAX_CHARS) {
            kept.truncate(end);
        }
        Self(kept)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PeerWords {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whether a character may be shown: neither a control character nor one that changes the direction or the look of others.
fn is_shown(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

fn is_somebodys(word: &str) -> bool {
    word.contains('@') || word.bytes().filter(u8::is_ascii_digit).count() > DIGITS_MAX
}

/// `text` without any occurrence of `hidden`, letters compared without their case.
fn without(text: &str, hidden: &str) -> String {
    let folded = |c: char| c.to_lowercase().next().unwrap_or(c);
    let hidden: Vec<char> = hidden.chars().map(folded).collect();
    let characters: Vec<char> = text.chars().collect();
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(rest) = characters.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.len() >= hidden.len() && rest.iter().zip(&hidden).all(|(c, wanted)| folded(*c) == *wanted) {
            kept.push_str(BLANK);
            at += hidden.len();
        } else {
            kept.extend(rest.first());
            at += 1;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_looks_like_somebodys_is_taken_out() {
        let words = PeerWords::hiding(
            "550\r\n\u{1b}[31mNo such\u{202e} user jean.dupont@mairie.fr (0123456789) DUPONT, disk full: 28",
            ["Dupont"],
        );
        assert_eq!(words.as_str(), "550 [31mNo such user […] […] […], disk full: 28");
    }

    proptest! {
        #[test]
        fn any_words_come_out_short_and_printable(said in "\\PC{0,80}|.{0,2000}", hidden in ".{0,6}") {
            let words = PeerWords::hiding(&said, [hidden.as_str()]);
            prop_assert!(words.as_str().chars().count() <= PeerWords::MAX_CHARS);
            prop_assert!(words.as_str().chars().all(is_shown));
            prop_assert!(!words.as_str().contains('@'));
        }
    }
}
