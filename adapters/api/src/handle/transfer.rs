//! The bytes of attachments, in and out, frame by frame.

use std::ops::Range;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use navette_router::hub::{Download, Expectation, Target};
use navette_router::model::{AttachmentId, CaseId, EventId};
use navette_router::ports::{Attachments, Clock, Store};

use super::request::Request;
use super::{Answer, Api, headers};
use crate::error::Failure;
use crate::range::{self, Part};
use crate::{Body, BodyFault, answer};

impl<S: Store, A: Attachments, C: Clock> Api<S, A, C> {
    pub(super) async fn upload<B>(&self, request: Request<'_, B>, target: Target) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let digest = headers::digest(request.headers)?;
        // The length of a compressed body says nothing of the file's.
        let length = request.body.size_hint().exact().filter(|_| !request.decoded);
        let frames = http_body_util::BodyDataStream::new(request.body);
        self.hub.receive(request.caller, target, Expectation { digest, length }, frames).await?;
        Ok(answer::empty(StatusCode::NO_CONTENT))
    }

    pub(super) async fn download_of_case<B>(
        &self,
        request: Request<'_, B>,
        case: CaseId,
        attachment: AttachmentId,
    ) -> Answer {
        let mut part = Part::Whole;
        let select = |size| select(request.headers, size, &mut part);
        let download = self.hub.download_of_case(request.caller, case, attachment, select).await?;
        file(download, &part)
    }

    pub(super) async fn download_of_event<B>(
        &self,
        request: Request<'_, B>,
        case: CaseId,
        event: EventId,
        attachment: AttachmentId,
    ) -> Answer {
        let mut part = Part::Whole;
        let select = |size| select(request.headers, size, &mut part);
        let download = self.hub.download_of_event(request.caller, case, event, attachment, select).await?;
        file(download, &part)
    }
}

/// The bytes to read of a file, for the part that the headers ask for.
fn select(headers: &HeaderMap, size: u64, part: &mut Part) -> Range<u64> {
    *part = range::part(headers, size);
    match part {
        Part::Whole => 0..size,
        Part::Some(range) => range.clone(),
        Part::Unsatisfiable => 0..0,
    }
}

fn file<R>(download: Download<R>, part: &Part) -> Answer
where
    R: futures_core::Stream<Item = std::io::Result<Bytes>> + Send + 'static,
{
    let Download { attachment, bytes } = download;
    let size_bytes = attachment.size_bytes;
    let (status, remaining, range) = match part {
        Part::Whole => (StatusCode::OK, size_bytes, None),
        Part::Some(Range { start, end }) => {
            let range = format!("bytes {start}-{}/{size_bytes}", end.saturating_sub(1));
            (StatusCode::PARTIAL_CONTENT, end.saturating_sub(*start), Some(range))
        }
        Part::Unsatisfiable => return Err(Failure::Range { size_bytes }),
    };
    let mut response = Response::new(Body::Stream { frames: Box::pin(bytes), remaining });
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(remaining));
    let digest = attachment.digest.as_ref().map(answer::digest);
    for (name, value) in [(HeaderName::from_static("digest"), digest), (header::CONTENT_RANGE, range)] {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}
