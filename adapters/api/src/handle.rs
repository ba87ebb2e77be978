//! What each operation does: read the request, call the use case, write the answer.

use std::pin::pin;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use navette_router::hub::{CredentialDraft, Download, Expectation, ReceiveError, Target};
use navette_router::model::{
    AttachmentStatus, Check, Digest, EventDraft, EventStatus, FolderDraft, OrganizationDraft, PartnerInfo,
    ProcessDraft, SecretHash, Status, SubscriptionDraft,
};
use navette_router::ports::{Adapter, Attachments, Capabilities, Clock, Direction, Store};
use navette_router::{Caller, Error, Faults, Hub};

use crate::bodies::{Draft, FolderStatusDraft, StatusDraft};
use crate::endpoint::{Endpoint, NotificationList};
use crate::range::{self, Part};
use crate::{Body, BodyFault, answer, error, field};

/// Makes the secret half of credentials.
pub trait Secrets: Send + Sync + 'static {
    /// A new secret and what is kept of it.
    fn generate(&self) -> (String, SecretHash);
}

/// The interface over a hub.
pub struct Api<S, A, C> {
    hub: Arc<Hub<S, A, C>>,
    secrets: Arc<dyn Secrets>,
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
        Capabilities { direction: Direction::Pull, return_flow: true, attachment_max_bytes: None, ordered: true }
    }
}

type Answer = Result<Response<Body>, Response<Body>>;

impl<S: Store, A: Attachments, C: Clock> Api<S, A, C> {
    /// The interface over `hub`; JSON bodies are at most `json_max_bytes` long.
    pub const fn new(hub: Arc<Hub<S, A, C>>, secrets: Arc<dyn Secrets>, json_max_bytes: usize) -> Self {
        Self { hub, secrets, json_max_bytes }
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
        let answer = self.answer(caller, endpoint, headers, decoded, body.as_mut()).await;
        let mut response = answer.unwrap_or_else(|refusal| refusal);
        response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }

