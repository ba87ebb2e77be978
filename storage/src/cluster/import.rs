//! Notifications that come from another store: put into their inboxes in its order, several at a time.
//!
//! A place in an inbox is the order of an entry. These entries are decided by nobody, since nobody else is there while data are moved,
//! so each is given its order by its number: who puts the same ones again after a crash puts them at the same places.

use futures_util::{StreamExt, TryStreamExt, stream};
use navette_router::entry::{Entry, Fact};
use navette_router::model::{Notification, Timestamp};
use navette_router::ports::Subject;

use super::changes::Changes;
use super::envelope::{Decided, folder_of};
use super::error::Error;
use super::fetch::Fetched;
use super::order::Order;
use super::overlay::Overlay;
use super::shared::Shared;

/// How long before the move began the first one is placed: all are before whatever comes afterwards.
const BEFORE: Order = 30 * 24 * 60 * 60 * 1_000_000;
/// How far they are apart, so that an hour, which is one partition of an inbox, has no more than 3.6 million of all inboxes.
const APART: Order = 1_000;
/// Entries that are written at a time.
const AT_ONCE: usize = 128;

impl Shared {
    /// Puts notifications, of which the first is number `first` of a move that began at `begun_at`.
    pub(super) async fn import_waiting(
        &self,
        begun_at: Timestamp,
        first: u64,
        notifications: Vec<Notification>,
    ) -> Result<(), Error> {
        let decided: Vec<Decided> = (first..)
            .zip(notifications)
            .map(|(number, notification)| {
                let order = order(begun_at, number).ok_or(Error::Malformed("place"))?;
                let subject = Subject::Folder(notification.folder);
                let entry = Entry::new(begun_at, None, vec![Fact::NotificationPut(notification)]);
                Ok(Decided { subject, order, entry })
            })
            .collect::<Result<_, Error>>()?;
        // The journal first, as always: what the view has is in it.
        let appended: Vec<_> = decided.iter().map(|decided| self.append(decided)).collect();
        stream::iter(appended).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        let written: Vec<_> = decided.iter().map(|decided| self.put(decided)).collect();
        stream::iter(written).buffer_unordered(AT_ONCE).try_collect::<()>().await
    }

    async fn append(&self, decided: &Decided) -> Result<(), Error> {
        let payload = serde_json::to_string(&decided.entry)?;
        self.journal.append(decided, &payload).await.map(drop)
    }

    /// Writes what an entry changes, when nothing of it is there but what a former run put at the same place.
    async fn put(&self, decided: &Decided) -> Result<(), Error> {
        let known = navette_router::referential::Referential::default();
        let mut overlay = Overlay::new(decided.order, folder_of(decided.subject), Fetched::nothing(), &known);
        navette_router::view::apply(&decided.entry, &mut overlay)?;
        let Changes { mut before, folder, after, inboxes, .. } = overlay.finish();
        before.extend(folder);
        before.extend(after);
        // Nobody has read these inboxes and gone on, so nobody has to be told that something comes late.
        let (announced, _) = self.inboxes.announce(&inboxes, decided.order, decided.order);
        before.extend(announced);
        self.database.write_all(before, decided.order).await?;
        self.inboxes.announced(inboxes);
        self.applied.insert(decided.entry.id, ());
        Ok(())
    }
}

/// The place of a number; none when so many cannot be placed.
fn order(begun_at: Timestamp, number: u64) -> Option<Order> {
    let begun = begun_at.milliseconds().checked_mul(1_000)?;
    let behind = Order::try_from(number).ok()?.checked_mul(APART)?;
    let order = begun.checked_sub(BEFORE)?.checked_add(behind)?;
    (order < begun).then_some(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_in_the_order_of_numbers_the_same_each_time_and_before_the_move() {
        let begun_at = Timestamp::from_milliseconds(1_800_000_000_000);
        let places: Vec<Order> = (0..3).filter_map(|number| order(begun_at, number)).collect();
        assert_eq!(places.len(), 3);
        assert!(places.is_sorted() && places[0] < places[2]);
        let last = order(begun_at, 2_591_999_999).expect("the last one that can be placed");
        assert!(last < begun_at.milliseconds() * 1_000);
        assert_eq!(order(begun_at, 2_592_000_000), None, "it would come after what is new");
    }
}
