//! Every operation of the interface, as one closed enum: a request is parsed into it before anything is done.

use http::{Method, StatusCode};
use navette_router::Faults;
use navette_router::hub::{NotificationQuery, Target};
use navette_router::model::{
    AttachmentId, CaseId, ClientId, EventId, FolderId, NotificationId, OrganizationKey, ProcessCode, SubscriptionId,
};

macro_rules! endpoints {
    ($($(#[$doc:meta])* $variant:ident $(($($part:ty),+))? = $name:literal;)+) => {
        /// One operation and what its address says.
        #[derive(Debug, Clone)]
        pub enum Endpoint { $($(#[$doc])* $variant $(($($part),+))?,)+ }

        impl Endpoint {
            /// The name of every operation.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The name of the operation: labels metrics.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $name),+ }
            }
        }
    };
}

endpoints! {
    /// `POST /folders`
    CreateFolder = "create_folder";
    /// `GET /folders/{id}`
    GetFolder(FolderId) = "get_folder";
    /// `PATCH /folders/{id}`
    UpdateFolder(FolderId) = "update_folder";
    /// `DELETE /folders/{id}`
    DeleteFolder(FolderId) = "delete_folder";
    /// `PUT …/attachments/{id}` of a folder or of an event
    Upload(Target) = "upload";
    /// `GET /notifications`
    ListNotifications(NotificationList) = "list_notifications";
    /// `DELETE /notifications/{id}`
    DeleteNotification(NotificationId) = "delete_notification";
    /// `GET /cases/{id}`, light or not
    GetCase(CaseId, bool) = "get_case";
    /// `PATCH /cases/{id}`
    UpdateCase(CaseId) = "update_case";
    /// `GET /cases/{id}/attachments/{id}`
    DownloadCaseAttachment(CaseId, AttachmentId) = "download_case_attachment";
    /// `POST /cases/{id}/events`
    CreateEvent(CaseId) = "create_event";
    /// `GET /cases/{id}/events/{id}`
    GetEvent(CaseId, EventId) = "get_event";
    /// `PATCH /cases/{id}/events/{id}`
    UpdateEvent(CaseId, EventId) = "update_event";
    /// `DELETE /cases/{id}/events/{id}`
    DeleteEvent(CaseId, EventId) = "delete_event";
    /// `GET /cases/{id}/events/{id}/attachments/{id}`
    DownloadEventAttachment(CaseId, EventId, AttachmentId) = "download_event_attachment";
    /// `POST /organizations`
    CreateOrganization = "create_organization";
    /// `GET /organizations/{key}`
    GetOrganization(OrganizationKey) = "get_organization";
    /// `POST /processes`
    CreateProcess = "create_process";
    /// `GET /processes/{code}`
    GetProcess(ProcessCode) = "get_process";
    /// `POST /subscriptions`
    CreateSubscription = "create_subscription";
    /// `GET /subscriptions/{id}`
    GetSubscription(SubscriptionId) = "get_subscription";
    /// `POST /navette/v1/credentials`
    CreateCredential = "create_credential";
    /// `DELETE /navette/v1/credentials/{id}`
    DeleteCredential(ClientId) = "delete_credential";
}

/// What of an inbox is asked for, and in how much detail.
#[derive(Debug, Clone, Default)]
pub struct NotificationList {
    /// Which ones.
    pub query: NotificationQuery,
    /// Whether each row says what kind of event it is about.
    pub event_details: bool,
}

/// Why a request is none of the operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is nothing at this address: 404.
    UnknownPath,
    /// There is, but not with this method: 405 with what is allowed.
    UnknownMethod(&'static str),
    /// The address or its query is malformed: 400 with every fault.
    Malformed(Faults),
}

impl Refusal {
    /// The status it is answered with.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::UnknownPath => StatusCode::NOT_FOUND,
            Self::UnknownMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
        }
    }
}

/// The parts of an address below its base.
const PARTS_MAX: usize = 7;

impl Endpoint {
    /// The operation that a request asks for. Pure: no socket is needed to test it.
    pub fn parse(method: &Method, path: &str, query: Option<&str>) -> Result<Self, Refusal> {
        let mut parts = [""; PARTS_MAX];
        let mut count = 0;
        for part in path.strip_prefix('/').ok_or(Refusal::UnknownPath)?.split('/') {
            *parts.get_mut(count).ok_or(Refusal::UnknownPath)? = part;
            count += 1;
        }
        let parts = parts.get(..count).unwrap_or_default();
        let (base, rest) = parts.split_at_checked(2).ok_or(Refusal::UnknownPath)?;
        let mut address = Address { faults: Faults::default() };
        let endpoint = match base {
            ["teledossiers", "v1"] => address.teledossiers(method, rest, query),
            ["referential", "v1"] => address.referential(method, rest, query),
            ["navette", "v1"] => address.navette(method, rest, query),
            _ => Err(Refusal::UnknownPath),
        }?;
        match endpoint {
            Some(endpoint) if address.faults.is_empty() => Ok(endpoint),
            _ => Err(Refusal::Malformed(address.faults)),
        }
    }
}

struct Address {
    faults: Faults,
}

type Found = Result<Option<Endpoint>, Refusal>;

impl Address {
    fn teledossiers(&mut self, method: &Method, parts: &[&str], query: Option<&str>) -> Found {
        let endpoint = match (parts, method.as_str()) {
            (["notifications"], "GET") => return Ok(self.notifications(query).map(Endpoint::ListNotifications)),
            (["notifications"], _) => return Err(Refusal::UnknownMethod("GET")),
            (["notifications", id], "DELETE") => self.id("notificationId", id).map(Endpoint::DeleteNotification),
            (["notifications", _], _) => return Err(Refusal::UnknownMethod("DELETE")),
            (["folders"], "POST") => Some(Endpoint::CreateFolder),
            (["folders"], _) => return Err(Refusal::UnknownMethod("POST")),
            (["folders", id], "GET") => self.id("folderId", id).map(Endpoint::GetFolder),
            (["folders", id], "PATCH") => self.id("folderId", id).map(Endpoint::UpdateFolder),
            (["folders", id], "DELETE") => self.id("folderId", id).map(Endpoint::DeleteFolder),
            (["folders", _], _) => return Err(Refusal::UnknownMethod("GET, PATCH, DELETE")),
            (["folders", folder, "attachments", attachment], "PUT") => {
                let (folder, attachment) = (self.id("folderId", folder), self.id("attachmentId", attachment));
                folder
                    .zip(attachment)
                    .map(|(folder, attachment)| Endpoint::Upload(Target::Folder { folder, attachment }))
            }
            (["folders", _, "attachments", _], _) => return Err(Refusal::UnknownMethod("PUT")),
            (["cases", id], "GET") => {
                let (id, lite) = (self.id("caseId", id), self.lite(query));
                return Ok(id.map(|id| Endpoint::GetCase(id, lite)));
            }
            (["cases", id], "PATCH") => self.id("caseId", id).map(Endpoint::UpdateCase),
            (["cases", _], _) => return Err(Refusal::UnknownMethod("GET, PATCH")),
            (["cases", case, "attachments", attachment], "GET") => {
                let (case, attachment) = (self.id("caseId", case), self.id("attachmentId", attachment));
                case.zip(attachment).map(|(case, attachment)| Endpoint::DownloadCaseAttachment(case, attachment))
            }
            (["cases", _, "attachments", _], _) => return Err(Refusal::UnknownMethod("GET")),
            (["cases", id, "events"], "POST") => self.id("caseId", id).map(Endpoint::CreateEvent),
            (["cases", _, "events"], _) => return Err(Refusal::UnknownMethod("POST")),
            (["cases", case, "events", event], "GET") => {
                self.event(case, event).map(|(case, event)| Endpoint::GetEvent(case, event))
            }
            (["cases", case, "events", event], "PATCH") => {
                self.event(case, event).map(|(case, event)| Endpoint::UpdateEvent(case, event))
            }
            (["cases", case, "events", event], "DELETE") => {
                self.event(case, event).map(|(case, event)| Endpoint::DeleteEvent(case, event))
            }
            (["cases", _, "events", _], _) => return Err(Refusal::UnknownMethod("GET, PATCH, DELETE")),
            (["cases", case, "events", event, "attachments", attachment], "PUT" | "GET") => {
                let (event, attachment) = (self.event(case, event), self.id("attachmentId", attachment));
                event.zip(attachment).map(|((case, event), attachment)| match *method {
                    Method::PUT => Endpoint::Upload(Target::Event { case, event, attachment }),
                    _ => Endpoint::DownloadEventAttachment(case, event, attachment),
                })
            }
            (["cases", _, "events", _, "attachments", _], _) => return Err(Refusal::UnknownMethod("GET, PUT")),
            _ => return Err(Refusal::UnknownPath),
        };
        self.no_query(query);
        Ok(endpoint)
    }

    fn referential(&mut self, method: &Method, parts: &[&str], query: Option<&str>) -> Found {
        let endpoint = match (parts, method.as_str()) {
            (["organizations"], "POST") => Some(Endpoint::CreateOrganization),
            (["processes"], "POST") => Some(Endpoint::CreateProcess),
            (["subscriptions"], "POST") => Some(Endpoint::CreateSubscription),
            (["organizations" | "processes" | "subscriptions"], _) => return Err(Refusal::UnknownMethod("POST")),
            (["organizations", key], "GET") => {
                let key = decode(key).parse().ok();
                if key.is_none() {
                    self.faults.add("id", "is not an organization key; write it like SI-22770001000019-77372");
                }
                key.map(Endpoint::GetOrganization)
            }
            // A code that no process can have is the code of no process.
            (["processes", code], "GET") => {
                Some(Endpoint::GetProcess(ProcessCode::new(&decode(code)).ok_or(Refusal::UnknownPath)?))
            }
            (["subscriptions", id], "GET") => self.id("subscriptionId", id).map(Endpoint::GetSubscription),
            (["organizations" | "processes" | "subscriptions", _], _) => return Err(Refusal::UnknownMethod("GET")),
            _ => return Err(Refusal::UnknownPath),
        };
        self.no_query(query);
        Ok(endpoint)
    }

    fn navette(&mut self, method: &Method, parts: &[&str], query: Option<&str>) -> Found {
        let endpoint = match (parts, method.as_str()) {
            (["credentials"], "POST") => Some(Endpoint::CreateCredential),
            (["credentials"], _) => return Err(Refusal::UnknownMethod("POST")),
            (["credentials", id], "DELETE") => {
                Some(Endpoint::DeleteCredential(ClientId::new(id).ok_or(Refusal::UnknownPath)?))
            }
            (["credentials", _], _) => return Err(Refusal::UnknownMethod("DELETE")),
            _ => return Err(Refusal::UnknownPath),
        };
        self.no_query(query);
        Ok(endpoint)
    }

    fn id<T: std::str::FromStr>(&mut self, name: &str, text: &str) -> Option<T> {
        let id = text.parse().ok();
        if id.is_none() {
            self.faults.add(name, format!("Input string \"{}\" is not a valid UUID", printable(text)));
        }
        id
    }

    fn event(&mut self, case: &str, event: &str) -> Option<(CaseId, EventId)> {
        let (case, event) = (self.id("caseId", case), self.id("eventId", event));
        case.zip(event)
    }

    fn no_query(&mut self, query: Option<&str>) {
        self.query(query, |_, _, _| false);
    }

    fn lite(&mut self, query: Option<&str>) -> bool {
        let mut lite = false;
        self.query(query, |faults, name, value| {
            let known = name == "lite";
            if known {
                lite = boolean(faults, name, value);
            }
            known
        });
        lite
    }

    fn notifications(&mut self, query: Option<&str>) -> Option<NotificationList> {
        let mut list = NotificationList::default();
        self.query(query, |faults, name, value| {
            match name {
                "maxResult" => list.query.limit = number(faults, name, value, 1),
                "offSet" | "offset" => list.query.offset = number(faults, name, value, 0).unwrap_or_default(),
                "eventDetails" => list.event_details = boolean(faults, name, value),
                "processCode" => codes(faults, name, value, &mut list.query.processes),
                "processPriority" => codes(faults, name, value, &mut list.query.priority),
                _ => return false,
            }
            true
        });
        Some(list)
    }

    /// Gives each parameter to `take`, which says whether it knows it.
    fn query(&mut self, query: Option<&str>, mut take: impl FnMut(&mut Faults, &str, &str) -> bool) {
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name), decode(value));
            if !take(&mut self.faults, &name, &value) {
                let name = printable(&name);
                self.faults.add(format!("@query.{name}"), format!("Query parameter '{name}' is unexpected; remove it"));
            }
        }
    }
}