    async fn answer<B>(
        &self,
        caller: &Caller,
        endpoint: Endpoint,
        headers: &HeaderMap,
        decoded: bool,
        body: std::pin::Pin<&mut B>,
    ) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let hub = &*self.hub;
        match endpoint {
            Endpoint::CreateFolder => {
                let (draft, faults) = self.draft::<FolderDraft, _>(headers, body).await?;
                let view = hub.create_folder(caller, draft, partner_info(headers), faults).await.map_err(refused)?;
                Ok(answer::json(StatusCode::CREATED, &answer::FolderAnswer::from(&view)))
            }
            Endpoint::GetFolder(id) => {
                let view = hub.folder(caller, id).await.map_err(refused)?;
                Ok(answer::json(StatusCode::OK, &answer::FolderAnswer::from(&view)))
            }
            Endpoint::UpdateFolder(id) => {
                let (draft, mut faults) = self.draft::<FolderStatusDraft, _>(headers, body).await?;
                let mut check = Check::new(&mut faults, "");
                let status = check.word::<Status>("globalStatus", draft.status, "the statuses of a folder");
                let closed_at = check.optional_date("closeDateTime", draft.closed_at);
                let status = whole(status, faults)?;
                hub.update_folder(caller, id, status, closed_at).await.map_err(refused)?;
                Ok(answer::empty(StatusCode::NO_CONTENT))
            }
            Endpoint::DeleteFolder(id) => {
                hub.delete_folder(caller, id).await.map_err(refused)?;
                Ok(answer::empty(StatusCode::NO_CONTENT))
            }
            Endpoint::Upload(target) => self.upload(caller, target, headers, decoded, body).await,
            Endpoint::ListNotifications(list) => self.notifications(caller, list).await,
            Endpoint::DeleteNotification(id) => {
                hub.delete_notification(caller, id).await.map_err(refused)?;
                Ok(answer::empty(StatusCode::NO_CONTENT))
            }
            Endpoint::GetCase(id, lite) => {
                let view = hub.case(caller, id, lite).await.map_err(refused)?;
                Ok(answer::json(StatusCode::OK, &answer::CaseAnswer::from(&view)))
            }
            Endpoint::UpdateCase(id) => {
                let (draft, mut faults) = self.draft::<StatusDraft, _>(headers, body).await?;
                let status =
                    Check::new(&mut faults, "").word::<Status>("status", draft.status, "the statuses of a case");
                hub.update_case(caller, id, whole(status, faults)?).await.map_err(refused)?;
                Ok(answer::empty(StatusCode::NO_CONTENT))
            }
            Endpoint::DownloadCaseAttachment(case, attachment) => {
                let mut part = Part::Whole;
                let select = |size| selected(headers, size, &mut part);
                let download = hub.download_of_case(caller, case, attachment, select).await.map_err(refused)?;
                Ok(file(download, part))
            }
            Endpoint::DownloadEventAttachment(case, event, attachment) => {
                let mut part = Part::Whole;
                let select = |size| selected(headers, size, &mut part);
                let download = hub.download_of_event(caller, case, event, attachment, select).await.map_err(refused)?;
                Ok(file(download, part))
            }
            Endpoint::CreateEvent(case) => {
                let (draft, faults) = self.draft::<EventDraft, _>(headers, body).await?;
                let view = hub.post_event(caller, case, draft, partner_info(headers), faults).await.map_err(refused)?;
                Ok(answer::json(StatusCode::CREATED, &answer::EventAnswer::from(&view)))
            }
            Endpoint::GetEvent(case, event) => {
                let view = hub.event(caller, case, event).await.map_err(refused)?;
                Ok(answer::json(StatusCode::OK, &answer::EventAnswer::from(&view)))
            }
            Endpoint::UpdateEvent(case, event) => {
                let (draft, mut faults) = self.draft::<StatusDraft, _>(headers, body).await?;
                let status = Check::new(&mut faults, "").word::<EventStatus>("status", draft.status, "SENT, RECEIVED");
                hub.update_event(caller, case, event, whole(status, faults)?).await.map_err(refused)?;
                Ok(answer::empty(StatusCode::NO_CONTENT))
            }
            Endpoint::DeleteEvent(case, event) => {
                hub.delete_event(caller, case, event).await.map_err(refused)?;
                Ok(answer::empty(StatusCode::NO_CONTENT))
            }
            Endpoint::CreateOrganization => {
                let (draft, faults) = self.draft::<OrganizationDraft, _>(headers, body).await?;
                let organization = hub.create_organization(caller, draft, faults).await.map_err(refused)?;
                Ok(answer::json(StatusCode::CREATED, &answer::OrganizationAnswer::from(&organization)))
            }
            Endpoint::GetOrganization(key) => {
                let organization = hub.organization(caller, &key).map_err(refused)?;
                Ok(answer::json(StatusCode::OK, &answer::OrganizationAnswer::from(&organization)))
            }
            Endpoint::CreateProcess => {
                let (draft, faults) = self.draft::<ProcessDraft, _>(headers, body).await?;
                let process = hub.create_process(caller, draft, faults).await.map_err(refused)?;
                Ok(answer::json(StatusCode::CREATED, &answer::ProcessAnswer::from(&process)))
            }
            Endpoint::GetProcess(code) => {
                let process = hub.process(caller, &code).map_err(refused)?;
                Ok(answer::json(StatusCode::OK, &answer::ProcessAnswer::from(&process)))
            }
            Endpoint::CreateSubscription => {
                let (draft, faults) = self.draft::<SubscriptionDraft, _>(headers, body).await?;
                let subscription = hub.create_subscription(caller, draft, faults).await.map_err(refused)?;
                Ok(answer::json(StatusCode::CREATED, &answer::SubscriptionAnswer::from(&subscription)))
            }
            Endpoint::GetSubscription(id) => {
                let subscription = hub.subscription(caller, id).map_err(refused)?;
                Ok(answer::json(StatusCode::OK, &answer::SubscriptionAnswer::from(&subscription)))
            }
            Endpoint::CreateCredential => {
                let (draft, faults) = self.draft::<CredentialDraft, _>(headers, body).await?;
                let (secret, hash) = self.secrets.generate();
                let credential = hub.issue_credential(caller, draft, hash, faults).await.map_err(refused)?;
                Ok(answer::json(StatusCode::CREATED, &answer::credential(&credential, &secret)))
            }
            Endpoint::DeleteCredential(id) => {
                hub.revoke_credential(caller, &id).await.map_err(refused)?;
                Ok(answer::empty(StatusCode::NO_CONTENT))
            }
        }
    }

    /// Reads a JSON body. Faults of type are given along, so that the domain adds its own and all are answered at once.
    async fn draft<D: Draft, B>(
        &self,
        headers: &HeaderMap,
        mut body: std::pin::Pin<&mut B>,
    ) -> Result<(D, Faults), Response<Body>>
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if media_type.starts_with("application/x-www-form-urlencoded") || media_type.starts_with("multipart/") {
            return Err(error::refuse(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "the body must be JSON; send it as application/json",
            ));
        }
        let mut read = BytesMut::new();
        let mut first: Option<Bytes> = None;
        while let Some(frame) = body.as_mut().frame().await {
            let Ok(frame) = frame.map_err(error::body)?.into_data() else { continue };
            if read.len() + first.as_ref().map_or(0, Bytes::len) + frame.len() > self.json_max_bytes {
                return Err(error::refuse(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    format!("a JSON body may have at most {} bytes; split the request", self.json_max_bytes),
                ));
            }
            // Nearly every body comes in one frame, which is read where it is.
            match first.take() {
                None if read.is_empty() => first = Some(frame),
                former => {
                    former.into_iter().for_each(|former| read.extend_from_slice(&former));
                    read.extend_from_slice(&frame);
                }
            }
        }
        let bytes = first.unwrap_or_else(|| read.freeze());
        let object = field::read::<D::Body>(&bytes).map_err(|faults| error::invalid(&faults))?;
        let mut faults = Faults::default();
        let draft = D::from_body(object, &mut faults);
        Ok((draft, faults))
    }

    async fn upload<B>(
        &self,
        caller: &Caller,
        target: Target,
        headers: &HeaderMap,
        decoded: bool,
        mut body: std::pin::Pin<&mut B>,
    ) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let digest = match headers.get("digest") {
            None => None,
            Some(value) => {
                let digest = value.to_str().ok().and_then(parse_digest);
                let message = "[digest] is not a SHA-256; write its 32 bytes in base64";
                Some(digest.ok_or_else(|| error::refuse(StatusCode::BAD_REQUEST, message))?)
            }
        };
        let length = body.size_hint().exact().filter(|_| !decoded);
        let frames = http_body_util::BodyDataStream::new(body.as_mut());
        match self.hub.receive(caller, target, Expectation { digest, length }, frames).await {
            Ok(()) => Ok(answer::empty(StatusCode::NO_CONTENT)),
            Err(ReceiveError::Hub(error)) => Err(refused(error)),
            Err(ReceiveError::Body(fault)) => Err(error::body(fault)),
        }
    }

    async fn notifications(&self, caller: &Caller, list: NotificationList) -> Answer {
        let page = self.hub.notifications(caller, list.query).await.map_err(refused)?;
        let rows: Vec<_> =
            page.notifications.iter().map(|view| answer::notification(view, list.event_details)).collect();
        let mut response = answer::json(StatusCode::OK, &rows);
        let last = page.offset + rows.len().saturating_sub(1);
        let range = if rows.is_empty() { "0-0".to_owned() } else { format!("{}-{last}", page.offset) };
        if let Ok(value) = HeaderValue::try_from(format!("Notifications {range}/{}", page.total)) {
            response.headers_mut().insert(header::CONTENT_RANGE, value);
        }
        Ok(response)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "handed to map_err, which gives the error away")]
