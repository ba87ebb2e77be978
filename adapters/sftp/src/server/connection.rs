//! The life of one connection: it is let in within a time, asks for SFTP within a time, and is closed when the server stops.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use russh::Disconnect;
use russh::server::{Handle, RunningSession, run_stream};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::Inboxes;
use super::accept::Shared;
use super::client::Client;
use super::seats::Seat;

/// How long a client that was told to go may take.
const FAREWELL_TIMEOUT: Duration = Duration::from_secs(2);

/// How far a connection came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// Whether somebody was let in.
    pub(super) is_known: bool,
    /// How many SFTP sessions there are, which have their own limits: one, or two while one ends.
    pub(super) serving: usize,
    /// Whether something that cannot happen did.
    pub(super) is_broken: bool,
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// It has ended.
    ByItself,
    /// The client was told to go.
    Told,
}

/// Closes a connection whose socket others hold.
struct Closer(Option<std::net::TcpStream>);

impl Closer {
    fn close(&mut self) {
        if let Some(socket) = self.0.take() {
            // It may be closed already.
            let _closed = socket.shutdown(std::net::Shutdown::Both);
        }
    }
}

impl Drop for Closer {
    fn drop(&mut self) {
        self.close();
    }
}

/// Serves one connection until it ends.
pub(super) async fn serve<I: Inboxes>(shared: Arc<Shared<I>>, socket: TcpStream, from: IpAddr, seat: Seat) {
    let Ok((socket, mut closer)) = prepare(socket) else { return };
    let (progress, mut progresses) = watch::channel(Progress::default());
    let handle = Arc::new(OnceLock::new());
    let client = Client {
        shared: Arc::clone(&shared),
        from,
        seat,
        progress,
        handle: Arc::clone(&handle),
        account: None,
        channel: None,
        channels: 0,
        refusals: 0,
    };
    let deadline = Instant::now() + shared.options.login_timeout;
    let beginning = run_stream(Arc::clone(&shared.configuration), socket, client);
    let begun = tokio::select! {
        begun = timeout_at(deadline, beginning) => begun,
        () = shared.stops() => return,
    };
    let Ok(Ok(mut session)) = begun else { return };
    let _first = handle.set(session.handle());
    if live(&shared, &mut session, &mut progresses, deadline).await == Left::ByItself {
        return;
    }
    // Whoever was told to go may read why.
    if tokio::time::timeout(FAREWELL_TIMEOUT, &mut session).await.is_ok() {
        return;
    }
    closer.close();
    // It ends now, since nothing more comes. What the hub is doing for it has a time limit.
    let _ended = tokio::time::timeout(shared.options.hub_timeout, &mut session).await;
}

/// Until it ends by itself, or was told to.
async fn live<I: Inboxes>(
    shared: &Shared<I>,
    session: &mut RunningSession<Client<I>>,
    progresses: &mut watch::Receiver<Progress>,
    mut deadline: Instant,
) -> Left {
    let handle = session.handle();
    let mut stops = false;
    let words = loop {
        let progress = *progresses.borrow_and_update();
        if progress.is_broken {
            break "something failed: connect again";
        }
        if stops && progress.serving == 0 {
            break "the server stops: connect again later";
        }
        tokio::select! {
            _ended = &mut *session => return Left::ByItself,
            changed = progresses.changed() => {
                if changed.is_err() {
                    return Left::Told;
                }
                // From the login to the first session, and from one to the next.
                deadline = Instant::now() + shared.options.login_timeout;
            }
            () = shared.stops(), if !stops => stops = true,
            () = sleep_until(deadline), if progress.serving == 0 => break "nothing was asked for in time",
        }
    };
    farewell(&handle, words).await;
    Left::Told
}

async fn farewell(handle: &Handle, words: &str) {
    let telling = handle.disconnect(Disconnect::ByApplication, words.to_owned(), "en".to_owned());
    let _told = tokio::time::timeout(FAREWELL_TIMEOUT, telling).await;
}

fn prepare(socket: TcpStream) -> std::io::Result<(TcpStream, Closer)> {
    socket.set_nodelay(true)?;
    let socket = socket.into_std()?;
    let closer = Closer(Some(socket.try_clone()?));
    Ok((TcpStream::from_std(socket)?, closer))
}
