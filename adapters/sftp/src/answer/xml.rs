//! Reads the `message.xml` of an answer. Prefixes are of no matter, the way from `Retour` down is.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};

use super::Refused;

/// What it says.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) number: String,
    pub(super) state: u32,
    pub(super) comment: Option<String>,
}

const DEPTH_MAX: usize = 32;
/// The longest text of an element that is kept, in bytes.
const TEXT_MAX_BYTES: usize = 16 * 1024;
const COMMENT_MAX_CHARS: usize = 1_000;
const NUMBER_MAX_BYTES: usize = 255;

const NUMBER: &[&str] = &["Retour", "Teledemarche", "NumeroTeledemarche"];
const STATE: &[&str] = &["Retour", "Etat"];
const COMMENT: &[&str] = &["Retour", "Commentaire"];

pub(super) fn read(bytes: &[u8]) -> Result<Message, Refused> {
    let text = std::str::from_utf8(bytes).map_err(|_| Refused::NotXml)?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut way: Vec<String> = Vec::new();
    let (mut number, mut state, mut comment) = (String::new(), String::new(), String::new());
    loop {
        let event = reader.read_event().map_err(|_| Refused::NotXml)?;
        let text: Cow<'_, str> = match event {
            Event::Start(start) => {
                if way.len() == DEPTH_MAX {
                    return Err(Refused::NotXml);
                }
                way.push(start.local_name().as_ref().to_owned());
                continue;
            }
            Event::End(_) => {
                way.pop();
                continue;
            }
            Event::DocType(_) => return Err(Refused::Entities),
            Event::Text(text) => text.into_inner(),
            Event::CData(text) => text.into_inner(),
            Event::GeneralRef(reference) => character(&reference)?,
            Event::Eof if way.is_empty() => break,
            Event::Eof => return Err(Refused::NotXml),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
        };
        for (place, kept) in [(NUMBER, &mut number), (STATE, &mut state), (COMMENT, &mut comment)] {
            if leads_to(&way, place) && kept.len() + text.len() <= TEXT_MAX_BYTES {
                kept.push_str(&text);
            }
        }
    }
    let number = number.trim().to_owned();
    if number.is_empty() || number.len() > NUMBER_MAX_BYTES {
        return Err(Refused::NoNumber);
    }
    let state = state.trim().parse().map_err(|_| Refused::NoState)?;
    let clean = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
    let comment: String = comment.trim().chars().map(clean).take(COMMENT_MAX_CHARS).collect();
    Ok(Message { number, state, comment: Some(comment).filter(|comment| !comment.is_empty()) })
}

/// The character that a reference stands for; whatever would have to be declared is refused.
fn character(reference: &BytesRef<'_>) -> Result<Cow<'static, str>, Refused> {
    if let Some(character) = reference.resolve_char_ref().map_err(|_| Refused::NotXml)? {
        return Ok(character.to_string().into());
    }
    resolve_predefined_entity(reference).map(Cow::Borrowed).ok_or(Refused::Entities)
}

/// Whether a way ends with these names.
fn leads_to(way: &[String], names: &[&str]) -> bool {
    way.len() >= names.len() && way.iter().rev().zip(names.iter().rev()).all(|(have, want)| have == want)
}
