//! What a support desk asks: where is it, what happened to it, why was it refused.

use std::collections::HashSet;

use uuid::Uuid;

use crate::entry::Entry;
use crate::error::Error;
use crate::model::{
    Attachment, AttachmentId, Case, CaseId, Event, EventId, Folder, FolderId, Notification, NotificationId, Owner,
};
use crate::ports::{Attachments, Clock, Located, Store};
use crate::rights::{Caller, Scope};

use super::Hub;

/// Entries of the journal that an explanation quotes at most, the latest.
const HISTORY_MAX: usize = 200;

/// What something asked about turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A folder.
    Folder,
    /// A case.
    Case(CaseId),
    /// An attachment.
    Attachment(AttachmentId),
    /// An event.
    Event(EventId),
    /// A notification that waits.
    Notification,
    /// A request that changed something.
    Request,
    /// Nothing that the hub knows now; the journal may still tell of it.
    Unknown,
}

/// All that the hub knows of something.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// What it is.
    pub kind: Kind,
    /// The folder it belongs to, with all that is in it.
    pub contents: Option<Whole>,
    /// What the journal still holds about it, oldest first.
    pub history: Vec<Entry>,
}

/// A folder, with everything in it.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The folder.
    pub folder: Folder,
    /// Its cases.
    pub cases: Vec<Case>,
    /// Its attachments.
    pub attachments: Vec<Attachment>,
    /// The events of its cases with their attachments, case by case, oldest first.
    pub events: Vec<(Event, Vec<Attachment>)>,
    /// The notifications about it that wait.
    pub waiting: Vec<Notification>,
}

impl Whole {
    fn ids(&self) -> HashSet<Uuid> {
        let mut ids = HashSet::from([*self.folder.id.as_uuid()]);
        ids.extend(self.cases.iter().map(|case| *case.id.as_uuid()));
        ids.extend(self.events.iter().map(|(event, _)| *event.id.as_uuid()));
        ids
    }
}

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// All that is known of `asked`: the identifier of a folder, a case, an attachment, an event or a notification, or the name of a
    /// request.
    pub async fn explain(&self, caller: &Caller, asked: &str) -> Result<Explanation, Error> {
        caller.require(&[Scope::Admin])?;
        if let Ok(id) = Uuid::try_parse(asked)
            && let Some((kind, folder)) = self.find(id).await?
            && let Some(contents) = self.whole(folder).await?
        {
            let of_one = match kind {
                Kind::Case(_) | Kind::Attachment(_) | Kind::Event(_) => Some(id),
                Kind::Folder | Kind::Notification | Kind::Request | Kind::Unknown => None,
            };
            let ids = of_one.map_or_else(|| contents.ids(), |id| HashSet::from([id]));
            let history = self.store.history(about(ids), HISTORY_MAX).await?;
            return Ok(Explanation { kind, contents: Some(contents), history });
        }
        let name = asked.to_owned();
        let history = self.store.history(Box::new(move |entry| entry.request.as_deref() == Some(&name)), HISTORY_MAX);
        let history = history.await?;
        if !history.is_empty() {
            return Ok(Explanation { kind: Kind::Request, contents: None, history });
        }
        let history = match Uuid::try_parse(asked) {
            Ok(id) => self.store.history(about(HashSet::from([id])), HISTORY_MAX).await?,
            Err(_) => Vec::new(),
        };
        Ok(Explanation { kind: Kind::Unknown, contents: None, history })
    }

    /// What an identifier names, and in which folder.
    async fn find(&self, id: Uuid) -> Result<Option<(Kind, FolderId)>, Error> {
        let of_case = async |id| Ok::<_, Error>(self.store.case(id).await?.map(|case| case.folder));
        let folder = FolderId::from_uuid(id);
        if self.store.folder(folder).await?.is_some() {
            return Ok(Some((Kind::Folder, folder)));
        }
        if let Some(folder) = of_case(CaseId::from_uuid(id)).await? {
            return Ok(Some((Kind::Case(CaseId::from_uuid(id)), folder)));
        }
        if let Some(notification) = self.store.notification(NotificationId::from_uuid(id)).await? {
            return Ok(Some((Kind::Notification, notification.folder)));
        }
        let attachment = Kind::Attachment(AttachmentId::from_uuid(id));
        Ok(match self.store.locate(id).await? {
            Some(Located::Attachment(Owner::Folder(folder))) => Some((attachment, folder)),
            Some(Located::Attachment(Owner::Event(event))) => match self.store.locate(*event.as_uuid()).await? {
                Some(Located::Event(case)) => of_case(case).await?.map(|folder| (attachment, folder)),
                Some(Located::Attachment(_)) | None => None,
            },
            Some(Located::Event(case)) => {
                of_case(case).await?.map(|folder| (Kind::Event(EventId::from_uuid(id)), folder))
            }
            None => None,
        })
    }

    async fn whole(&self, id: FolderId) -> Result<Option<Whole>, Error> {
        let Some(folder) = self.store.folder(id).await? else { return Ok(None) };
        let cases = self.store.cases(&folder.cases).await?;
        let attachments = self.store.attachments(Owner::Folder(id)).await?;
        let waiting = self.store.waiting(id).await?;
        let mut events = Vec::new();
        for case in cases.iter().filter(|case| case.events > 0) {
            for event in self.store.events(case.id).await? {
                let files = self.store.attachments(Owner::Event(event.id)).await?;
                events.push((event, files));
            }
        }
        Ok(Some(Whole { folder, cases, attachments, events, waiting }))
    }
}

fn about(ids: HashSet<Uuid>) -> crate::ports::Wanted {
    Box::new(move |entry| entry.facts.iter().any(|fact| fact.ids().iter().any(|id| ids.contains(id))))
}
