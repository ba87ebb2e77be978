//! Tries the way to a server, step by step, and says what was found.

use navette_router::ports::{DeliveryError, DeliveryErrorKind, PeerWords};
use russh_sftp::client::error::Error;

use crate::Settings;
use crate::client::{Session, failure};
use crate::settings::inside;

/// What is written to try: as much as says whether there is room.
const PROBE: &[u8] = b"navette\n";

/// Tries everything that a delivery does, but for showing a message.
pub(crate) async fn run(session: &Session, settings: &Settings) -> Result<Vec<String>, DeliveryError> {
    let places = &settings.places;
    let mut found = vec![
        format!("{} was reached at {}, port {}", settings.host, session.peer, settings.port),
        "its key is the one that is known, and the login was accepted".to_owned(),
    ];
    is_directory(session, "directory", &places.incoming).await?;
    session.make_directory(&places.staging).await.map_err(|error| failed(&error, "making staging_directory"))?;
    write(session, &places.staging).await?;
    found.push("a file was written in staging_directory, moved and taken away".to_owned());
    if let Some(bytes) = session.free_bytes(&places.incoming).await {
        found.push(format!("{} MiB are free", bytes >> 20));
    }
    for (name, place) in [("done_directory", &places.done), ("failed_directory", &places.failed)] {
        let there = session.look(place).await.map_err(|error| failed(&error, name))?;
        let said = if there.is_some() { "is there" } else { "is not there: what is read will not be noticed" };
        found.push(format!("{name} {said}"));
    }
    if let Some(place) = &places.returned {
        is_directory(session, "return_directory", place).await?;
        found.push("return_directory is there".to_owned());
    }
    Ok(found)
}

async fn is_directory(session: &Session, name: &str, path: &str) -> Result<(), DeliveryError> {
    // A slash behind it follows a link, which a directory may well be.
    let found = session.look(&inside(path, ".")).await.map_err(|error| failed(&error, name))?;
    if found.is_some_and(|found| found.is_dir()) {
        return Ok(());
    }
    Err(DeliveryError::new(
        DeliveryErrorKind::Missing,
        format!("{name} is not a directory of the server; create it, or set another"),
    ))
}

async fn write(session: &Session, staging: &str) -> Result<(), DeliveryError> {
    let (probe, moved) = (inside(staging, ".test"), inside(staging, ".test-moved"));
    let writing = async {
        session.remove(&moved).await?;
        let handle = session.open_to_write(&probe, false).await?;
        session.write(&handle, 0, PROBE.to_vec()).await?;
        session.close_durably(&handle).await?;
        session.rename(&probe, &moved).await?;
        session.remove(&moved).await
    };
    writing.await.map_err(|error| failed(&error, "writing in staging_directory"))
}

fn failed(error: &Error, doing: &str) -> DeliveryError {
    failure(error, doing, PeerWords::new)
}
