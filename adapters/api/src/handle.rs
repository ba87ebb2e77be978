//! What each operation does: read the request, call the use case, write the answer.

mod cases;
mod credentials;
mod deliveries;
mod desk;
mod endpoints;
mod events;
mod folders;
mod headers;
mod notifications;
mod portal;
mod referential;
mod request;
mod transfer;

use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, header};
use navette_router::entry::RequestName;
use navette_router::model::{ClientId, SecretHash, Timestamp};
use navette_router::ports::{Adapter, Attachments, Capabilities, Clock, Direction, Store};
use navette_router::{Caller, Hub};

use crate::endpoint::Endpoint;
use crate::error::{self, Failure};
use crate::{Body, BodyFault};
use request::Request;

/// Makes the secret half of credentials.
pub trait Secrets: Send + Sync + 'static {
    /// A new secret and what is kept of it.
    fn generate(&self) -> (String, SecretHash);
}

/// What the interface tells of the program around it.
pub trait Program: Send + Sync + 'static {
    /// The requests that were refused lately: those of this name, and those that were about this identifier. Oldest first.
    fn refusals(&self, id: &str) -> Vec<Refused>;

    /// How the program is: each check, and why it does not pass.
    fn checks(&self) -> Vec<Checked>;

    /// Its version, and the revision it was built from.
    fn version(&self) -> &'static str;

    /// Since when it runs.
    fn started_at(&self) -> Timestamp;
}

/// A request that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// When.
    pub at: Timestamp,
    /// Its name: the `X-Request-Id` of the answer.
    pub request: RequestName,
    /// Whose credential came with it.
    pub by: ClientId,
    /// The operation; none of an address that is none.
    pub operation: &'static str,
    /// Its path.
    pub path: Arc<str>,
    /// The status of the answer.
    pub status: u16,
    /// The answer: every fault that was found, and no personal data.
    pub answer: Bytes,
}

/// What a check of the program found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Which check.
    pub name: &'static str,
    /// Whether it passes.
    pub ok: bool,
    /// Why it does not.
    pub reason: Option<String>,
}

/// The interface over a hub.
pub struct Api<S, A, C> {
    hub: Arc<Hub<S, A, C>>,
    secrets: Arc<dyn Secrets>,
    program: Arc<dyn Program>,
    json_max_bytes: usize,
}

impl<S, A, C> std::fmt::Debug for Api<S, A, C> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Api").field("json_max_bytes", &self.json_max_bytes).finish_non_exhaustive()
    }
}

impl<S: Store, A: Attachments, C: Clock> Adapter for Api<S, A, C> {
    const NAME: &'static str = "api";

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            direction: Direction::Pull,
            return_flow: true,
            attachment_max_bytes: None,
            ordered: true,
            resumable: true,
            events: true,
        }
    }
}

type Answer = Result<Response<Body>, Failure>;

impl<S: Store, A: Attachments, C: Clock> Api<S, A, C> {
    /// The interface over `hub`; JSON bodies are at most `json_max_bytes` long.
    pub const fn new(
        hub: Arc<Hub<S, A, C>>,
        secrets: Arc<dyn Secrets>,
        program: Arc<dyn Program>,
        json_max_bytes: usize,
    ) -> Self {
        Self { hub, secrets, program, json_max_bytes }
    }

