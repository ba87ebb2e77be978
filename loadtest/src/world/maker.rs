//! Registers what is missing, several at a time.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use http::{HeaderValue, StatusCode};
use serde_json::json;
use tokio::task::JoinSet;

use super::documents::{key, organization, process, subscription};
use super::kept::Known;
use super::{Progress, World};
use crate::access::Credential;
use crate::bearer::Bearer;
use crate::hub::Hub;
use crate::roster::Roster;

/// Requests at a time while the world is made.
const PARALLEL: usize = 32;
const TELL_EVERY: Duration = Duration::from_millis(200);

/// Registers what is missing, in the name of an administrator.
pub(super) struct Maker<'a> {
    /// Where.
    pub(super) hub: Hub,
    /// Of the administrator.
    pub(super) token: HeaderValue,
    /// Told how far it is.
    pub(super) progress: &'a Progress,
}

/// A request that registers something.
enum Order {
    Register { what: &'static str, body: String },
    Issue { index: usize, body: String },
}

impl Maker<'_> {
    /// Registers everybody of the roster who is not known, and gives them all.
    ///
    /// # Errors
    /// When the hub refuses something.
    pub(super) async fn make(&self, roster: &Roster, known: &Known) -> Result<World> {
        let owner_key = |process: usize| roster.owners.get(process).map(|place| key("OSL", place)).unwrap_or_default();
        let desk_key = |desk: usize| {
            let desk = roster.desks.get(desk)?;
            let place = roster.organizations.get(desk.organization)?;
            Some((key("SI", place), roster.processes.get(desk.process)?.code.clone()))
        };
        let missing: Vec<usize> = (0..roster.desks.len())
            .filter(|desk| desk_key(*desk).is_some_and(|pair| !known.contains_key(&pair)))
            .collect();
        let new_owners: Vec<usize> = (0..roster.processes.len())
            .filter(|process| !known.contains_key(&(owner_key(*process), String::new())))
            .collect();

        let owners = new_owners.iter().filter_map(|process| Some(organization("OSL", roster.owners.get(*process)?)));
        self.register("depositors", "organizations", owners.collect()).await?;
        // An owner may be known from a run with other processes.
        let is_known = |code: &str| known.keys().any(|(_, process)| process == code);
        let processes = roster.processes.iter().zip(&roster.owners);
        let processes = processes.filter(|(plan, _)| !is_known(&plan.code)).map(|(plan, owner)| process(plan, owner));
        self.register("processes", "processes", processes.collect()).await?;
        let mut places: Vec<usize> =
            missing.iter().filter_map(|desk| Some(roster.desks.get(*desk)?.organization)).collect();
        places.sort_unstable();
        places.dedup();
        let places = places.iter().filter_map(|place| Some(organization("SI", roster.organizations.get(*place)?)));
        self.register("recipients", "organizations", places.collect()).await?;
        let subscriptions = missing.iter().filter_map(|desk| {
            let desk = roster.desks.get(*desk)?;
            Some(subscription(roster.organizations.get(desk.organization)?, &roster.processes.get(desk.process)?.code))
        });
        self.register("subscriptions", "subscriptions", subscriptions.collect()).await?;

        let mut orders: Vec<Order> = Vec::new();
        for process in new_owners {
            let body = json!({ "scope": "OSL", "organization": owner_key(process) }).to_string();
            orders.push(Order::Issue { index: process, body });
        }
        let first_desk = roster.processes.len();
        for desk in missing {
            let Some((organization, process)) = desk_key(desk) else { continue };
            let body = json!({ "scope": "SI", "organization": organization, "process": process }).to_string();
            orders.push(Order::Issue { index: first_desk + desk, body });
        }
        let mut issued: HashMap<usize, Credential> = self.send("credentials", orders).await?.into_iter().collect();

        let mut take = |index: usize, pair: (String, String)| {
            issued.remove(&index).or_else(|| known.get(&pair).cloned()).context("the hub issued no credential")
        };
        let owners = (0..first_desk).map(|process| take(process, (owner_key(process), String::new())).map(Bearer::new));
        let owners: Vec<Bearer> = owners.collect::<Result<_>>()?;
        let desks = (0..roster.desks.len())
            .map(|desk| take(first_desk + desk, desk_key(desk).unwrap_or_default()).map(Bearer::new));
        let desks = desks.collect::<Result<_>>()?;
        Ok(World { owners, desks, version: self.hub.version(&self.token).await })
    }

    async fn register(&self, name: &str, what: &'static str, bodies: Vec<String>) -> Result<()> {
        let orders = bodies.into_iter().map(|body| Order::Register { what, body }).collect();
        self.send(name, orders).await.map(drop)
    }

    /// Several at a time; gives the credentials that were issued.
    async fn send(&self, name: &str, orders: Vec<Order>) -> Result<Vec<(usize, Credential)>> {
        let total = orders.len();
        let orders = Arc::new(orders);
        let next = Arc::new(AtomicUsize::new(0));
        let mut workers = JoinSet::new();
        for _ in 0..PARALLEL.min(total) {
            let (hub, token, orders, next) =
                (self.hub.clone(), self.token.clone(), Arc::clone(&orders), Arc::clone(&next));
            workers.spawn(async move {
                let mut issued = Vec::new();
                while let Some(order) = orders.get(next.fetch_add(1, Ordering::Relaxed)) {
                    issued.extend(send_one(&hub, &token, order).await?);
                }
                Ok::<_, anyhow::Error>(issued)
            });
        }
        let mut issued = Vec::new();
        let mut ticks = tokio::time::interval(TELL_EVERY);
        loop {
            tokio::select! {
                worker = workers.join_next() => match worker {
                    Some(worker) => issued.extend(worker.context("the world could not be made")??),
                    None => break,
                },
                _ = ticks.tick() => (self.progress)(name, next.load(Ordering::Relaxed).min(total), total),
            }
        }
        if total > 0 {
            (self.progress)(name, total, total);
        }
        Ok(issued)
    }
}

async fn send_one(hub: &Hub, token: &HeaderValue, order: &Order) -> Result<Option<(usize, Credential)>> {
    match order {
        Order::Issue { index, body } => {
            let credential = hub.issue(token, body.clone()).await.context("a credential could not be issued")?;
            Ok(Some((*index, credential)))
        }
        Order::Register { what, body } => {
            let answer = hub.register(token, what, body.clone()).await?;
            let text = String::from_utf8_lossy(&answer.body);
            if answer.status.is_success()
                || (answer.status == StatusCode::BAD_REQUEST && text.contains("already exists"))
            {
                return Ok(None);
            }
            let message: String = text.chars().take(300).collect();
            bail!("the hub refused one of the {what} with {}: {message}", answer.status)
        }
    }
}
