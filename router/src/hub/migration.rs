//! The move of all cases of one organization to another: a merger, or another software editor's key.
//!
//! It takes an entry for each case, so it can be cut short. A record of it is the first entry and the last one: what a start finds
//! begun and not ended, it takes up again.

use crate::entry::{Entry, Fact};
use crate::error::{Error, Faults, Noun};
use crate::model::{
    CaseId, Check, DeadReason, Migration, Notification, OrganizationKey, OrganizationKeyDraft, OrganizationType,
};
use crate::ports::{Attachments, Clock, Store, Subject};
use crate::referential::Reference;
use crate::rights::{Caller, Scope};

use super::Hub;
use super::again::again;

/// How many cases are listed at a time.
const CASES_AT_A_TIME: usize = 1_000;

/// Who moves to whom, as a request describes it.
#[derive(Debug, Default)]
pub struct MigrationDraft {
    /// From whom.
    pub source: Option<OrganizationKeyDraft>,
    /// To whom.
    pub target: Option<OrganizationKeyDraft>,
}

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// Moves all cases of one organization to another, with the notifications that wait; what happened to them stays as it was.
    /// Gives how many were moved: none the second time.
    pub async fn migrate(&self, caller: &Caller, draft: MigrationDraft, mut faults: Faults) -> Result<u64, Error> {
        caller.require(&[Scope::Si, Scope::Admin])?;
        let mut check = Check::new(&mut faults, "");
        let source = check
            .required("organizationSource", draft.source)
            .and_then(|draft| draft.validate(&mut check.inside("organizationSource")));
        let target = check
            .required("organizationTarget", draft.target)
            .and_then(|draft| draft.validate(&mut check.inside("organizationTarget")));
        if let (Some(source), Some(target)) = (&source, &target) {
            if source == target {
                check.fault("organizationTarget", "is organizationSource; name another organization");
            }
            for (field, key) in [("organizationSource", source), ("organizationTarget", target)] {
                if key.kind() != OrganizationType::Si {
                    check.fault(field, "must be of type SI; only recipients have cases to move");
                }
            }
        }
        faults.into_result()?;
        let (Some(source), Some(target)) = (source, target) else { return Err(Error::invalid("", "Bad request")) };
        if caller.scope == Scope::Si && caller.organization != source {
            return Err(Error::Forbidden);
        }
        let migration = self.begin_migration(caller, source, target).await?;
        self.finish_migration(migration).await
    }

    /// Takes up the moves that a former run began and did not end.
    pub async fn resume_migrations(&self) -> Result<(), Error> {
        let begun: Vec<Migration> =
            self.store.referential(|known| known.migrations().filter(|row| row.ended_at.is_none()).cloned().collect());
        for migration in begun {
            self.finish_migration(migration).await?;
        }
        Ok(())
    }

    async fn begin_migration(
        &self,
        caller: &Caller,
        source: OrganizationKey,
        target: OrganizationKey,
    ) -> Result<Migration, Error> {
        again(|| self.begin_migration_once(caller, source.clone(), target.clone())).await
    }

    async fn begin_migration_once(
        &self,
        caller: &Caller,
        source: OrganizationKey,
        target: OrganizationKey,
    ) -> Result<Migration, Error> {
        let writer = self.store.writer(Subject::Referential).await?;
        let (known, under_way) = self.store.referential(|known| {
            let both = known.organization(&source).is_some() && known.organization(&target).is_some();
            let involved = |row: &&Migration| {
                row.ended_at.is_none()
                    && [&row.source, &row.target].iter().any(|key| **key == source || **key == target)
            };
            (both, known.migrations().find(involved).cloned())
        });
        if !known {
            return Err(Error::NotFound(Noun::Organization));
        }
        if let Some(other) = under_way {
            let message = format!("{} is being moved to {}; try again when that is done", other.source, other.target);
            return Err(Error::invalid("organizationSource", message));
        }
        let by = caller.client_id.clone();
        let migration = Migration { source, target, by, begun_at: self.now(), ended_at: None };
        self.commit(writer, caller, migration.begun_at, vec![Fact::MigrationRecorded(migration.clone())]).await?;
        Ok(migration)
    }

    async fn finish_migration(&self, migration: Migration) -> Result<u64, Error> {
        let mut moved = 0;
        let mut after = None;
        loop {
            let cases = self.store.cases_of(&migration.source, after, CASES_AT_A_TIME).await?;
            let Some(last) = cases.last() else { break };
            after = Some(*last);
            for case in cases {
                moved += u64::from(self.move_case(&migration, case).await?);
            }
        }
        again(|| self.end_migration(&migration)).await?;
        Ok(moved)
    }

    async fn end_migration(&self, begun: &Migration) -> Result<(), Error> {
        let writer = self.store.writer(Subject::Referential).await?;
        let now = self.now();
        let ended = Migration { ended_at: Some(now), ..begun.clone() };
        let before = Fact::Replaced(Reference::Migration(begun.clone()));
        let entry = Entry::new(now, Some(begun.by.clone()), vec![Fact::MigrationRecorded(ended), before]);
        Ok(self.store.commit(writer, entry).await?)
    }

    async fn move_case(&self, migration: &Migration, id: CaseId) -> Result<bool, Error> {
        again(|| self.move_case_once(migration, id)).await
    }

    async fn move_case_once(&self, migration: &Migration, id: CaseId) -> Result<bool, Error> {
        let Some(case) = self.store.case(id).await? else { return Ok(false) };
        let writer = self.store.writer(Subject::Folder(case.folder)).await?;
        let Some(case) = self.store.case(id).await? else { return Ok(false) };
        if case.recipient != migration.source {
            return Ok(false);
        }
        let mut notifications = self.store.waiting(case.folder).await?;
        notifications.retain(|notification| notification.case == id && notification.recipient == migration.source);
        let mut waiting = self.store.deliveries(case.folder).await?;
        waiting.retain(|row| row.case == id && row.recipient == migration.source && row.due_at().is_some());
        let moved =
            notifications.iter().cloned().map(|row| Notification { recipient: migration.target.clone(), ..row });
        let (now, moved) = (self.now(), moved.collect::<Vec<_>>());
        let called_for = self.called_for(&moved, now).await?;
        let fact = Fact::CaseMoved {
            case: id,
            source: migration.source.clone(),
            target: migration.target.clone(),
            notifications: notifications.into_iter().map(|notification| notification.id).collect(),
        };
        // What still waits for the one is for the other to have, if that one wants it brought.
        let ended = waiting.iter().map(|row| Fact::DeliveryEnded { delivery: row.id, reason: DeadReason::Moved });
        let facts = std::iter::once(fact).chain(ended).chain(called_for).collect();
        self.store.commit(writer, Entry::new(now, Some(migration.by.clone()), facts)).await?;
        Ok(true)
    }
}
