//! What one session may do with its inbox.

use std::sync::Arc;

use russh_sftp::protocol::{File, FileAttributes};

use super::accept::Shared;
use super::files::{Files, Open, OpenFile};
use super::listing::{Listing, PAGE};
use super::names::Names;
use super::place::Place;
use super::reader::{Manners, Reader};
use super::refusal::Refusal;
use super::{Inboxes, Waiting, attributes};
use crate::message::{Plan, read_name};

/// One session of an account.
pub(super) struct Session<I: Inboxes> {
    pub(super) shared: Arc<Shared<I>>,
    account: Arc<I::Account>,
    names: Names,
    files: Files,
}

impl<I: Inboxes> Session<I> {
    pub(super) fn new(shared: Arc<Shared<I>>, account: Arc<I::Account>) -> Self {
        let options = &shared.options;
        let names = Names::new(options.names_max);
        let files = Files::new(options.handles_max, options.windows_per_session_max.get());
        Self { shared, account, names, files }
    }

    /// What a path names.
    pub(super) async fn look(&mut self, path: &str) -> Result<FileAttributes, Refusal> {
        match Place::new(path) {
            Place::Root | Place::Done => Ok(attributes::of_directory(self.shared.since)),
            Place::File(name) => Ok(attributes::of_message(&self.find(name).await?)),
            Place::InDone(_) | Place::Nowhere => Err(Refusal::NO_SUCH_FILE),
        }
    }

    /// What a handle stands for.
    pub(super) fn look_at(&mut self, handle: &str) -> Result<FileAttributes, Refusal> {
        Ok(match self.files.get(handle)? {
            Open::Inbox(_) | Open::Empty => attributes::of_directory(self.shared.since),
            Open::File(file) => attributes::of_file(file.reader.size_bytes(), file.reader.delivery().folder.created_at),
        })
    }

    /// Opens a message to read it.
    pub(super) async fn open(&mut self, path: &str) -> Result<String, Refusal> {
        self.files.has_room()?;
        let name = match Place::new(path) {
            Place::File(name) => name,
            Place::Root | Place::Done => return Err(Refusal::NOT_A_FILE),
            Place::InDone(_) | Place::Nowhere => return Err(Refusal::NO_SUCH_FILE),
        };
        let waiting = self.find(name).await?;
        let plan = Plan::plain(&waiting.delivery, &waiting.process).map_err(|_| Refusal::UNFIT)?;
        let reader = Reader::new(waiting.delivery, plan).ok_or(Refusal::UNFIT)?;
        self.files.open(Open::File(Box::new(OpenFile::new(reader))))
    }

    /// Opens a directory to list it.
    pub(super) async fn open_directory(&mut self, path: &str) -> Result<String, Refusal> {
        self.files.has_room()?;
        let open = match Place::new(path) {
            Place::Root => Open::Inbox(Listing::new(&mut self.names)),
            Place::Done => Open::Empty,
            Place::File(name) => {
                self.find(name).await?;
                return Err(Refusal::NOT_A_DIRECTORY);
            }
            Place::InDone(_) | Place::Nowhere => return Err(Refusal::NO_SUCH_FILE),
        };
        self.files.open(open)
    }

    /// The next files of a directory.
    pub(super) async fn list(&mut self, handle: &str) -> Result<Vec<File>, Refusal> {
        let (shared, account, names) = (&self.shared, &*self.account, &mut self.names);
        let files = match self.files.get(handle)? {
            Open::Inbox(listing) => {
                let work = listing.next(names, &*shared.inboxes, account, shared.since);
                shared.ask("listing an inbox", work).await?
            }
            Open::Empty => Vec::new(),
            Open::File(_) => return Err(Refusal::NOT_A_DIRECTORY),
        };
        if files.is_empty() { Err(Refusal::END) } else { Ok(files) }
    }

