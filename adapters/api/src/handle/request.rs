//! A request whose operation is known.

use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body_util::BodyExt as _;
use navette_router::{Caller, Faults};

use super::headers;
use crate::drafts::Draft;
use crate::error::Failure;
use crate::{BodyFault, json};

/// A request whose operation is known.
pub(super) struct Request<'a, B> {
    pub(super) caller: &'a Caller,
    pub(super) headers: &'a HeaderMap,
    /// Whether the body was compressed on its way here.
    pub(super) decoded: bool,
    /// How long a JSON body may be, in bytes.
    pub(super) json_max_bytes: usize,
    pub(super) body: Pin<&'a mut B>,
}

impl<B> Request<'_, B>
where
    B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
{
    /// Reads the body as JSON. Faults of type are given along, so that the domain adds its own and all are answered at once.
    pub(super) async fn draft<D: Draft>(&mut self) -> Result<(D, Faults), Failure> {
        if headers::is_multipart(self.headers) {
            return Err(Failure::NotJson);
        }
        let body = self.collect().await?;
        let object = json::read::<D::Body>(&body)?;
        let mut faults = Faults::default();
        let draft = D::from_body(object, &mut faults);
        Ok((draft, faults))
    }

    async fn collect(&mut self) -> Result<Bytes, Failure> {
        let max_bytes = self.json_max_bytes;
        let mut first = Bytes::new();
        let mut all = BytesMut::new();
        while let Some(frame) = self.body.as_mut().frame().await {
            let Ok(frame) = frame?.into_data() else { continue };
            if first.len() + all.len() + frame.len() > max_bytes {
                return Err(Failure::JsonTooLarge { max_bytes });
            }
            // Nearly every body comes in one frame, which is read where it is.
            if first.is_empty() && all.is_empty() {
                first = frame;
            } else {
                all.extend_from_slice(&std::mem::take(&mut first));
                all.extend_from_slice(&frame);
            }
        }
        Ok(if all.is_empty() { first } else { all.freeze() })
    }
}
