//! The organizations, processes, subscriptions and credentials that a run needs, registered at the hub once and kept in a file.

mod documents;
mod kept;
mod maker;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use http::StatusCode;

pub(crate) use documents::FILE_TYPE;
pub(crate) use kept::ensure_keepable;

use crate::access::Access;
use crate::bearer::Bearer;
use crate::hub::Hub;
use crate::roster::Roster;
use crate::wire::Failure;
use kept::Known;
use maker::Maker;

/// Who comes with what.
#[derive(Debug)]
pub(crate) struct World {
    /// By process.
    pub(crate) owners: Vec<Bearer>,
    /// By desk.
    pub(crate) desks: Vec<Bearer>,
    /// The version of the hub, if it says one.
    pub(crate) version: Option<String>,
}

/// How far it is.
pub(crate) type Progress = dyn Fn(&str, usize, usize) + Send + Sync;

/// Registers what is not in `file`, and writes the file.
///
/// # Errors
/// When the hub refuses something, an address is not the one it should be, or the file does not belong to the hub.
pub(crate) async fn prepare(
    hub: &Hub,
    access: &Access,
    roster: &Arc<Roster>,
    file: Option<&Path>,
    progress: &Progress,
) -> Result<World> {
    let administrator = access.administrator().context("a credential of the scope ADMIN is needed")?;
    let token = hub.token(administrator).await.map_err(|failure| unwelcome(&failure, access))?;
    hub.find_inboxes(&token).await.map_err(|failure| {
        let url = &access.teledossiers_url;
        anyhow!("teledossiers_url {url}: {failure}; give the address below which /folders and /notifications lie")
    })?;
    let mut known = match file {
        Some(path) if path.exists() => kept::load(path, access)?,
        _ => Known::new(),
    };
    if let Some(any) = known.values().next() {
        hub.token(any).await.map_err(|failure| match (failure, file) {
            (Failure::Refused { status: StatusCode::UNAUTHORIZED, .. }, Some(path)) => {
                anyhow!("the credentials in {} are not those of this hub: delete the file", path.display())
            }
            (failure, _) => failure.into(),
        })?;
    }
    let maker = Maker { hub: hub.clone(), token, progress };
    let world = maker.make(roster, &known).await?;
    if let Some(path) = file {
        for bearer in world.owners.iter().chain(&world.desks) {
            kept::add(&mut known, bearer.credential().clone());
        }
        kept::keep(path, access, known)?;
    }
    Ok(world)
}

fn unwelcome(failure: &Failure, access: &Access) -> anyhow::Error {
    match failure {
        Failure::Refused { status: StatusCode::UNAUTHORIZED, .. } => {
            anyhow!(
                "the hub does not know the credential of the scope ADMIN: take the file that its sandbox writes, or a new credential"
            )
        }
        failure => anyhow!("{}: {failure}", access.token_url),
    }
}
