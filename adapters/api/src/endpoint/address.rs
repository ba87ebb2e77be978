//! Which path and method is which operation.

use std::str::FromStr;

use http::Method;
use navette_router::Faults;
use navette_router::hub::Target;
use navette_router::model::{CaseId, ClientId, EventId, OrganizationKey, ProcessCode};

use super::{ActList, DeliveryList, Endpoint, Refusal, query, text};

/// The length of a UUID as the contract writes it: other notations are not identifiers.
const UUID_CHARS: usize = 36;

/// The length of whatever may be asked about.
const ANY_ID_MAX_CHARS: usize = 64;

/// An operation, unless a part of its address is malformed, which is among the faults then.
type Found = Result<Option<Endpoint>, Refusal>;

/// An address on its way to be an operation.
pub(super) struct Address<'a> {
    method: &'a Method,
    query: Option<&'a str>,
    faults: Faults,
}

impl<'a> Address<'a> {
    pub(super) fn new(method: &'a Method, query: Option<&'a str>) -> Self {
        Self { method, query, faults: Faults::default() }
    }

    /// The operation, if nothing was wrong with its address.
    pub(super) fn finish(self, endpoint: Option<Endpoint>) -> Result<Endpoint, Refusal> {
        match endpoint {
            Some(endpoint) if self.faults.is_empty() => Ok(endpoint),
            _ => Err(Refusal::Malformed(self.faults)),
        }
    }

    pub(super) fn teledossiers(&mut self, parts: &[&str]) -> Found {
        let endpoint = match (parts, self.method.as_str()) {
            (["notifications"], "GET") => {
                let list = query::notifications(self.query, &mut self.faults);
                return Ok(Some(Endpoint::ListNotifications(list)));
            }
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
            (["cases", "migrate"], "PUT") => Some(Endpoint::MigrateCases),
            (["cases", "migrate"], _) => return Err(Refusal::UnknownMethod("PUT")),
            (["attachmentsIdsForPurge"], "GET") => Some(Endpoint::ListPurges),
            (["attachmentsIdsForPurge"], _) => return Err(Refusal::UnknownMethod("GET")),
            (["idsPurged"], "PUT") => Some(Endpoint::NotePurged),
            (["idsPurged"], _) => return Err(Refusal::UnknownMethod("PUT")),
            (["cases", rest @ ..], _) => return self.cases(rest),
            _ => return Err(Refusal::UnknownPath),
        };
        query::none(self.query, &mut self.faults);
        Ok(endpoint)
    }

    fn cases(&mut self, parts: &[&str]) -> Found {
        let endpoint = match (parts, self.method.as_str()) {
            ([id], "GET") => {
                let (id, lite) = (self.id("caseId", id), query::lite(self.query, &mut self.faults));
                return Ok(id.map(|id| Endpoint::GetCase(id, lite)));
            }
            ([id], "PATCH") => self.id("caseId", id).map(Endpoint::UpdateCase),
            ([_], _) => return Err(Refusal::UnknownMethod("GET, PATCH")),
            ([case, "attachments", attachment], "GET") => {
                let (case, attachment) = (self.id("caseId", case), self.id("attachmentId", attachment));
                case.zip(attachment).map(|(case, attachment)| Endpoint::DownloadCaseAttachment(case, attachment))
            }
            ([_, "attachments", _], _) => return Err(Refusal::UnknownMethod("GET")),
            ([id, "events"], "POST") => self.id("caseId", id).map(Endpoint::CreateEvent),
            ([_, "events"], _) => return Err(Refusal::UnknownMethod("POST")),
            ([case, "events", event], "GET") => self.event(case, event).map(|(case, id)| Endpoint::GetEvent(case, id)),
            ([case, "events", event], "PATCH") => {
                self.event(case, event).map(|(case, id)| Endpoint::UpdateEvent(case, id))
            }
            ([case, "events", event], "DELETE") => {
                self.event(case, event).map(|(case, id)| Endpoint::DeleteEvent(case, id))
            }
            ([_, "events", _], _) => return Err(Refusal::UnknownMethod("GET, PATCH, DELETE")),
            ([case, "events", event, "attachments", attachment], "GET") => {
                let (event, attachment) = (self.event(case, event), self.id("attachmentId", attachment));
                let found = event.zip(attachment);
                found.map(|((case, event), file)| Endpoint::DownloadEventAttachment(case, event, file))
            }
            ([case, "events", event, "attachments", attachment], "PUT") => {
                let (event, attachment) = (self.event(case, event), self.id("attachmentId", attachment));
                let found = event.zip(attachment);
                found.map(|((case, event), attachment)| Endpoint::Upload(Target::Event { case, event, attachment }))
            }
            ([_, "events", _, "attachments", _], _) => return Err(Refusal::UnknownMethod("GET, PUT")),
            _ => return Err(Refusal::UnknownPath),
        };
        query::none(self.query, &mut self.faults);
        Ok(endpoint)
    }

