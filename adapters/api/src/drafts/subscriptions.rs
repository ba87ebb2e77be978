//! Subscriptions.

use navette_router::Faults;
use navette_router::model::{ContactDraft, SubscriptionDraft};

use super::reader::Reader;
use super::{Draft, KeyBody};
use crate::json::{Field, object};

object!(SubscriptionBody {
    datapass_id: i64 = "datapassId",
    process_code: String = "processCode",
    subscriber: KeyBody = "subscriber",
    access_mode: String = "accessMode",
    notification_frequency: String = "notificationFrequency",
    email: String = "email",
    status: String = "status",
    activate_date_time: String = "activateDateTime",
    validate_date_time: String = "validateDateTime",
    reject_date_time: String = "rejectDateTime",
    end_date_time: String = "endDateTime",
    rejection_reason: String = "rejectionReason",
    local_administrator: ContactBody = "localAdministrator",
    delegation_actor: ContactBody = "delegationActor",
});

object!(ContactBody {
    first_name: String = "firstName",
    last_name: String = "lastName",
    email: String = "email",
    function: String = "function",
    phone_number: String = "phoneNumber",
    mobile_number: String = "mobileNumber",
});

impl Draft for SubscriptionDraft {
    type Body = SubscriptionBody;

    fn from_body(body: SubscriptionBody, faults: &mut Faults) -> Self {
        let mut reader = Reader::new(faults);
        Self {
            datapass_id: reader.take("datapassId", body.datapass_id),
            process_code: reader.take("processCode", body.process_code),
            subscriber: reader.key("subscriber", body.subscriber),
            access_mode: reader.take("accessMode", body.access_mode),
            notification_frequency: reader.take("notificationFrequency", body.notification_frequency),
            email: reader.take("email", body.email),
            status: reader.take("status", body.status),
            activate_date_time: reader.take("activateDateTime", body.activate_date_time),
            validate_date_time: reader.take("validateDateTime", body.validate_date_time),
            reject_date_time: reader.take("rejectDateTime", body.reject_date_time),
            end_date_time: reader.take("endDateTime", body.end_date_time),
            rejection_reason: reader.take("rejectionReason", body.rejection_reason),
            local_administrator: reader.contact("localAdministrator", body.local_administrator),
            delegation_actor: reader.contact("delegationActor", body.delegation_actor),
        }
    }
}

impl Reader<'_> {
    fn contact(&mut self, name: &str, field: Field<ContactBody>) -> Option<ContactDraft> {
        let body = self.take(name, field)?;
        let mut reader = self.inside(name);
        Some(ContactDraft {
            first_name: reader.take("firstName", body.first_name),
            last_name: reader.take("lastName", body.last_name),
            email: reader.take("email", body.email),
            function: reader.take("function", body.function),
            phone_number: reader.take("phoneNumber", body.phone_number),
            mobile_number: reader.take("mobileNumber", body.mobile_number),
        })
    }
}
