//! Data that are half of a move are not served: what is missing from them would look as if it had never been.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use navette_storage::relocation::State;

/// On what the gateways of a cluster agree when data begin to be moved there, and when they are all there: which move it is.
#[cfg(feature = "cluster")]
pub(crate) const BEGUN: &str = "migrate.begun";
#[cfg(feature = "cluster")]
pub(crate) const ENDED: &str = "migrate.ended";

/// Makes sure that the data of this directory are not being moved, and were not moved away.
///
/// # Errors
/// A sentence that says what to do.
pub(super) fn refuse_directory(directory: &Path) -> Result<()> {
    let Some(state) = State::read(directory).context("storage.directory: it is not known whether it was moved")? else {
        return Ok(());
    };
    let (shown, file) = (directory.display(), State::path(directory));
    if state.from == "embedded" {
        let verb = if state.has_ended() { "were" } else { "are being" };
        bail!(
            "storage.directory: the data in {shown} {verb} moved to a {}; serve those. To use these nevertheless, which gives the move \
             up, remove {}",
            state.to,
            file.display()
        );
    }
    if !state.has_ended() {
        bail!(
            "storage.directory: the data in {shown} are not complete, navette migrate has not ended; run the same command again until \
             it says that both sides are the same"
        );
    }
    Ok(())
}

/// Makes sure that the data of this cluster are complete.
///
/// # Errors
/// A sentence that says what to do, or when the servers do not answer.
#[cfg(feature = "cluster")]
pub(crate) async fn refuse_cluster(store: &navette_storage::cluster::Store) -> Result<()> {
    let (begun, ended) = (store.agreed(BEGUN).await?, store.agreed(ENDED).await?);
    if begun != ended {
        bail!(
            "storage.cluster: its data are not complete, navette migrate has not ended; run the same command again until it says that \
             both sides are the same"
        );
    }
    Ok(())
}
