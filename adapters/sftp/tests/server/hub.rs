//! A hub in memory: accounts, and what waits for each.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use navette_adapter_kit::Parcel;
use navette_adapter_sftp::server::{Inboxes, Waiting};
use navette_router::model::{NotificationId, ProcessCode};
use navette_router::ports::{Delivery, Error, ErrorKind};
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};

pub(crate) const USER: &str = "0d7e2c1a-commune";
pub(crate) const PASSWORD: &str = "le secret de la commune";
/// Another account, with the same password.
pub(crate) const NEIGHBOUR: &str = "1f9b3d2c-voisine";

/// What waits for everybody.
#[derive(Default)]
pub(crate) struct Hub {
    inboxes: Mutex<HashMap<String, Inbox>>,
    /// How many pages were asked for.
    pub(crate) pages: AtomicUsize,
    /// Whether nothing can be answered.
    pub(crate) fails: AtomicBool,
    /// Whether whoever looks for a message meets a fault of the program.
    pub(crate) panics: AtomicBool,
    /// Whether nothing is ever answered.
    pub(crate) stalls: AtomicBool,
}

#[derive(Default)]
struct Inbox {
    messages: Vec<Message>,
    places: HashMap<NotificationId, usize>,
}

struct Message {
    id: NotificationId,
    waits: bool,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Whole(Box<Delivery>),
    /// One of many that differ in nothing but their number.
    Numbered(std::sync::Arc<Delivery>, usize),
}

impl Message {
    fn waiting(&self) -> Waiting {
        let delivery = match &self.content {
            Content::Whole(delivery) => (**delivery).clone(),
            Content::Numbered(model, number) => {
                let mut delivery = (**model).clone();
                delivery.folder.external_id = format!("A-9-N{number:06}");
                delivery
            }
        };
        Waiting { id: self.id, process: "DAUA".to_owned(), delivery }
    }
}

pub(crate) fn parcel(number: u32, files: &[(&str, u64)]) -> Parcel {
    Parcel::new(&ProcessCode::new("DAUA").unwrap(), number, files)
}

impl Hub {
    /// Something waits for an account from now on.
    pub(crate) fn put(&self, user: &str, delivery: &Delivery) -> NotificationId {
        self.add(user, Content::Whole(Box::new(delivery.clone())))
    }

    /// So many messages wait for an account, called `A-9-N000000-DAUA-1.zip` and so on.
    pub(crate) fn put_many(&self, user: &str, delivery: &Delivery, count: usize) {
        let model = std::sync::Arc::new(delivery.clone());
        for number in 0..count {
            self.add(user, Content::Numbered(std::sync::Arc::clone(&model), number));
        }
    }

    fn add(&self, user: &str, content: Content) -> NotificationId {
        let id = NotificationId::generate();
        let mut inboxes = self.inboxes.lock();
        let inbox = inboxes.entry(user.to_owned()).or_default();
        inbox.places.insert(id, inbox.messages.len());
        inbox.messages.push(Message { id, waits: true, content });
        id
    }

    /// Whether it still waits.
    pub(crate) fn waits(&self, user: &str, id: NotificationId) -> bool {
        let inboxes = self.inboxes.lock();
        inboxes[user].messages.iter().any(|message| message.id == id && message.waits)
    }

    /// Acknowledges it as somebody else would, by another way.
    pub(crate) fn take(&self, user: &str, id: NotificationId) {
        let mut inboxes = self.inboxes.lock();
        let inbox = inboxes.get_mut(user).expect("an inbox");
        let place = inbox.places[&id];
        inbox.messages[place].waits = false;
    }

    async fn answers(&self) -> Result<(), Error> {
        if self.stalls.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if self.fails.load(Ordering::SeqCst) { Err(ErrorKind::Unavailable.into()) } else { Ok(()) }
    }
}

impl Inboxes for Hub {
    type Account = String;

    async fn log_in(&self, user: &str, password: &SecretString, _: IpAddr) -> Result<Option<String>, Error> {
        self.answers().await?;
        let is_known = [USER, NEIGHBOUR].contains(&user) && password.expose_secret() == PASSWORD;
        Ok(is_known.then(|| user.to_owned()))
    }

    async fn waiting(
        &self,
        account: &String,
        after: Option<NotificationId>,
        limit: usize,
    ) -> Result<Vec<Waiting>, Error> {
        self.answers().await?;
        self.pages.fetch_add(1, Ordering::SeqCst);
        let inboxes = self.inboxes.lock();
        let Some(inbox) = inboxes.get(account) else { return Ok(Vec::new()) };
        let start = after.map_or(0, |after| inbox.places[&after] + 1);
        let messages = inbox.messages[start..].iter().filter(|message| message.waits);
        Ok(messages.take(limit).map(Message::waiting).collect())
    }

    async fn find(&self, account: &String, id: NotificationId) -> Result<Option<Waiting>, Error> {
        self.answers().await?;
        assert!(!self.panics.load(Ordering::SeqCst), "a fault of the program");
        let inboxes = self.inboxes.lock();
        let Some(inbox) = inboxes.get(account) else { return Ok(None) };
        let message = inbox.places.get(&id).map(|place| &inbox.messages[*place]);
        Ok(message.filter(|message| message.waits).map(Message::waiting))
    }

    async fn acknowledge(&self, account: &String, id: NotificationId) -> Result<(), Error> {
        self.answers().await?;
        let mut inboxes = self.inboxes.lock();
        let inbox = inboxes.get_mut(account).ok_or(ErrorKind::Corrupt)?;
        let place = *inbox.places.get(&id).ok_or(ErrorKind::Corrupt)?;
        inbox.messages[place].waits = false;
        Ok(())
    }
}
