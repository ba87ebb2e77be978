//! Looks for what came back: what the software read, what it could not read, what it answered.

use std::collections::HashMap;

use bytes::Bytes;
use crc32fast::Hasher;
use futures_util::future::try_join_all;
use navette_router::model::Timestamp;
use navette_router::ports::{Awaited, DeliveryError, Outcome, PeerWords, Returned};
use russh_sftp::protocol::FileAttributes;

use crate::answer::{Answer, Limits, Refused};
use crate::client::{Session, failure};
use crate::message::{Number, read_name, read_reference};
use crate::settings::{Places, inside};
use crate::{Options, Settings};

/// So many names of a directory are looked at. They are not held.
const NAMES_MAX: usize = 1_000_000;
/// For so long a file that is no zip is one that is still being written.
const FRESH_SECONDS: u64 = 10 * 60;
/// Where answers go that cannot be used, below where answers are: a person can look at them there.
const REFUSED: &str = "refused";

/// What came back about `awaited`.
pub(crate) async fn collect(
    session: &Session,
    settings: &Settings,
    options: &Options,
    awaited: &[Awaited],
) -> Result<Vec<Returned>, DeliveryError> {
    let mut returned = moved(session, &settings.places, awaited).await?;
    if let Some(directory) = &settings.places.returned {
        returned.extend(answers(session, settings, &options.answers, directory, awaited).await?);
    }
    returned.truncate(Returned::MAX);
    Ok(returned)
}

/// What the software moved away: found by its name, however many others are there.
async fn moved(session: &Session, places: &Places, awaited: &[Awaited]) -> Result<Vec<Returned>, DeliveryError> {
    let look = async |place: &str, awaited: &Awaited, outcome: Outcome| {
        let path = inside(place, &awaited.reference);
        let found = session.look(&path).await.map_err(|error| failed(&error, "looking for what was read"))?;
        let returned = |_| Returned {
            reference: path,
            delivery: Some(awaited.delivery),
            outcome,
            comment: None,
            files: Vec::new(),
        };
        Ok::<_, DeliveryError>(found.map(returned))
    };
    let mut returned = Vec::new();
    let open: Vec<&Awaited> = awaited.iter().filter(|awaited| !awaited.is_taken).collect();
    for some in open.chunks(LOOKS_AT_ONCE) {
        let looks = some.iter().map(async |awaited| {
            let taken = look(&places.done, awaited, Outcome::Taken).await?;
            match taken {
                // What is known is not said again: it may lie there for months.
                None if !awaited.has_failed => look(&places.failed, awaited, Outcome::Failed).await,
                taken => Ok(taken),
            }
        });
        returned.extend(try_join_all(looks).await?.into_iter().flatten());
    }
    Ok(returned)
}

/// How many files are asked about at once.
const LOOKS_AT_ONCE: usize = 32;

async fn answers(
    session: &Session,
    settings: &Settings,
    limits: &Limits,
    directory: &str,
    awaited: &[Awaited],
) -> Result<Vec<Returned>, DeliveryError> {
    let awaited = by_name(awaited);
    let mut found: Vec<(String, About<'_>, FileAttributes)> = Vec::new();
    let see = |name: &str, attributes: &FileAttributes| {
        if found.len() < Returned::MAX
            && attributes.is_regular()
            && let Some(about) = about(name, &awaited)
        {
            found.push((name.to_owned(), about, attributes.clone()));
        }
    };
    session.list(directory, NAMES_MAX, see).await.map_err(|error| failed(&error, "listing return_directory"))?;
    let mut returned = Vec::with_capacity(found.len());
    let mut held_bytes = 0;
    for (name, about, attributes) in found {
        let answer = fetch(session, &inside(directory, &name), attributes.size.unwrap_or_default(), limits).await?;
        let Some(returned_one) = read(settings, limits, &name, about, answer, &attributes).await else {
            continue;
        };
        // What was unpacked is held until the hub has taken it: the rest waits for the next time.
        held_bytes += returned_one.files.iter().map(|file| file.bytes.len()).sum::<usize>();
        if held_bytes > limits.unpacked_max_bytes && !returned.is_empty() {
            break;
        }
        returned.push(returned_one);
    }
    Ok(returned)
}

/// What is awaited, by its number and its process.
type ByName<'a> = HashMap<(&'a str, &'a str), Vec<&'a Awaited>>;

fn by_name(awaited: &[Awaited]) -> ByName<'_> {
    let mut known = ByName::with_capacity(awaited.len());
    for awaited in awaited {
        if let Some((number, process, _)) = read_reference(&awaited.reference) {
            known.entry((number, process)).or_default().push(awaited);
        }
    }
    known
}

/// What a file may be an answer to.
#[derive(Clone, Copy)]
enum About<'a> {
    One(&'a Awaited),
    /// Several messages have this number, and the name does not say which; this is one of them.
    Several(&'a Awaited),
}

/// What a file of this name is an answer to: the same number and process, whatever its sequence, unless that has to tell two apart.
fn about<'a>(name: &str, awaited: &ByName<'a>) -> Option<About<'a>> {
    let (number, process, sequence) = read_name(name)?;
    let candidates = awaited.get(&(number, process))?;
    if let [only] = candidates[..] {
        return Some(About::One(only));
    }
    let is_named = |awaited: &&&Awaited| read_reference(&awaited.reference).is_some_and(|(_, _, own)| own == sequence);
    match candidates.iter().find(is_named) {
        Some(named) => Some(About::One(named)),
        None => candidates.first().map(|first| About::Several(first)),
    }
}