    pub(super) fn referential(&mut self, parts: &[&str]) -> Found {
        let list = match (parts, self.method.as_str()) {
            (["organizations"], "GET") => {
                Some(Endpoint::ListOrganizations(query::organizations(self.query, &mut self.faults)))
            }
            (["processes"], "GET") => Some(Endpoint::ListProcesses(query::processes(self.query, &mut self.faults))),
            (["subscriptions"], "GET") => {
                Some(Endpoint::ListSubscriptions(query::subscriptions(self.query, &mut self.faults)))
            }
            _ => None,
        };
        if list.is_some() {
            return Ok(list);
        }
        if (parts, self.method.as_str()) == (["organizations"].as_slice(), "POST") {
            // The published interface gives the filters of the list to the whole address: they are read, and mean nothing here.
            query::organizations(self.query, &mut self.faults);
            return Ok(Some(Endpoint::CreateOrganization));
        }
        let endpoint = match (parts, self.method.as_str()) {
            (["processes"], "POST") => Some(Endpoint::CreateProcess),
            (["subscriptions"], "POST") => Some(Endpoint::CreateSubscription),
            (["organizations" | "processes" | "subscriptions"], _) => return Err(Refusal::UnknownMethod("GET, POST")),
            (["organizations", key], "GET") => self.key(key).map(Endpoint::GetOrganization),
            (["organizations", key], "PUT") => self.key(key).map(Endpoint::UpdateOrganization),
            (["processes", code], "GET") => self.code(code).map(Endpoint::GetProcess),
            (["processes", code], "PUT") => self.code(code).map(Endpoint::UpdateProcess),
            (["subscriptions", id], "GET") => self.id("subscriptionId", id).map(Endpoint::GetSubscription),
            (["subscriptions", id], "PUT") => self.id("subscriptionId", id).map(Endpoint::UpdateSubscription),
            (["organizations" | "processes" | "subscriptions", _], _) => {
                return Err(Refusal::UnknownMethod("GET, PUT"));
            }
            _ => return Err(Refusal::UnknownPath),
        };
        query::none(self.query, &mut self.faults);
        Ok(endpoint)
    }

    pub(super) fn deliveries(&mut self, parts: &[&str]) -> Found {
        let endpoint = match (parts, self.method.as_str()) {
            ([], "GET") => {
                let (before, limit) = query::latest(self.query, &mut self.faults);
                return Ok(Some(Endpoint::ListDeliveries(DeliveryList { before, limit })));
            }
            ([id], "GET") => self.id("deliveryId", id).map(Endpoint::GetDelivery),
            ([] | [_], _) => return Err(Refusal::UnknownMethod("GET")),
            ([id, "replay"], "POST") => self.id("deliveryId", id).map(Endpoint::ReplayDelivery),
            ([_, "replay"], _) => return Err(Refusal::UnknownMethod("POST")),
            _ => return Err(Refusal::UnknownPath),
        };
        query::none(self.query, &mut self.faults);
        Ok(endpoint)
    }

    fn client_id(&mut self, text: &str) -> Option<ClientId> {
        self.word("client_id", text, ClientId::new, "a client identifier; write it as the hub gave it")
    }

    /// An identifier of the hub, or the name of a request.
    fn any_id(&mut self, text: &str) -> Option<String> {
        let sane = |id: &str| {
            let sane = (1..=ANY_ID_MAX_CHARS).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
            sane.then(|| id.to_owned())
        };
        self.word("any_id", text, sane, "an identifier; write it as the hub gave it")
    }