    /// Does what `endpoint` asks for. `decoded` says that the body was compressed, so that its length says nothing of the file's.
    pub async fn handle<B>(
        &self,
        caller: &Caller,
        endpoint: Endpoint,
        headers: &HeaderMap,
        decoded: bool,
        body: B,
    ) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let mut body = pin!(body);
        let json_max_bytes = self.json_max_bytes;
        let request = Request { caller, headers, decoded, json_max_bytes, body: body.as_mut() };
        let answer = self.answer(endpoint, request).await;
        let mut response = answer.unwrap_or_else(|failure| error::failure(&failure));
        response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }

    async fn answer<B>(&self, endpoint: Endpoint, request: Request<'_, B>) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        // Before the body is looked at: whoever may not ask learns nothing of what is wrong with the question.
        request.caller.require(endpoint.operation().scopes()).map_err(Failure::Hub)?;
        match endpoint {
            Endpoint::CreateFolder => self.create_folder(request).await,
            Endpoint::GetFolder(id) => self.get_folder(request, id).await,
            Endpoint::UpdateFolder(id) => self.update_folder(request, id).await,
            Endpoint::DeleteFolder(id) => self.delete_folder(request, id).await,
            Endpoint::Upload(target) => self.upload(request, target).await,
            Endpoint::ListNotifications(list) => self.list_notifications(request, list).await,
            Endpoint::DeleteNotification(id) => self.delete_notification(request, id).await,
            Endpoint::MigrateCases => self.migrate_cases(request).await,
            Endpoint::ListPurges => self.list_purges(request.caller).await,
            Endpoint::NotePurged => self.note_purged(request).await,
            Endpoint::GetCase(id, lite) => self.get_case(request, id, lite).await,
            Endpoint::UpdateCase(id) => self.update_case(request, id).await,
            Endpoint::DownloadCaseAttachment(case, id) => self.download_of_case(request, case, id).await,
            Endpoint::CreateEvent(case) => self.create_event(request, case).await,
            Endpoint::GetEvent(case, id) => self.get_event(request, case, id).await,
            Endpoint::UpdateEvent(case, id) => self.update_event(request, case, id).await,
            Endpoint::DeleteEvent(case, id) => self.delete_event(request, case, id).await,
            Endpoint::DownloadEventAttachment(case, event, id) => {
                self.download_of_event(request, case, event, id).await
            }
            Endpoint::ListDeliveries(list) => self.list_deliveries(request.caller, list).await,
            Endpoint::GetDelivery(id) => self.get_delivery(request.caller, id).await,
            Endpoint::ReplayDelivery(id) => self.replay_delivery(request.caller, id).await,
            Endpoint::CreateOrganization => self.create_organization(request).await,
            Endpoint::GetOrganization(key) => self.get_organization(request.caller, &key),
            Endpoint::ListOrganizations(query) => self.list_organizations(request.caller, &query),
            Endpoint::UpdateOrganization(key) => self.update_organization(request, &key).await,
            Endpoint::ListProcesses(query) => self.list_processes(request.caller, &query),
            Endpoint::UpdateProcess(code) => self.update_process(request, &code).await,
            Endpoint::ListSubscriptions(query) => self.list_subscriptions(request.caller, &query),
            Endpoint::UpdateSubscription(id) => self.update_subscription(request, id).await,
            Endpoint::CreateProcess => self.create_process(request).await,
            Endpoint::GetProcess(code) => self.get_process(request.caller, &code),
            Endpoint::CreateSubscription => self.create_subscription(request).await,
            Endpoint::GetSubscription(id) => self.get_subscription(request.caller, id),
            Endpoint::SetEndpoint(id) => self.set_endpoint(request, id).await,
            Endpoint::GetEndpoint(id) => self.get_endpoint(request.caller, id),
            Endpoint::RemoveEndpoint(id) => self.remove_endpoint(request.caller, id).await,
            Endpoint::PauseEndpoint(id) => self.pause_endpoint(request.caller, id, true).await,
            Endpoint::ResumeEndpoint(id) => self.pause_endpoint(request.caller, id, false).await,
            Endpoint::TestEndpoint(id) => self.test_endpoint(request.caller, id).await,
            Endpoint::ReplayDeliveries => self.replay_deliveries(request).await,
            Endpoint::CreateCredential => self.create_credential(request).await,
            Endpoint::ListCredentials => self.list_credentials(request.caller),
            Endpoint::RotateCredential(id) => self.rotate_credential(request, &id).await,
            Endpoint::Explain(id) => self.explain(request.caller, &id).await,
            Endpoint::ListActs(list) => self.list_acts(request.caller, list).await,
            Endpoint::GetStatus => self.get_status(request.caller),
            Endpoint::ListRetention(list) => self.list_retention(request.caller, list).await,
            Endpoint::DeleteCredential(id) => self.delete_credential(request, &id).await,
        }
    }
}
