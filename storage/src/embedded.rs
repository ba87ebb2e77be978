//! One machine, no other service: our own log, a `fjall` view behind it, attachments in volumes and files.
//!
//! One use case goes through here like this: [`Store::writer`](navette_router::ports::Store::writer) gives it its folder, it reads the [`view`], decides, and
//! commits an entry; the [`journal`] makes the entry durable together with whatever else was waiting; the applier writes the
//! group to the view and answers. The bytes of [`attachments`] were durable before.

mod applier;
pub mod attachments;
mod busy;
mod checkpoint;
mod codec;
mod inboxes;
pub mod journal;
mod keys;
mod memtables;
mod overlay;
mod place;
mod recent;
mod relocation;
mod space;
pub mod store;
pub mod view;

pub use crate::writers::Writer;
pub use codec::Error as CodecError;

/// Why the embedded backend cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Journal or view.
    #[error("the store cannot be opened")]
    Store(#[from] store::OpenError),
    /// Attachments.
    #[error("the attachments cannot be opened")]
    Attachments(#[from] attachments::Error),
}

/// Opens everything that lies on one machine. The store comes first: what it knows tells live attachments from dead uploads.
pub fn open(
    store: &store::Options,
    attachments: attachments::Options,
) -> Result<(store::Store, attachments::Attachments), OpenError> {
    let store = store::Store::open(store)?;
    let attachments = attachments::Attachments::open(attachments, store.view())?;
    store.remove_with(attachments.remover());
    Ok((store, attachments))
}
