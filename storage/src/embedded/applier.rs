//! Applies durable groups to the view, in the order of the journal, and answers those who wait.
//!
//! A thread of its own, so that the next group is written to disk while this one is applied. A group becomes one batch of the view.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Receiver;

use navette_router::entry::Entry;
use navette_router::ports::{Error as PortError, ErrorKind};
use tokio::sync::oneshot;

use super::busy::Busy;
use super::journal::{self, Group, Position};
use super::overlay::Overlay;
use super::view::View;
use crate::writers::Writer;

/// What travels with an entry through the journal.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) entry: Entry,
    pub(super) writer: Writer,
    pub(super) answer: oneshot::Sender<Result<(), PortError>>,
}

/// How far application has come, for those who watch.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// The position up to which the view is applied.
    pub(super) applied: AtomicU64,
    /// Set when the view cannot be written any more: the journal goes on being the truth, but only a restart can apply it.
    pub(super) failed: AtomicBool,
    /// How long the applier was at work.
    pub(super) busy: Busy,
}

/// Applies groups until the journal closes.
pub(super) fn run(view: &View, groups: &Receiver<Group<Ticket>>, progress: &Arc<Progress>) {
    while let Ok(group) = groups.recv() {
        match group {
            Group::Durable(tickets) => progress.busy.with(|| apply_group(view, tickets, progress)),
            Group::Refused(error, tickets) => {
                let kind = refusal(&error);
                tracing::error!(error = %error, entries = tickets.len(), "the journal refused entries");
                tickets.into_iter().for_each(|ticket| answer(ticket, Err(kind.into())));
            }
        }
    }
}

fn apply_group(view: &View, tickets: Vec<(Position, Ticket)>, progress: &Progress) {
    if progress.failed.load(Ordering::Acquire) {
        tickets.into_iter().for_each(|(_, ticket)| answer(ticket, Err(ErrorKind::Unavailable.into())));
        return;
    }
    let mut overlay = Overlay::new(view);
    let mut last = 0;
    let applied = tickets.iter().try_for_each(|(position, ticket)| {
        last = *position;
        overlay.begin(*position);
        navette_router::view::apply(&ticket.entry, &mut overlay)
    });
    match applied.and_then(|()| overlay.commit()) {
        Ok(()) => {
            progress.applied.store(last, Ordering::Release);
            tickets.into_iter().for_each(|(_, ticket)| answer(ticket, Ok(())));
        }
        Err(error) => {
            // The entries are durable, so they did happen; without a view nobody can be told so truthfully.
            progress.failed.store(true, Ordering::Release);
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the view cannot be written; restart to apply the journal again"
            );
            tickets.into_iter().for_each(|(_, ticket)| answer(ticket, Err(ErrorKind::Unavailable.into())));
        }
    }
}

/// Gives the writer back first: whoever gets the answer may write again at once.
fn answer(ticket: Ticket, result: Result<(), PortError>) {
    drop(ticket.writer);
    // Nobody waits any more when the caller went away; the entry is applied all the same.
    drop(ticket.answer.send(result));
}

/// What a refusal of the journal means to a use case.
pub(super) fn refusal(error: &journal::Error) -> ErrorKind {
    match error {
        journal::Error::NoSpace => ErrorKind::NoSpace,
        journal::Error::QueueFull => ErrorKind::Overloaded,
        journal::Error::TooLarge { .. } => ErrorKind::TooLarge,
        _ => ErrorKind::Unavailable,
    }
}
