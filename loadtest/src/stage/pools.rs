//! Connections to the hub, by whose they are.

use std::path::Path;

use anyhow::Result;

use crate::access::Access;
use crate::hub::Hub;
use crate::machine::ensure_descriptors;
use crate::profile::Profile;
use crate::roles::owner;

/// Connections to the hub, by whose they are: nobody waits for a connection because others are many.
#[derive(Debug)]
pub(crate) struct Pools {
    /// Of depositors, and of their ears.
    pub(crate) depositors: Hub,
    /// Of recipients who hold one inbox each.
    pub(crate) recipients: Hub,
    /// Of editors, who hold hundreds of inboxes each and take what waits there one behind the other.
    pub(crate) editors: Hub,
}

impl Pools {
    /// For so many deposits at a time, and so many connections of recipients.
    ///
    /// # Errors
    /// When the machine does not allow so many, or an address is none.
    pub(crate) fn new(
        access: &Access,
        authority: Option<&Path>,
        profile: &Profile,
        deposits: usize,
        recipients: usize,
    ) -> Result<Self> {
        let behaviour = &profile.behaviour;
        let depositors = deposits + profile.processes.len() * owner::CONNECTIONS;
        let editors = profile.world.editors.saturating_mul(behaviour.parallel);
        ensure_descriptors(depositors.saturating_add(recipients).saturating_add(editors))?;
        let hub = |connections| Hub::new(access, authority, connections, behaviour.patience.duration());
        Ok(Self { depositors: hub(depositors)?, recipients: hub(recipients)?, editors: hub(editors)? })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::HeaderValue;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::sync::oneshot;

    use super::*;

    /// A hub that never answers editors; it says when one has asked.
    async fn hub(editor_asked: oneshot::Sender<()>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut editor_asked, mut kept) = (Some(editor_asked), Vec::new());
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 4_096];
                let length = stream.read(&mut request).await.unwrap();
                if String::from_utf8_lossy(&request[..length]).contains("editor") {
                    editor_asked.take().unwrap().send(()).unwrap();
                    kept.push(stream);
                } else {
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]").await.unwrap();
                }
            }
        });
        format!("http://{address}")
    }

    #[tokio::test]
    async fn an_editor_whose_connections_are_all_taken_keeps_no_recipient_waiting() {
        let (editor_asked, asked) = oneshot::channel();
        let url = hub(editor_asked).await;
        let access = Access {
            token_url: format!("{url}/token"),
            teledossiers_url: url.clone(),
            referential_url: url,
            credentials: Vec::new(),
        };
        let mut profile = Profile::load("rehearsal").unwrap();
        profile.world.editors = 1;
        profile.behaviour.parallel = 1;
        let pools = Pools::new(&access, None, &profile, 1, 1).unwrap();
        let editor = pools.editors.clone();
        let editor = tokio::spawn(async move { editor.notifications(&HeaderValue::from_static("editor"), 1).await });
        asked.await.unwrap();
        let look = async { pools.recipients.notifications(&HeaderValue::from_static("recipient"), 1).await };
        let rows = tokio::time::timeout(Duration::from_secs(20), look).await.expect("it does not wait").unwrap();
        assert!(rows.is_empty() && !editor.is_finished());
    }
}
