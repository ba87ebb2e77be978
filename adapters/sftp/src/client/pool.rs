//! Connections that are shared: at most so many to a server, at most so many in all, the unused ones for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use navette_router::ports::{DeliveryError, DeliveryErrorKind};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Session;
use super::connect::connect;
use crate::settings::Server;
use crate::{Options, Settings};

/// A connection that was used so recently is not asked whether it still works.
const TRUSTED_FOR: Duration = Duration::from_secs(2);

/// Connections that are shared.
pub(crate) struct Pool {
    connections: Arc<Semaphore>,
    idle_max: usize,
    idle_for: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How many more each server may be asked for; gone when nobody asks.
    servers: HashMap<Server, Weak<Semaphore>>,
    /// Unused ones, the longest unused first.
    idle: Vec<Idle>,
}

struct Idle {
    server: Server,
    session: Session,
    since: Instant,
}

/// A connection in use. Unless it is given back, it is closed when this is dropped: who was cancelled leaves it in an unknown state.
pub(crate) struct Lease<'a> {
    pool: &'a Pool,
    server: Server,
    session: Session,
    is_used: bool,
    _server_permit: OwnedSemaphorePermit,
    _permit: OwnedSemaphorePermit,
}

impl std::ops::Deref for Lease<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Lease<'_> {
    /// Whether others used the connection before: it may have ended since, and nobody noticed.
    pub(crate) const fn is_used(&self) -> bool {
        self.is_used
    }

    /// Takes a new connection instead, and forgets the unused ones of this server: what ended one has ended them.
    pub(crate) async fn renew(&mut self, settings: &Settings, options: &Options) -> Result<(), DeliveryError> {
        self.pool.forget(&self.server);
        self.session = connect(settings, options).await?;
        self.is_used = false;
        Ok(())
    }

    /// Keeps the connection for the next one.
    pub(crate) fn give_back(self) {
        self.pool.keep(Idle { server: self.server, session: self.session, since: Instant::now() });
    }
}

impl Pool {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            connections: Arc::new(Semaphore::new(options.connections_max.get())),
            idle_max: options.idle_max,
            idle_for: options.idle_for,
            state: Mutex::default(),
        }
    }

    /// A connection that works: an unused one, or a new one. Waits for its turn.
    pub(crate) async fn lease(&self, settings: &Settings, options: &Options) -> Result<Lease<'_>, DeliveryError> {
        let server = settings.server();
        let stopped = |_| DeliveryError::new(DeliveryErrorKind::Internal, "the hub is stopping");
        // First the server's turn, then everybody's: who waits for a slow server takes no room from others.
        let turns = self.turns(&server, settings.connections_max.get());
        let server_permit = turns.acquire_owned().await.map_err(stopped)?;
        let permit = Arc::clone(&self.connections).acquire_owned().await.map_err(stopped)?;
        let (session, is_used) = loop {
            match self.unused(&server) {
                None => break (connect(settings, options).await?, false),
                Some(idle) => {
                    let is_recent = idle.since.elapsed() < TRUSTED_FOR && !idle.session.is_closed();
                    if is_recent || idle.session.is_alive().await {
                        break (idle.session, true);
                    }
                }
            }
        };
        Ok(Lease { pool: self, server, session, is_used, _server_permit: server_permit, _permit: permit })
    }

    /// A connection of its own, which nobody used before.
    pub(crate) async fn fresh(&self, settings: &Settings, options: &Options) -> Result<Session, DeliveryError> {
        let stopped = |_| DeliveryError::new(DeliveryErrorKind::Internal, "the hub is stopping");
        let _permit = self.connections.acquire().await.map_err(stopped)?;
        connect(settings, options).await
    }

    fn turns(&self, server: &Server, most: usize) -> Arc<Semaphore> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turns) = state.servers.get(server).and_then(Weak::upgrade) {
            return turns;
        }
        state.servers.retain(|_, turns| turns.strong_count() > 0);
        let turns = Arc::new(Semaphore::new(most));
        state.servers.insert(server.clone(), Arc::downgrade(&turns));
        turns
    }

    fn unused(&self, server: &Server) -> Option<Idle> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.idle.retain(|idle| idle.since.elapsed() < self.idle_for);
        // The one that was used last is the likeliest to live.
        let found = state.idle.iter().rposition(|idle| idle.server == *server)?;
        Some(state.idle.remove(found))
    }

    fn forget(&self, server: &Server) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.idle.retain(|idle| idle.server != *server);
    }

    fn keep(&self, idle: Idle) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.idle.retain(|idle| idle.since.elapsed() < self.idle_for);
        state.idle.push(idle);
        let too_many = state.idle.len().saturating_sub(self.idle_max);
        state.idle.drain(..too_many);
    }
}