fn number(faults: &mut Faults, name: &str, value: &str, least: usize) -> Option<usize> {
    match value.parse::<usize>() {
        Ok(number) if number >= least => Some(number),
        Ok(_) => {
            faults.add(format!("@query.{name}"), format!("must be at least {least}"));
            None
        }
        Err(_) => {
            let message = "Instance type (string) does not match any allowed primitive type (allowed: [\"integer\",\"number\"]); give a whole number";
            faults.add(format!("@query.{name}"), message);
            None
        }
    }
}

fn boolean(faults: &mut Faults, name: &str, value: &str) -> bool {
    match value {
        "true" => true,
        "false" | "" => false,
        _ => {
            faults.add(format!("@query.{name}"), "is neither true nor false");
            false
        }
    }
}

fn codes(faults: &mut Faults, name: &str, value: &str, codes: &mut Vec<ProcessCode>) {
    const CODES_MAX: usize = 200;
    for code in value.split(',').map(str::trim).filter(|code| !code.is_empty()) {
        match ProcessCode::new(code) {
            Some(code) if codes.len() < CODES_MAX => codes.push(code),
            Some(_) => faults.add(format!("@query.{name}"), format!("holds more than {CODES_MAX} codes")),
            None => faults.add(format!("@query.{name}"), "holds a value that is not a process code"),
        }
    }
}

/// Percent-decodes; what is not UTF-8 afterwards becomes the replacement character, which no name and no code can hold.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |byte: u8| (byte as char).to_digit(16).unwrap_or_default();
                bytes.push(u8::try_from(digit(*high) * 16 + digit(*low)).unwrap_or_default());
                rest = after;
            }
            (b'+', _) => bytes.push(b' '),
            (other, _) => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// What a message may repeat of what was sent.
fn printable(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() && *c != '"').take(64).collect()
}