fn refused(error: Error) -> Response<Body> {
    error::error(&error)
}

/// The value, if nothing was wrong.
#[expect(clippy::result_large_err, reason = "both sides are answers; a box would only cost an allocation")]
fn whole<T>(value: Option<T>, faults: Faults) -> Result<T, Response<Body>> {
    faults.into_result().map_err(refused)?;
    value.ok_or_else(|| error::refuse(StatusCode::BAD_REQUEST, "Bad request"))
}

fn partner_info(headers: &HeaderMap) -> PartnerInfo {
    let text = |name: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    PartnerInfo {
        editor_name: text("editorname"),
        application_name: text("applicationname"),
        software_version: text("softwareversion"),
    }
}

/// Base64, alone or after `SHA-256=`, with or without the colons of RFC 9530; or 64 hexadecimal digits.
fn parse_digest(text: &str) -> Option<Digest> {
    let text = text.trim();
    let named = text.get(..8).is_some_and(|name| name.eq_ignore_ascii_case("sha-256="));
    let value = if named { text.get(8..)?.trim_matches(':') } else { text };
    if value.len() == 64 {
        let digits =
            value.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        return digits.collect::<Option<Vec<u8>>>()?.try_into().ok().map(Digest);
    }
    BASE64.decode(value).ok()?.try_into().ok().map(Digest)
}

fn selected(headers: &HeaderMap, size: u64, part: &mut Part) -> std::ops::Range<u64> {
    *part = range::part(headers, size);
    match part {
        Part::Whole => 0..size,
        Part::Some(range) => range.clone(),
        Part::Unsatisfiable => 0..0,
    }
}

fn file<R>(download: Download<R>, part: Part) -> Response<Body>
where
    R: futures_core::Stream<Item = std::io::Result<Bytes>> + Send + 'static,
{
    let Download { attachment, bytes } = download;
    let size = attachment.size_bytes;
    let (status, remaining, range) = match part {
        Part::Whole => (StatusCode::OK, size, None),
        Part::Some(range) => (
            StatusCode::PARTIAL_CONTENT,
            range.end - range.start,
            Some(format!("bytes {}-{}/{size}", range.start, range.end - 1)),
        ),
        Part::Unsatisfiable => {
            let mut response = error::refuse(
                StatusCode::RANGE_NOT_SATISFIABLE,
                format!("the file has {size} bytes; ask for some of them"),
            );
            insert(&mut response, header::CONTENT_RANGE, &format!("bytes */{size}"));
            return response;
        }
    };
    let mut response = Response::new(Body::Stream { frames: Box::pin(bytes), remaining });
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    response.headers_mut().insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Some(digest) = &attachment.digest {
        insert(&mut response, header::HeaderName::from_static("digest"), &answer::digest(digest));
    }
    if let Some(range) = range {
        insert(&mut response, header::CONTENT_RANGE, &range);
    }
    debug_assert_ne!(attachment.status, AttachmentStatus::Pending, "only what was received can be downloaded");
    response
}

fn insert(response: &mut Response<Body>, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        response.headers_mut().insert(name, value);
    }
}