/// The bytes of an answer; none when it is larger than is taken back.
async fn fetch(session: &Session, path: &str, size: u64, limits: &Limits) -> Result<Option<Bytes>, DeliveryError> {
    let most = u64::try_from(limits.packed_max_bytes).unwrap_or(u64::MAX);
    if size > most {
        return Ok(None);
    }
    // It may have grown since it was listed.
    let read = session.read(path, 0, limits.packed_max_bytes + 1).await;
    let bytes = read.map_err(|error| failed(&error, "reading an answer"))?;
    Ok(Some(bytes).filter(|bytes| bytes.len() <= limits.packed_max_bytes))
}

/// Whether a file was written a moment ago, by the clocks of both: it may not be whole yet.
fn is_fresh(attributes: &FileAttributes) -> bool {
    let now = u64::try_from(Timestamp::now().milliseconds()).unwrap_or_default() / 1_000;
    attributes.mtime.is_some_and(|written| now.abs_diff(u64::from(written)) < FRESH_SECONDS)
}

/// What an answer says; none when it cannot be read yet.
async fn read(
    settings: &Settings,
    limits: &Limits,
    name: &str,
    about: About<'_>,
    bytes: Option<Bytes>,
    attributes: &FileAttributes,
) -> Option<Returned> {
    let (About::One(awaited) | About::Several(awaited)) = about;
    let mark = mark(bytes.as_deref(), attributes);
    let returned = |outcome, comment, files| {
        let delivery = Some(awaited.delivery);
        Some(Returned { reference: reference(name, mark), delivery, outcome, comment, files })
    };
    let unusable = |why: String| returned(Outcome::Unusable(why), None, Vec::new());
    let Some(bytes) = bytes else { return unusable("the answer is larger than the hub takes back".to_owned()) };
    let limits = *limits;
    // To unpack it takes a processor for a while, which others need.
    let unpacked = tokio::task::spawn_blocking(move || Answer::read(&bytes, &limits)).await;
    let answer = match unpacked.unwrap_or(Err(Refused::NotAZip)) {
        Ok(answer) => answer,
        Err(Refused::NotAZip) if is_fresh(attributes) => return None,
        Err(refused) => return unusable(format!("the answer cannot be used: {refused}")),
    };
    if matches!(about, About::Several(_)) {
        return unusable(
            "two messages have its number: its name must end with the sequence of the one it answers".to_owned(),
        );
    }
    let number = read_reference(&awaited.reference).map(|(number, _, _)| number);
    if number != Some(Number::new(&answer.number).as_str()) {
        return unusable("the answer is about another folder than its name says".to_owned());
    }
    match settings.status(answer.state) {
        Some(status) => returned(Outcome::Status(status), answer.comment, answer.files),
        None => unusable(format!("the answer has the state {}, which means nothing here; see statuses", answer.state)),
    }
}

/// What tells an answer from another one of the same name: what it holds, and when it was written.
fn mark(bytes: Option<&[u8]>, attributes: &FileAttributes) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(bytes.unwrap_or_default());
    hasher.update(&attributes.mtime.unwrap_or_default().to_be_bytes());
    hasher.finalize()
}

/// What an answer is called.
fn reference(name: &str, mark: u32) -> String {
    format!("{name}#{mark:08x}")
}

/// Takes an answer away that was made durable, unless there is another in its place by now.
pub(crate) async fn acknowledge(
    session: &Session,
    settings: &Settings,
    limits: &Limits,
    returned: &Returned,
) -> Result<(), DeliveryError> {
    // What the software moved is its own business.
    let (Some(directory), Some((name, mark))) = (&settings.places.returned, returned.reference.rsplit_once('#')) else {
        return Ok(());
    };
    let path = inside(directory, name);
    let found = session.look(&path).await.map_err(|error| failed(&error, "looking for an answer"))?;
    let Some(found) = found else { return Ok(()) };
    let bytes = fetch(session, &path, found.size.unwrap_or_default(), limits).await?;
    let is_whole = bytes.is_some();
    if reference(name, self::mark(bytes.as_deref(), &found)) != returned.reference {
        return Ok(());
    }
    let done = match &returned.outcome {
        Outcome::Unusable(_) => {
            let aside = inside(directory, REFUSED);
            session
                .make_directory(&aside)
                .await
                .map_err(|error| failed(&error, "making a directory for refused answers"))?;
            set_aside(session, &path, &aside, name, mark, is_whole).await
        }
        Outcome::Taken | Outcome::Failed | Outcome::Status(_) => session.remove(&path).await,
    };
    done.map_err(|error| failed(&error, "taking an answer away"))
}

/// Moves an answer aside that cannot be used. A server does not rename over what is there, and the same answer may have been put twice.
async fn set_aside(
    session: &Session,
    path: &str,
    aside: &str,
    name: &str,
    mark: &str,
    is_whole: bool,
) -> Result<(), russh_sftp::client::error::Error> {
    let place = inside(aside, &format!("{mark}-{name}"));
    if session.look(&place).await?.is_none() {
        return session.rename(path, &place).await;
    }
    if is_whole {
        // Its name says what it holds: this one lies there already.
        return session.remove(path).await;
    }
    // What is too large was not read, so it may be another one.
    let now = Timestamp::now().milliseconds();
    session.rename(path, &inside(aside, &format!("{mark}-{now}-{name}"))).await
}

fn failed(error: &russh_sftp::client::error::Error, doing: &str) -> DeliveryError {
    failure(error, doing, PeerWords::new)
}
