//! What was asked of the hub, and what it acknowledged: the obligations.

use std::collections::{BTreeSet, HashMap};

use parking_lot::Mutex;

use crate::content::Content;
use crate::random::Random;

/// One request that changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Step {
    #[default]
    NotAsked,
    /// Sent, and not answered: it may have happened or not.
    Asked,
    /// Answered 2xx: it has happened.
    Acknowledged,
}

impl Step {
    /// Whether it may look as if it had happened, or as if it had not.
    pub(crate) const fn allows(self, happened: bool) -> bool {
        match self {
            Self::NotAsked => !happened,
            Self::Asked => true,
            Self::Acknowledged => happened,
        }
    }

    /// What was seen after a restart is how it stays.
    pub(crate) const fn settle(&mut self, happened: bool) {
        if matches!(self, Self::Asked) {
            *self = if happened { Self::Acknowledged } else { Self::NotAsked };
        }
    }

    pub(crate) const fn happened(self) -> bool {
        matches!(self, Self::Acknowledged)
    }
}

/// A folder whose announcement was acknowledged.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub(crate) id: String,
    pub(crate) cases: Vec<Case>,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) completed: Step,
    pub(crate) deleted: Step,
    /// Something was asked of it since it was checked last.
    pub(crate) touched: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) id: String,
    /// Which of the recipients.
    pub(crate) recipient: usize,
    pub(crate) notification_deleted: Step,
    pub(crate) events: Vec<Event>,
}

#[derive(Debug, Clone)]
pub(crate) struct Attachment {
    pub(crate) id: String,
    pub(crate) content: Content,
    /// How many of the folder's cases, from the first, see it.
    pub(crate) cases: usize,
    pub(crate) sent: Step,
}

/// Something that a recipient told.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// What it is known by before the hub has answered: its message.
    pub(crate) marker: String,
    pub(crate) id: Option<String>,
    /// The status that it gives the case.
    pub(crate) status: Option<&'static str>,
    pub(crate) file: Option<Content>,
    pub(crate) posted: Step,
    pub(crate) file_sent: Step,
    /// With a file, once that is there; without, nothing but `posted`.
    pub(crate) sent: Step,
    pub(crate) received: Step,
    pub(crate) notification_deleted: Step,
    pub(crate) acknowledgement_deleted: Step,
}

impl Event {
    pub(crate) const fn is_sent(&self) -> bool {
        if self.file.is_some() { self.sent.happened() } else { self.posted.happened() }
    }
}

/// Where an event is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EventAt {
    pub(crate) folder: usize,
    pub(crate) case: usize,
    pub(crate) event: usize,
}

/// Which request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Which {
    Completion(usize),
    Deletion(usize),
    Upload(usize, usize),
    NotificationDeletion(usize, usize),
    Post(EventAt),
    EventUpload(EventAt),
    Sending(EventAt),
    Receipt(EventAt),
    AnswerDeletion(EventAt),
    AcknowledgementDeletion(EventAt),
}

/// Everything that was asked on one data directory.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Records>);

#[derive(Debug, Default)]
struct Records {
    folders: Vec<Folder>,
    cases: HashMap<String, (usize, usize)>,
    events: HashMap<String, EventAt>,
    acknowledged: u64,
}

impl Records {
    fn step(&mut self, which: Which) -> &mut Step {
        match which {
            Which::Completion(folder) => &mut self.folder(folder).completed,
            Which::Deletion(folder) => &mut self.folder(folder).deleted,
            Which::Upload(folder, attachment) => &mut self.folder(folder).attachments[attachment].sent,
            Which::NotificationDeletion(folder, case) => &mut self.folder(folder).cases[case].notification_deleted,
            Which::Post(at) => &mut self.event(at).posted,
            Which::EventUpload(at) => &mut self.event(at).file_sent,
            Which::Sending(at) => &mut self.event(at).sent,
            Which::Receipt(at) => &mut self.event(at).received,
            Which::AnswerDeletion(at) => &mut self.event(at).notification_deleted,
            Which::AcknowledgementDeletion(at) => &mut self.event(at).acknowledgement_deleted,
        }
    }

    fn folder(&mut self, folder: usize) -> &mut Folder {
        let folder = &mut self.folders[folder];
        folder.touched = true;
        folder
    }

    fn event(&mut self, at: EventAt) -> &mut Event {
        &mut self.folder(at.folder).cases[at.case].events[at.event]
    }
}

impl Ledger {
    /// The hub acknowledged an announcement.
    pub(crate) fn announced(&self, folder: Folder) -> usize {
        let mut records = self.0.lock();
        let number = records.folders.len();
        for (case, record) in folder.cases.iter().enumerate() {
            records.cases.insert(record.id.clone(), (number, case));
        }
        records.folders.push(folder);
        records.acknowledged += 1;
        number
    }

    /// A request is about to be sent. What was acknowledged before stays acknowledged.
    pub(crate) fn ask(&self, which: Which) {
        let mut records = self.0.lock();
        let step = records.step(which);
        if *step == Step::NotAsked {
            *step = Step::Asked;
        }
    }

    /// It was answered 2xx.
    pub(crate) fn acknowledge(&self, which: Which) {
        let mut records = self.0.lock();
        *records.step(which) = Step::Acknowledged;
        records.acknowledged += 1;
    }

    /// An event is about to be posted.
    pub(crate) fn announce_event(&self, folder: usize, case: usize, event: Event) -> EventAt {
        let mut records = self.0.lock();
        let marker = event.marker.clone();
        let events = &mut records.folder(folder).cases[case].events;
        let at = EventAt { folder, case, event: events.len() };
        events.push(event);
        records.events.insert(marker, at);
        at
    }

    /// The case of this identifier.
    pub(crate) fn case(&self, id: &str) -> Option<(usize, usize)> {
        self.0.lock().cases.get(id).copied()
    }

    /// The event with this message.
    pub(crate) fn event(&self, marker: &str) -> Option<EventAt> {
        self.0.lock().events.get(marker).copied()
    }

    /// How the folder stands.
    pub(crate) fn folder(&self, number: usize) -> Folder {
        self.0.lock().folders[number].clone()
    }

    /// The hub was seen to be so.
    pub(crate) fn settle(&self, number: usize, folder: Folder) {
        self.0.lock().folders[number] = Folder { touched: false, ..folder };
    }

    /// Looks at every folder, and settles what is changed.
    pub(crate) fn each(&self, look: impl FnMut(&mut Folder)) {
        self.0.lock().folders.iter_mut().for_each(look);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().folders.len()
    }

    pub(crate) fn acknowledged(&self) -> u64 {
        self.0.lock().acknowledged
    }

    pub(crate) fn all(&self) -> Vec<usize> {
        (0..self.len()).collect()
    }

    /// What changed since the last check, and some of the rest.
    pub(crate) fn touched_and(&self, others: usize, random: &mut Random) -> Vec<usize> {
        let records = self.0.lock();
        let mut chosen: BTreeSet<usize> =
            records.folders.iter().enumerate().filter(|(_, folder)| folder.touched).map(|(number, _)| number).collect();
        if !records.folders.is_empty() {
            chosen.extend((0..others).map(|_| random.index(records.folders.len())));
        }
        chosen.into_iter().collect()
    }
}
