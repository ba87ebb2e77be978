//! The organizations, processes, subscriptions and credentials that a run needs, registered at the hub once and kept in a file.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result, anyhow, bail};
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::task::JoinSet;

use crate::access::{Access, Credential};
use crate::bearer::Bearer;
use crate::geography::Place;
use crate::hub::Hub;
use crate::roster::Roster;
use crate::wire::Failure;

/// Requests at a time while the world is made.
const PARALLEL: usize = 32;
const FORMATS: [&str; 1] = ["application/pdf"];
/// The type of every file.
pub(crate) const FILE_TYPE: &str = "PIECE_JOINTE";

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

/// What is kept from one run to the next: secrets that the hub shows once.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    token_url: String,
    credentials: Vec<Credential>,
}

/// How far it is.
pub(crate) type Progress = dyn Fn(&str, usize, usize) + Send + Sync;

/// Registers what is not in `file`, and writes the file.
///
/// # Errors
/// When the hub refuses something, or the file does not belong to it.
pub(crate) async fn prepare(
    hub: &Hub,
    access: &Access,
    roster: &Arc<Roster>,
    file: Option<&Path>,
    progress: &Progress,
) -> Result<World> {
    let administrator = access.administrator().context("a credential of the scope ADMIN is needed")?;
    let token = hub.token(administrator).await.map_err(|failure| unwelcome(&failure, access))?;
    let mut kept = match file {
        Some(path) if path.exists() => load(path, access)?,
        _ => Kept { token_url: access.token_url.clone(), credentials: Vec::new() },
    };
    let mut known: HashMap<(String, String), Credential> = HashMap::new();
    for credential in kept.credentials.drain(..) {
        known.insert(
            (credential.organization.clone().unwrap_or_default(), credential.process.clone().unwrap_or_default()),
            credential,
        );
    }
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
            let credential = bearer.credential();
            let key =
                (credential.organization.clone().unwrap_or_default(), credential.process.clone().unwrap_or_default());
            known.insert(key, credential.clone());
        }
        kept.credentials = known.into_values().collect();
        keep(path, &kept)?;
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

fn load(path: &Path, access: &Access) -> Result<Kept> {
    let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let kept: Kept = serde_json::from_slice(&bytes)
        .with_context(|| format!("{} is not what a former run wrote: delete it", path.display()))?;
    if kept.token_url == access.token_url {
        return Ok(kept);
    }
    bail!("{} belongs to the hub at {}: name another file with --world", path.display(), kept.token_url)
}

fn keep(path: &Path, kept: &Kept) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let temporary = path.with_extension("tmp");
        let mut file = std::fs::File::options().create(true).truncate(true).write(true).mode(0o600).open(&temporary)?;
        file.write_all(&serde_json::to_vec(kept)?)?;
        std::fs::rename(&temporary, path)
    };
    write().with_context(|| format!("{} cannot be written", path.display()))
}

struct Maker<'a> {
    hub: Hub,
    token: HeaderValue,
    progress: &'a Progress,
}

/// A request that registers something.
enum Order {
    Register { what: &'static str, body: String },
    Issue { index: usize, body: String },
}

impl Maker<'_> {
    async fn make(&self, roster: &Arc<Roster>, known: &HashMap<(String, String), Credential>) -> Result<World> {
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
        let mut ticks = tokio::time::interval(std::time::Duration::from_millis(200));
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

fn key(kind: &str, place: &Place) -> String {
    let mut key = String::new();
    // Writing to a text cannot fail.
    write!(key, "{kind}-{}-{}", place.siret, place.branch).ok();
    key
}

fn organization(kind: &str, place: &Place) -> String {
    json!({
        "type": kind, "companyRegister": place.siret, "branchCode": place.branch, "name": place.name,
        "code": place.branch, "country": "France", "postalCode": place.branch, "territory": place.name, "status": "Actif",
    })
    .to_string()
}

fn process(plan: &crate::profile::ProcessPlan, owner: &Place) -> String {
    json!({
        "code": plan.code, "name": plan.name, "isActivated": true,
        "osl": { "type": "OSL", "companyRegister": owner.siret, "branchCode": owner.branch },
        "attachmentFormatsEnabled": FORMATS, "siAttachmentFormatsEnabled": FORMATS, "attachmentTypesEnabled": [FILE_TYPE],
        "attachmentMaxSizeEnabled": crate::quantity::MAX_FILE_BYTES, "statusBeforeFileDeletion": "DONE",
        "timeBeforeFileDeletion": 3_650, "timeBeforeArchiving": 3_650, "timeBeforeFolderDeletion": 3_650,
        "messageToTransmitter": true, "subscriptionValidation": "Auto",
    })
    .to_string()
}

fn subscription(place: &Place, process: &str) -> String {
    json!({
        "datapassId": 1, "processCode": process, "accessMode": "API", "notificationFrequency": "Aucune", "status": "Actif",
        "subscriber": { "type": "SI", "companyRegister": place.siret, "branchCode": place.branch },
        "localAdministrator": { "email": "charge@example.fr" },
        "activateDateTime": "2020-01-01T00:00:00Z", "validateDateTime": "2020-01-01T00:00:00Z",
    })
    .to_string()
}
