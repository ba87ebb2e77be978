//! Which message a name means in one session. A name stays bound to the message that the session saw under it, even when that is gone:
//! only a new listing binds it to another. So nobody acknowledges what they have not seen.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::BuildHasher as _;

use navette_router::model::NotificationId;

/// What a listing does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Its name is its own.
    Yes,
    /// An older one has its name, and is shown first.
    No,
    /// No further name can be remembered.
    Full,
}

/// The names that one session knows.
#[derive(Debug)]
pub(super) struct Names {
    /// By a hash of the name under a key of this session. Whoever looks a name up compares it with that of the message.
    known: HashMap<u64, Known>,
    hasher: RandomState,
    /// The last listing that was begun, from 1.
    listing: u32,
    /// Every message up to this one has its name here.
    scanned: Option<NotificationId>,
    most: usize,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    id: NotificationId,
    /// The last listing that showed it.
    listing: u32,
}

impl Names {
    /// None are known yet; at most `most` will be.
    pub(super) fn new(most: usize) -> Self {
        Self { known: HashMap::new(), hasher: RandomState::new(), listing: 0, scanned: None, most }
    }

    /// What a name means here; none when it was not seen yet.
    pub(super) fn get(&self, name: &str) -> Option<NotificationId> {
        self.known.get(&self.hasher.hash_one(name)).map(|known| known.id)
    }

    /// Begins a listing: its number.
    pub(super) const fn begin_listing(&mut self) -> u32 {
        self.listing = self.listing.wrapping_add(1);
        self.listing
    }

    /// A listing comes to a message.
    pub(super) fn list(&mut self, listing: u32, name: &str, id: NotificationId) -> Shown {
        let key = self.hasher.hash_one(name);
        if !self.has_room(key) {
            // What earlier listings showed and this one did not so far may be forgotten to make room.
            self.known.retain(|_, known| known.listing >= listing);
            self.scanned = None;
        }
        let has_room = self.has_room(key);
        match self.known.entry(key) {
            Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                if known.id != id && known.listing >= listing {
                    return Shown::No;
                }
                *known = Known { id, listing: known.listing.max(listing) };
                Shown::Yes
            }
            Entry::Vacant(entry) if has_room => {
                entry.insert(Known { id, listing });
                Shown::Yes
            }
            Entry::Vacant(_) => Shown::Full,
        }
    }

    /// A listing has shown everything, up to `last`. What it did not show does not wait any more.
    pub(super) fn end_listing(&mut self, listing: u32, last: Option<NotificationId>) {
        self.known.retain(|_, known| known.listing >= listing);
        self.scanned = last;
    }

    /// Behind which message to look for a name that is not known.
    pub(super) const fn scanned(&self) -> Option<NotificationId> {
        self.scanned
    }

    /// Somebody who looks for a name comes to a message. False when its name cannot be remembered.
    pub(super) fn scan(&mut self, name: &str, id: NotificationId) -> bool {
        let key = self.hasher.hash_one(name);
        if !self.has_room(key) {
            return false;
        }
        self.known.entry(key).or_insert(Known { id, listing: self.listing });
        self.scanned = Some(id);
        true
    }

    fn has_room(&self, key: u64) -> bool {
        self.known.len() < self.most || self.known.contains_key(&key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids<const N: usize>() -> [NotificationId; N] {
        std::array::from_fn(|_| NotificationId::generate())
    }

    #[test]
    fn the_oldest_of_a_name_is_shown_until_a_listing_does_not_find_it() {
        let [first, second] = ids();
        let mut names = Names::new(10);
        let listing = names.begin_listing();
        assert_eq!(names.list(listing, "a", first), Shown::Yes);
        assert_eq!(names.list(listing, "a", second), Shown::No);
        names.end_listing(listing, Some(second));
        // The first is acknowledged, here or elsewhere: the name goes on meaning it.
        assert_eq!(names.get("a"), Some(first));
        let listing = names.begin_listing();
        assert_eq!(names.list(listing, "a", second), Shown::Yes);
        assert_eq!(names.get("a"), Some(second));
    }

    #[test]
    fn what_is_looked_for_never_changes_what_a_name_means() {
        let [first, second, third] = ids();
        let mut names = Names::new(10);
        assert!(names.scan("a", first) && names.scan("a", second) && names.scan("b", third));
        assert_eq!((names.get("a"), names.scanned()), (Some(first), Some(third)));
        let listing = names.begin_listing();
        names.end_listing(listing, None);
        assert_eq!((names.get("a"), names.scanned()), (None, None), "a listing that shows nothing forgets everything");
    }

    #[test]
    fn an_older_listing_that_is_still_read_does_not_take_a_name_back() {
        let [first, second] = ids();
        let mut names = Names::new(10);
        let older = names.begin_listing();
        assert_eq!(names.list(older, "a", first), Shown::Yes);
        let newer = names.begin_listing();
        assert_eq!(names.list(newer, "a", second), Shown::Yes);
        assert_eq!(names.list(older, "a", first), Shown::No);
        names.end_listing(older, None);
        assert_eq!(names.get("a"), Some(second));
    }

    #[test]
    fn names_that_are_gone_make_room_and_others_do_not() {
        let [first, second, third] = ids();
        let mut names = Names::new(2);
        let listing = names.begin_listing();
        assert_eq!(names.list(listing, "a", first), Shown::Yes);
        assert_eq!(names.list(listing, "b", second), Shown::Yes);
        assert_eq!(names.list(listing, "c", third), Shown::Full);
        assert!(!names.scan("c", third));
        let listing = names.begin_listing();
        assert_eq!(names.list(listing, "b", second), Shown::Yes);
        assert_eq!(names.list(listing, "c", third), Shown::Yes);
        assert_eq!(names.get("a"), None);
    }
}
