//! What a recipient sends back: a zip with a `message.xml` that says where the case stands. Everything in it is a stranger's: whatever
//! is not as it should be is refused whole, with a sentence that says why and quotes nothing.

mod unpack;
mod xml;

use navette_router::ports::ReturnedFile;

pub use unpack::Limits;

/// What a recipient answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The number of the folder it is about.
    pub number: String,
    /// Where the case stands, as the older platform counts it.
    pub state: u32,
    /// Words of the recipient, at most 1 000 characters.
    pub comment: Option<String>,
    /// Its files.
    pub files: Vec<ReturnedFile>,
}

/// Why an answer is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is larger than is read.
    #[error("it is larger than the hub takes back")]
    TooLarge,
    /// It cannot be read as a zip.
    #[error("it is not a zip, or is damaged")]
    NotAZip,
    /// There are too many entries.
    #[error("it has more entries than the hub takes back")]
    TooMany,
    /// What is in it is larger than is unpacked.
    #[error("what is in it is larger than the hub takes back")]
    Bomb,
    /// An entry has a name that leads elsewhere.
    #[error("it has an entry whose name is not a plain file name")]
    Path,
    /// Two entries have one name.
    #[error("it has two entries of the same name")]
    Twice,
    /// An entry is a link or a device.
    #[error("it has an entry that is not a file")]
    NotAFile,
    /// An entry needs a password.
    #[error("it has an entry that is encrypted")]
    Encrypted,
    /// There is no message.xml.
    #[error("it has no message.xml")]
    NoMessage,
    /// message.xml is not XML.
    #[error("its message.xml is not well-formed XML in UTF-8")]
    NotXml,
    /// message.xml declares what it is made of.
    #[error("its message.xml has a document type or an entity, which are not read")]
    Entities,
    /// message.xml says no number.
    #[error("its message.xml has no NumeroTeledemarche in a Retour")]
    NoNumber,
    /// message.xml says no state.
    #[error("its message.xml has no number as Etat")]
    NoState,
}

impl Answer {
    /// Reads an answer.
    pub fn read(zip: &[u8], limits: &Limits) -> Result<Self, Refused> {
        let mut files = unpack::unpack(zip, limits)?;
        let message = files.iter().position(|file| file.name == "message.xml").ok_or(Refused::NoMessage)?;
        let message = xml::read(&files.swap_remove(message).bytes)?;
        // The envelope repeats the message.
        files.retain(|file| !file.name.contains("-ent-"));
        Ok(Self { number: message.number, state: message.state, comment: message.comment, files })
    }
}

#[cfg(test)]
mod tests;
