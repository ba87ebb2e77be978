//! What texts of answers may be: types that stand for them in schemas and nowhere else.

use std::borrow::Cow;

use navette_router::model::{ActionType, DeadReason, ReturnOutcome, Status};
use navette_router::ports::DeliveryErrorKind;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// A type that is only a schema.
macro_rules! word {
    ($($(#[$doc:meta])* $name:ident = $schema:expr;)+) => { $(
        $(#[$doc])*
        pub(crate) enum $name {}

        impl JsonSchema for $name {
            fn inline_schema() -> bool { true }
            fn schema_name() -> Cow<'static, str> { stringify!($name).into() }
            fn json_schema(_: &mut SchemaGenerator) -> Schema { $schema }
        }
    )+ };
}

word! {
    /// An identifier that the hub gave.
    Identifier = json_schema!({ "type": "string", "format": "uuid" });
    /// A date with its time.
    DateTime = json_schema!({ "type": "string", "format": "date-time" });
    /// The status of a case or of a folder.
    CaseStatus = json_schema!({ "type": "string", "enum": Status::ALL.iter().map(|status| status.as_str()).collect::<Vec<_>>() });
    /// The status of an attachment.
    FileStatus = json_schema!({ "type": "string", "enum": ["PENDING", "RECEIVED", "CORRUPTED", "REJECTED", "DELETED"] });
    /// The status of an event.
    EventState = json_schema!({ "type": "string", "enum": ["IN_PROGRESS", "SENT", "RECEIVED"] });
    /// The status of a subscription.
    SubscriptionState = json_schema!({ "type": "string", "enum": ["Actif", "Inactif", "Refusé", "Suspendu"] });
    /// How cases reach a subscriber.
    Access = json_schema!({ "type": "string", "enum": ["PORTAIL", "API", "SFTP", "WEBHOOK"] });
    /// How subscriptions become valid.
    Validation = json_schema!({ "type": "string", "enum": ["Auto", "Manual"] });
    /// How soon cases should reach their recipients.
    PriorityWord = json_schema!({ "type": "string", "enum": ["URGENT", "NORMAL"] });
    /// The type of an organization.
    Side = json_schema!({ "type": "string", "enum": ["OSL", "SI", "ADMIN"] });
    /// SIRET.
    CompanyRegister = json_schema!({ "type": "string", "pattern": "^[0-9]{14}$" });
    /// The scope of a credential.
    ScopeWord = json_schema!({ "type": "string", "enum": ["OSL", "SI", "ADMIN", "DATAPASS"] });
    /// What happened to a case.
    Action = json_schema!({ "type": "string", "enum": ActionType::WORDS.split(", ").collect::<Vec<_>>() });
    /// Where a delivery stands.
    DeliveryStateWord = json_schema!({ "type": "string", "enum": ["waiting", "delivered", "dead"] });
    /// Why a delivery is not attempted any more.
    DeliveryEndWord = json_schema!({ "type": "string", "enum": DeadReason::ALL.map(DeadReason::as_str) });
    /// What an attempt at a delivery came to.
    DeliveryOutcome = json_schema!({ "type": "string", "enum": outcomes() });
    /// What something that came back said.
    ReturnOutcomeWord = json_schema!({ "type": "string", "enum": ReturnOutcome::WORDS });
    /// Who has to do something about a failure.
    Concern = json_schema!({ "type": "string", "enum": ["hub", "recipient"] });
    /// What was asked about.
    Explained = json_schema!({ "type": "string", "enum": ["folder", "case", "attachment", "event", "notification", "request", "unknown"] });
    /// What retention does.
    RetentionAction = json_schema!({ "type": "string", "enum": ["delete_file", "archive_case", "archive_folder", "delete_folder"] });
}

fn outcomes() -> Vec<&'static str> {
    let failures = DeliveryErrorKind::ALL.iter().map(|kind| kind.as_str());
    std::iter::once("delivered").chain(failures).collect()
}
