//! What is listed beside folders: the referential, statistics, acts, copies to delete, e-mails. Read page by page in the order of keys.

use std::collections::VecDeque;

use navette_router::audit::Act;
use navette_router::entry::{Fact, Imported};
use navette_router::model::{Mail, OrganizationKey, Purge, Statistic};
use navette_router::ports::{Error, Subject};
use navette_router::referential::{Reference, Referential};

use super::digest::Item;
use super::port::Relocatable;

/// Rows that are read at once.
const PAGE: usize = 500;

/// A list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Referential,
    Statistics,
    Acts,
    Purges,
    Mails,
}

impl List {
    pub(super) const ALL: [Self; 5] = [Self::Referential, Self::Statistics, Self::Acts, Self::Purges, Self::Mails];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Referential => "referential",
            Self::Statistics => "statistics",
            Self::Acts => "acts",
            Self::Purges => "purges",
            Self::Mails => "mails",
        }
    }

    /// What an entry with records of this list is about. The entries about the referential are read by every start, so what is not
    /// needed there is not among them.
    pub(super) const fn subject(self) -> Subject {
        match self {
            Self::Referential => Subject::Referential,
            Self::Statistics | Self::Acts | Self::Purges | Self::Mails => Subject::Mails,
        }
    }
}

/// A record of a list.
#[expect(clippy::large_enum_variant, reason = "a page of them lives for a moment; a box would only cost an allocation")]
pub(super) enum Record {
    Reference(Reference),
    Statistic(Statistic),
    Act(Act),
    Purge(Purge),
    Mail(Mail),
}

impl Record {
    pub(super) fn item(&self) -> Result<Item, serde_json::Error> {
        match self {
            Self::Reference(reference) => {
                let (kind, key) = reference.key();
                match reference {
                    Reference::Organization(record) => Item::of(kind, &key, record),
                    Reference::Process(record) => Item::of(kind, &key, record),
                    Reference::Subscription(record) => Item::of(kind, &key, record),
                    Reference::Credential(record) => Item::of(kind, &key, record),
                    Reference::Migration(record) => Item::of(kind, &key, record),
                }
            }
            Self::Statistic(record) => Item::of("statistic", &record.folder, record),
            Self::Act(record) => Item::of("act", &record.id, record),
            Self::Purge(record) => Item::of("purge", &format!("{} {}", record.case, record.attachment), record),
            Self::Mail(record) => Item::of("mail", &record.id, record),
        }
    }

    /// What its list is in the order of.
    pub(super) fn order(&self) -> (Option<OrganizationKey>, String) {
        match self {
            Self::Reference(reference) => {
                let (kind, key) = reference.key();
                (None, format!("{kind} {key}"))
            }
            Self::Statistic(record) => (None, record.folder.to_string()),
            // The latest first.
            Self::Act(record) => (None, format!("{:032x}", !record.id.as_uuid().as_u128())),
            Self::Purge(record) => (Some(record.recipient.clone()), format!("{} {}", record.case, record.attachment)),
            Self::Mail(record) => (None, record.id.to_string()),
        }
    }

    /// What makes the same record in another store.
    pub(super) fn fact(self) -> Fact {
        match self {
            Self::Reference(Reference::Organization(record)) => Fact::OrganizationRegistered(record),
            Self::Reference(Reference::Process(record)) => Fact::ProcessRegistered(record),
            Self::Reference(Reference::Subscription(record)) => Fact::SubscriptionRegistered(record),
            Self::Reference(Reference::Credential(record)) => Fact::CredentialIssued(record),
            Self::Reference(Reference::Migration(record)) => Fact::MigrationRecorded(record),
            Self::Statistic(record) => Fact::RecordsImported(vec![Imported::Statistic(record)]),
            Self::Act(record) => Fact::RecordsImported(vec![Imported::Act(record)]),
            Self::Purge(record) => Fact::RecordsImported(vec![Imported::Purge(record)]),
            Self::Mail(record) => Fact::MailsQueued(vec![record]),
        }
    }
}

