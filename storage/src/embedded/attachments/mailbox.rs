//! Work for one thread: letters gather while the thread is busy, then it takes all of them at once.

use std::fmt;

use parking_lot::{Condvar, Mutex};

/// What one thread does for many. It is closed once, and then gives out what it still holds.
pub(super) struct Mailbox<T> {
    inside: Mutex<Inside<T>>,
    changed: Condvar,
    /// Beyond this many letters [`put_or_wait`](Self::put_or_wait) waits.
    letters_max: usize,
}

struct Inside<T> {
    letters: Vec<T>,
    closed: bool,
}

impl<T> Mailbox<T> {
    /// An empty one.
    pub(super) fn new(letters_max: usize) -> Self {
        let inside = Mutex::new(Inside { letters: Vec::new(), closed: false });
        Self { inside, changed: Condvar::new(), letters_max }
    }

    /// Leaves a letter and never waits: for senders whose number is bounded elsewhere. Gives it back once closed.
    pub(super) fn put(&self, letter: T) -> Result<(), T> {
        let mut inside = self.inside.lock();
        if inside.closed {
            return Err(letter);
        }
        inside.letters.push(letter);
        drop(inside);
        self.changed.notify_all();
        Ok(())
    }

    /// Leaves a letter, after waiting for room. Gives it back once closed.
    pub(super) fn put_or_wait(&self, letter: T) -> Result<(), T> {
        let mut inside = self.inside.lock();
        self.changed.wait_while(&mut inside, |inside| inside.letters.len() >= self.letters_max && !inside.closed);
        drop(inside);
        self.put(letter)
    }

    /// Waits for letters and takes all of them. `None` once closed and empty.
    pub(super) fn take(&self) -> Option<Vec<T>> {
        let mut inside = self.inside.lock();
        self.changed.wait_while(&mut inside, |inside| inside.letters.is_empty() && !inside.closed);
        let letters = std::mem::take(&mut inside.letters);
        drop(inside);
        self.changed.notify_all();
        if letters.is_empty() { None } else { Some(letters) }
    }

    /// How many letters wait.
    pub(super) fn len(&self) -> usize {
        self.inside.lock().letters.len()
    }

    /// Takes no more letters.
    pub(super) fn close(&self) {
        self.inside.lock().closed = true;
        self.changed.notify_all();
    }
}

impl<T> fmt::Debug for Mailbox<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Mailbox").field("letters", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn letters_come_in_order_and_all_at_once() {
        let mailbox = Mailbox::new(8);
        (0..3).for_each(|letter| mailbox.put(letter).unwrap());
        assert_eq!(mailbox.take(), Some(vec![0, 1, 2]));
    }

    #[test]
    fn a_closed_mailbox_gives_out_what_it_holds_and_takes_nothing() {
        let mailbox = Mailbox::new(8);
        mailbox.put(1).unwrap();
        mailbox.close();
        assert_eq!(mailbox.put(2), Err(2));
        assert_eq!(mailbox.put_or_wait(2), Err(2));
        assert_eq!(mailbox.take(), Some(vec![1]));
        assert_eq!(mailbox.take(), None);
    }

    #[test]
    fn whoever_waits_for_room_gets_it() {
        let mailbox = Mailbox::new(2);
        let mut seen = 0;
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..100).for_each(|letter| mailbox.put_or_wait(letter).unwrap()));
            }
            while seen < 400 {
                seen += mailbox.take().unwrap().len();
            }
        });
        assert_eq!(seen, 400);
    }
}
