//! What organizations, processes and subscriptions have in common.

use crate::error::{Error, Faults};
use crate::ports::{Attachments, Clock, Store};
use crate::rights::Scope;

use super::Hub;

pub(super) const ENROLLERS: &[Scope] = &[Scope::Admin, Scope::Datapass];
pub(super) const ADMINISTRATORS: &[Scope] = &[Scope::Admin];
pub(super) const SUBSCRIPTION_READERS: &[Scope] = &[Scope::Osl, Scope::Admin];

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// How many rows a list of the referential gives.
    pub(super) fn referential_rows(&self, asked: Option<usize>) -> usize {
        asked.unwrap_or(self.limits.page_default).min(self.limits.referential_page_max)
    }
}

/// What was built, unless something was wrong with it.
pub(super) fn complete<T>(built: Option<T>, faults: Faults) -> Result<T, Error> {
    faults.into_result()?;
    built.ok_or_else(|| Error::invalid("", "Bad request"))
}