    fn key(&mut self, text: &str) -> Option<OrganizationKey> {
        self.word("id", text, |key| key.parse().ok(), "an organization key; write it like SI-22770001000019-77372")
    }

    fn code(&mut self, text: &str) -> Option<ProcessCode> {
        self.word("code", text, ProcessCode::new, "a process code; check its spelling")
    }

    pub(super) fn administration(&mut self, parts: &[&str]) -> Found {
        if (parts, self.method.as_str()) == (["retention"].as_slice(), "GET") {
            return Ok(Some(Endpoint::ListRetention(query::retention(self.query, &mut self.faults))));
        }
        if (parts, self.method.as_str()) == (["log"].as_slice(), "GET") {
            let (before, limit) = query::latest(self.query, &mut self.faults);
            return Ok(Some(Endpoint::ListActs(ActList { before, limit })));
        }
        let endpoint = match (parts, self.method.as_str()) {
            (["explain", id], "GET") => self.any_id(id).map(Endpoint::Explain),
            (["status"], "GET") => Some(Endpoint::GetStatus),
            (["explain", _] | ["status" | "log"], _) => return Err(Refusal::UnknownMethod("GET")),
            (["subscriptions", id, "endpoint"], "PUT") => self.id("subscriptionId", id).map(Endpoint::SetEndpoint),
            (["subscriptions", id, "endpoint"], "GET") => self.id("subscriptionId", id).map(Endpoint::GetEndpoint),
            (["subscriptions", id, "endpoint"], "DELETE") => {
                self.id("subscriptionId", id).map(Endpoint::RemoveEndpoint)
            }
            (["subscriptions", _, "endpoint"], _) => return Err(Refusal::UnknownMethod("GET, PUT, DELETE")),
            (["subscriptions", id, "endpoint", "pause"], "POST") => {
                self.id("subscriptionId", id).map(Endpoint::PauseEndpoint)
            }
            (["subscriptions", id, "endpoint", "resume"], "POST") => {
                self.id("subscriptionId", id).map(Endpoint::ResumeEndpoint)
            }
            (["subscriptions", id, "endpoint", "test"], "POST") => {
                self.id("subscriptionId", id).map(Endpoint::TestEndpoint)
            }
            (["subscriptions", _, "endpoint", "pause" | "resume" | "test"], _) => {
                return Err(Refusal::UnknownMethod("POST"));
            }
            (["deliveries", "replay"], "POST") => Some(Endpoint::ReplayDeliveries),
            (["deliveries", "replay"], _) => return Err(Refusal::UnknownMethod("POST")),
            (["credentials"], "POST") => Some(Endpoint::CreateCredential),
            (["credentials"], "GET") => Some(Endpoint::ListCredentials),
            (["credentials"], _) => return Err(Refusal::UnknownMethod("GET, POST")),
            (["credentials", id, "rotate"], "POST") => self.client_id(id).map(Endpoint::RotateCredential),
            (["credentials", _, "rotate"], _) => return Err(Refusal::UnknownMethod("POST")),
            (["retention"], _) => return Err(Refusal::UnknownMethod("GET")),
            (["credentials", id], "DELETE") => self.client_id(id).map(Endpoint::DeleteCredential),
            (["credentials", _], _) => return Err(Refusal::UnknownMethod("DELETE")),
            _ => return Err(Refusal::UnknownPath),
        };
        query::none(self.query, &mut self.faults);
        Ok(endpoint)
    }

    fn id<T: FromStr>(&mut self, name: &str, text: &str) -> Option<T> {
        let read = |text: &str| (text.len() == UUID_CHARS).then(|| text.parse().ok()).flatten();
        self.word(name, text, read, "a valid UUID")
    }

    fn event(&mut self, case: &str, event: &str) -> Option<(CaseId, EventId)> {
        let (case, event) = (self.id("caseId", case), self.id("eventId", event));
        case.zip(event)
    }

    fn word<T>(&mut self, name: &str, text: &str, read: impl FnOnce(&str) -> Option<T>, what: &str) -> Option<T> {
        let text = text::part(text);
        let word = read(&text);
        if word.is_none() {
            self.faults.add("", format!("[{name}] Input string \"{}\" is not {what}", text::printable(&text)));
        }
        word
    }
}
