//! Subscriptions.

use navette_router::Faults;
use navette_router::model::{ContactDraft, SubscriptionDraft};

use super::reader::Reader;
use super::{Draft, KeyBody};
use crate::json::{Field, object};
use crate::openapi::facet::{PROCESS_CODE, TELEPHONE, any, filled, format, pattern, text, word};

object!(SubscriptionBody {
    /// Number of the enrolment request.
    datapass_id: i64 = "datapassId" => any().required(),
    /// Code of the process.
    process_code: String = "processCode" => pattern(PROCESS_CODE).required(),
    /// Who receives.
    subscriber: KeyBody = "subscriber" => any().required(),
    /// How cases reach the subscriber; unknown until it is activated.
    access_mode: String = "accessMode" => word(["PORTAIL", "API", "SFTP", "WEBHOOK"]),
    /// How often the subscriber is written to: `Unitaire` of each notification, `Quotidien` once a day; any other word: never.
    notification_frequency: String = "notificationFrequency" => filled(20).example("Unitaire"),
    /// Where to write to.
    email: String = "email" => format("email"),
    /// Where it is in its life.
    status: String = "status" => word(["Actif", "Inactif", "Refusé", "Suspendu"]),
    /// From when it is in force.
    activate_date_time: String = "activateDateTime" => format("date-time"),
    /// When it was validated.
    validate_date_time: String = "validateDateTime" => format("date-time"),
    /// When it was turned down.
    reject_date_time: String = "rejectDateTime" => format("date-time"),
    /// Until when it is in force.
    end_date_time: String = "endDateTime" => format("date-time"),
    /// Why it was turned down.
    rejection_reason: String = "rejectionReason" => text(1000),
    /// Who looks after it at the subscriber.
    local_administrator: ContactBody = "localAdministrator" => any().required(),
    /// Who looks after it on the subscriber's behalf.
    delegation_actor: ContactBody = "delegationActor" => any(),
});

object!(ContactBody {
    /// First name.
    first_name: String = "firstName" => text(255),
    /// Last name.
    last_name: String = "lastName" => text(255),
    /// E-mail address.
    email: String = "email" => format("email"),
    /// What they do.
    function: String = "function" => text(255),
    /// Telephone number.
    phone_number: String = "phoneNumber" => pattern(TELEPHONE),
    /// Mobile telephone number.
    mobile_number: String = "mobileNumber" => pattern(TELEPHONE),
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