/// Reads a list from its beginning.
pub(super) struct Reader<'a, S> {
    store: &'a S,
    list: List,
    rows: VecDeque<Record>,
    has_ended: bool,
    /// Whose copies are still to be read; read once it is known that there are any.
    recipients: Option<VecDeque<OrganizationKey>>,
    last: Option<Last>,
}

/// The last record of the former page.
enum Last {
    Statistic(Statistic),
    Act(Act),
    Purge(Purge),
}

impl<'a, S: Relocatable> Reader<'a, S> {
    pub(super) const fn new(store: &'a S, list: List) -> Self {
        Self { store, list, rows: VecDeque::new(), has_ended: false, recipients: None, last: None }
    }

    /// The next record; none when that was all.
    pub(super) async fn next(&mut self) -> Result<Option<Record>, Error> {
        while self.rows.is_empty() && !self.has_ended {
            self.rows = match self.list {
                List::Referential => self.all(self.store.referential(references).into_iter().map(Record::Reference)),
                List::Mails => {
                    let mut mails = self.store.mails().await?;
                    mails.sort_unstable_by_key(|mail| mail.id);
                    self.all(mails.into_iter().map(Record::Mail))
                }
                List::Statistics => self.statistics().await?,
                List::Acts => self.acts().await?,
                List::Purges => self.purges().await?,
            };
        }
        Ok(self.rows.pop_front())
    }

    fn all(&mut self, records: impl Iterator<Item = Record>) -> VecDeque<Record> {
        self.has_ended = true;
        records.collect()
    }

    async fn statistics(&mut self) -> Result<VecDeque<Record>, Error> {
        let after = match &self.last {
            Some(Last::Statistic(last)) => Some(last.folder),
            _ => None,
        };
        let page = self.store.statistics_after(after, PAGE).await?;
        self.has_ended = page.len() < PAGE;
        self.last = page.last().cloned().map(Last::Statistic);
        Ok(page.into_iter().map(Record::Statistic).collect())
    }

    async fn acts(&mut self) -> Result<VecDeque<Record>, Error> {
        let before = match &self.last {
            Some(Last::Act(last)) => Some(last.id),
            _ => None,
        };
        let page = self.store.acts(before, PAGE).await?;
        self.has_ended = page.len() < PAGE;
        self.last = page.last().cloned().map(Last::Act);
        Ok(page.into_iter().map(Record::Act).collect())
    }

    async fn purges(&mut self) -> Result<VecDeque<Record>, Error> {
        if self.recipients.is_none() {
            let there_are = !self.store.purges(None, 1).await?.is_empty();
            let recipients = self.store.referential(|referential| {
                referential.organizations().map(|organization| organization.key.clone()).collect::<VecDeque<_>>()
            });
            self.recipients = Some(if there_are { recipients } else { VecDeque::new() });
        }
        let recipients = self.recipients.get_or_insert_default();
        let Some(recipient) = recipients.front() else { return Ok(self.all(std::iter::empty())) };
        let after = match &self.last {
            Some(Last::Purge(last)) => Some(last),
            _ => None,
        };
        let page = self.store.purges_after(recipient, after, PAGE).await?;
        if page.len() < PAGE {
            recipients.pop_front();
            self.last = None;
        } else {
            self.last = page.last().cloned().map(Last::Purge);
        }
        Ok(page.into_iter().map(Record::Purge).collect())
    }
}

/// All records of the referential, each kind in the order of its keys.
fn references(referential: &Referential) -> Vec<Reference> {
    let mut references: Vec<Reference> = Vec::new();
    references.extend(referential.organizations().cloned().map(Reference::Organization));
    references.extend(referential.processes().cloned().map(Reference::Process));
    references.extend(referential.subscriptions().cloned().map(Reference::Subscription));
    references.extend(referential.credentials().cloned().map(Reference::Credential));
    references.extend(referential.migrations().cloned().map(Reference::Migration));
    references.sort_by_cached_key(|reference| {
        let (kind, key) = reference.key();
        format!("{kind} {key}")
    });
    references
}
