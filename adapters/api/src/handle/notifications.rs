//! Inboxes.

use http::StatusCode;
use navette_router::model::NotificationId;
use navette_router::ports::{Attachments, Clock, Store};

use super::request::Request;
use super::{Answer, Api};
use crate::answer;
use crate::endpoint::NotificationList;

impl<S: Store, A: Attachments, C: Clock> Api<S, A, C> {
    pub(super) async fn list_notifications<B>(&self, request: Request<'_, B>, list: NotificationList) -> Answer {
        let page = self.hub.notifications(request.caller, list.query).await?;
        let rows: Vec<_> =
            page.notifications.iter().map(|view| answer::notification(view, list.event_details)).collect();
        Ok(answer::list("Notifications", &rows, page.offset, page.total))
    }

    pub(super) async fn delete_notification<B>(&self, request: Request<'_, B>, id: NotificationId) -> Answer {
        self.hub.delete_notification(request.caller, id).await?;
        Ok(answer::empty(StatusCode::NO_CONTENT))
    }
}
