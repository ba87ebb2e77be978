//! What is looked up by something else than its identifier: by recipient, by place, by the time of an act.

use std::ops::Bound;

use navette_router::audit::Act;
use navette_router::model::{CaseId, EntryId, FolderId, OrganizationKey, Purge, Statistic};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{Error, View, identifier};
use crate::embedded::attachments::Location;
use crate::embedded::{codec, keys};

impl View {
    pub(in crate::embedded) fn statistics_after(
        &self,
        after: Option<FolderId>,
        limit: usize,
    ) -> Result<Vec<Statistic>, Error> {
        self.scan_after(keys::STATISTICS, after.map(keys::statistic), limit)
    }

    pub(in crate::embedded) fn acts(&self, before: Option<EntryId>, limit: usize) -> Result<Vec<Act>, Error> {
        let end = before.map_or_else(|| vec![keys::ACTS[0] + 1], keys::act);
        let rows = self.lists.range::<Vec<u8>, _>((Bound::Included(keys::ACTS.to_vec()), Bound::Excluded(end)));
        rows.rev().take(limit).map(|guard| Ok(codec::decode(&guard.value()?)?)).collect()
    }

    pub(in crate::embedded) fn cases_of(
        &self,
        recipient: &OrganizationKey,
        after: Option<CaseId>,
        limit: usize,
    ) -> Result<Vec<CaseId>, Error> {
        let prefix = keys::cases_of(recipient);
        let after = after.map(|case| keys::case_of(recipient, case));
        let mut cases = Vec::new();
        for guard in self.rows_after(&prefix, after).take(limit) {
            cases.extend(identifier(&guard.key()?).map(CaseId::from_uuid));
        }
        Ok(cases)
    }

    pub(in crate::embedded) fn purges(
        &self,
        recipient: Option<&OrganizationKey>,
        limit: usize,
    ) -> Result<Vec<Purge>, Error> {
        let prefix = recipient.map_or_else(|| keys::PURGES.to_vec(), keys::purges_of);
        self.scan_after(&prefix, None, limit)
    }

    pub(in crate::embedded) fn purges_after(
        &self,
        recipient: &OrganizationKey,
        after: Option<&Purge>,
        limit: usize,
    ) -> Result<Vec<Purge>, Error> {
        self.scan_after(&keys::purges_of(recipient), after.map(keys::purge), limit)
    }

    /// The live extents of a volume, as (offset, length).
    pub(in crate::embedded) fn extents(&self, volume: u32) -> Result<Vec<(u64, u64)>, Error> {
        let mut extents = Vec::new();
        for guard in self.lists.prefix(keys::extents(volume)) {
            let (key, value) = guard.into_inner()?;
            let offset = key.get(5..13).and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes);
            let length = value.as_ref().try_into().ok().map(u64::from_be_bytes);
            extents.extend(offset.zip(length));
        }
        Ok(extents)
    }

    /// Some of the places whose attachments are gone from the view and may not be gone from the disk yet, at most so many.
    pub(in crate::embedded) fn dead(&self, limit: usize) -> Result<Vec<Location>, Error> {
        let address = |key: &[u8]| std::str::from_utf8(key.get(keys::DEAD.len()..)?).ok()?.parse().ok();
        let mut dead = Vec::new();
        for guard in self.lists.prefix(keys::DEAD).take(limit) {
            dead.extend(address(&guard.key()?));
        }
        Ok(dead)
    }

    /// These are gone from the disk.
    pub(in crate::embedded) fn forget_dead(&self, gone: &[Location]) -> Result<(), Error> {
        let mut batch = self.database.batch();
        gone.iter().for_each(|location| batch.remove(&self.lists, keys::dead(&location.to_string())));
        Ok(batch.commit()?)
    }

    /// Whether an attachment lives in this file.
    pub(in crate::embedded) fn file(&self, id: Uuid) -> Result<bool, Error> {
        Ok(self.lists.contains_key(keys::file(id))?)
    }

    /// The rows of a list, from the beginning or behind one of its keys.
    fn rows_after(&self, prefix: &[u8], after: Option<Vec<u8>>) -> fjall::Iter {
        let first = after.map_or_else(|| Bound::Included(prefix.to_vec()), Bound::Excluded);
        let mut end = prefix.to_vec();
        // The last byte of a prefix is a tag or a separator: there is always a next one.
        if let Some(last) = end.last_mut() {
            *last += 1;
        }
        self.lists.range::<Vec<u8>, _>((first, Bound::Excluded(end)))
    }

    fn scan_after<T: DeserializeOwned>(
        &self,
        prefix: &[u8],
        after: Option<Vec<u8>>,
        limit: usize,
    ) -> Result<Vec<T>, Error> {
        self.rows_after(prefix, after).take(limit).map(|guard| Ok(codec::decode(&guard.value()?)?)).collect()
    }
}