    /// Reads from a message.
    pub(super) async fn read(&mut self, handle: &str, at: u64, most: u32) -> Result<Vec<u8>, Refusal> {
        let shared = &self.shared;
        let options = &shared.options;
        let manners =
            Manners { window_bytes: options.window_bytes, turns: &shared.readers, timeout: options.hub_timeout };
        let most = most.min(options.read_max_bytes.get());
        match self.files.read(handle, at, most, manners).await? {
            Ok(part) if part.bytes.is_empty() && most > 0 => Err(Refusal::END),
            Ok(part) => {
                shared.observer.bytes_sent(part.bytes.len() as u64);
                if part.is_the_end {
                    shared.observer.message_read();
                }
                Ok(part.bytes)
            }
            Err(error) => {
                shared.observer.failed("reading a message", &error);
                Err(Refusal::UNREADABLE)
            }
        }
    }

    pub(super) fn close(&mut self, handle: &str) -> Result<(), Refusal> {
        self.files.close(handle)
    }

    /// Removing a message acknowledges it.
    pub(super) async fn remove(&mut self, path: &str) -> Result<(), Refusal> {
        match Place::new(path) {
            Place::File(name) => self.acknowledge(name).await,
            Place::Root | Place::Done => Err(Refusal::NOT_A_FILE),
            Place::InDone(_) | Place::Nowhere => Err(Refusal::NO_SUCH_FILE),
        }
    }

    /// Renaming a message to `done/` acknowledges it. Some clients name the directory alone.
    pub(super) async fn rename(&mut self, from: &str, to: &str) -> Result<(), Refusal> {
        let name = match Place::new(from) {
            Place::File(name) => name,
            Place::Root | Place::Done => return Err(Refusal::RENAME),
            Place::InDone(_) | Place::Nowhere => return Err(Refusal::NO_SUCH_FILE),
        };
        match Place::new(to) {
            Place::Done => self.acknowledge(name).await,
            Place::InDone(new) if new == name => self.acknowledge(name).await,
            Place::Root | Place::File(_) | Place::InDone(_) | Place::Nowhere => Err(Refusal::RENAME),
        }
    }

    /// Clients make `done` before they rename to it.
    pub(super) fn make_directory(path: &str) -> Refusal {
        match Place::new(path) {
            Place::Root | Place::Done => Refusal::EXISTS,
            Place::File(_) | Place::InDone(_) | Place::Nowhere => Refusal::READ_ONLY,
        }
    }

    async fn acknowledge(&mut self, name: &str) -> Result<(), Refusal> {
        let waiting = self.find(name).await?;
        let work = self.shared.inboxes.acknowledge(&self.account, waiting.id);
        self.shared.ask("acknowledging a message", work).await?;
        self.shared.observer.acknowledged();
        Ok(())
    }

    /// The message that this session knows by this name; the oldest of the name when it knows none.
    async fn find(&mut self, name: &str) -> Result<Waiting, Refusal> {
        // What no message can be called is not looked for.
        if read_name(name).is_none() {
            return Err(Refusal::NO_SUCH_FILE);
        }
        let id = match self.names.get(name) {
            Some(id) => id,
            None => {
                self.scan(name).await?;
                self.names.get(name).ok_or(Refusal::NO_SUCH_FILE)?
            }
        };
        let work = self.shared.inboxes.find(&self.account, id);
        let found = self.shared.ask("looking for a message", work).await?;
        found.filter(|waiting| waiting.id == id && waiting.name() == name).ok_or(Refusal::GONE)
    }

    /// Looks through what was not seen yet until the name is found, and remembers what goes by.
    async fn scan(&mut self, name: &str) -> Result<(), Refusal> {
        loop {
            let work = self.shared.inboxes.waiting(&self.account, self.names.scanned(), PAGE);
            let page = self.shared.ask("looking for a message", work).await?;
            for waiting in &page {
                if !self.names.scan(&waiting.name(), waiting.id) {
                    return Err(Refusal::TOO_MANY_NAMES);
                }
            }
            if page.len() < PAGE || self.names.get(name).is_some() {
                return Ok(());
            }
        }
    }
}
