//! Which organization receives which process, and how.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Check, EndpointRecord, OrganizationKey, OrganizationKeyDraft, ProcessCode, SubscriptionId, Timestamp};

/// How the cases of a subscription reach their recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccessMode {
    /// Agents read them on a portal.
    #[serde(rename = "PORTAIL")]
    Portal,
    /// Software fetches them.
    #[serde(rename = "API")]
    Api,
    /// The hub pushes them to a server of the recipient.
    #[serde(rename = "SFTP")]
    Sftp,
    /// The hub calls software of the recipient, which then fetches them. The older interface knows no such word.
    #[serde(rename = "WEBHOOK")]
    Webhook,
}

impl AccessMode {
    /// Every word, as refusals list them.
    pub const WORDS: &'static str = "PORTAIL, API, SFTP, WEBHOOK";

    /// Whether the hub goes to the recipient, by what an endpoint says.
    pub const fn is_pushed(self) -> bool {
        match self {
            Self::Portal | Self::Api => false,
            Self::Sftp | Self::Webhook => true,
        }
    }

    /// The word of the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Portal => "PORTAIL",
            Self::Api => "API",
            Self::Sftp => "SFTP",
            Self::Webhook => "WEBHOOK",
        }
    }
}

impl FromStr for AccessMode {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "PORTAIL" => Ok(Self::Portal),
            "API" => Ok(Self::Api),
            "SFTP" => Ok(Self::Sftp),
            "WEBHOOK" => Ok(Self::Webhook),
            _ => Err(()),
        }
    }
}

/// Whether a subscription is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubscriptionStatus {
    /// In force.
    #[serde(rename = "Actif")]
    Active,
    /// Not yet in force.
    #[serde(rename = "Inactif")]
    Inactive,
    /// Turned down.
    #[serde(rename = "Refusé")]
    Rejected,
    /// Interrupted.
    #[serde(rename = "Suspendu")]
    Suspended,
}

impl SubscriptionStatus {
    /// The word of the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Actif",
            Self::Inactive => "Inactif",
            Self::Rejected => "Refusé",
            Self::Suspended => "Suspendu",
        }
    }
}

impl FromStr for SubscriptionStatus {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Active, Self::Inactive, Self::Rejected, Self::Suspended]
            .into_iter()
            .find(|status| status.as_str() == word)
            .ok_or(())
    }
}

/// A person to turn to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// What they do.
    pub function: Option<String>,
    /// Telephone number.
    pub phone_number: Option<String>,
    /// Mobile telephone number.
    pub mobile_number: Option<String>,
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Contact(personal data)")
    }
}

/// A contact as an enrolment describes it.
#[derive(Default, Clone)]
pub struct ContactDraft {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// What they do.
    pub function: Option<String>,
    /// Telephone number.
    pub phone_number: Option<String>,
    /// Mobile telephone number.
    pub mobile_number: Option<String>,
}

impl std::fmt::Debug for ContactDraft {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ContactDraft(personal data)")
    }
}

impl ContactDraft {
    /// The contact, or faults in `check`.
    pub fn validate(self, check: &mut Check<'_>) -> Contact {
        Contact {
            first_name: check.optional_text("firstName", self.first_name, 255),
            last_name: check.optional_text("lastName", self.last_name, 255),
            email: check.optional_email("email", self.email),
            function: check.optional_text("function", self.function, 255),
            phone_number: check.optional_telephone("phoneNumber", self.phone_number),
            mobile_number: check.optional_telephone("mobileNumber", self.mobile_number),
        }
    }
}

/// One organization receives one process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Identifier.
    pub id: SubscriptionId,
    /// Number of the enrolment request; several subscriptions may share one.
    pub datapass_id: i64,
    /// What is received.
    pub process: ProcessCode,
    /// Who receives it.
    pub subscriber: OrganizationKey,
    /// How; unknown until it is activated.
    pub access_mode: Option<AccessMode>,
    /// How often the recipient is written to, at most 20 characters; `unitaire` and `Unitaire` are the same word.
    pub notification_frequency: String,
    /// Where to write to.
    pub email: Option<String>,
    /// Whether it is in force.
    pub status: SubscriptionStatus,
    /// When it came, or comes, into force.
    pub activated_at: Option<Timestamp>,
    /// When it was validated.
    pub validated_at: Option<Timestamp>,
    /// When it was turned down.
    pub rejected_at: Option<Timestamp>,
    /// When it ends.
    pub ends_at: Option<Timestamp>,
    /// Why it was turned down.
    pub rejection_reason: Option<String>,
    /// Who looks after it at the recipient.
    pub local_administrator: Contact,
    /// Who looks after it on the recipient's behalf: often a software editor.
    pub delegation_actor: Option<Contact>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
    /// Where its cases are brought; none: nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<EndpointRecord>,
}

impl Subscription {
    /// Whether a folder deposited at `now` may be addressed to it.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.status == SubscriptionStatus::Active
            && self.activated_at.is_none_or(|start| start <= now)
            && self.ends_at.is_none_or(|end| now < end)
    }

    /// Where its cases are brought now, paused or not; none while it is not in force, or has a mode for which its endpoint is not.
    pub fn endpoint_in_force(&self, now: Timestamp) -> Option<&EndpointRecord> {
        let endpoint = self.endpoint.as_ref()?;
        (self.access_mode == Some(endpoint.mode) && self.is_in_force(now)).then_some(endpoint)
    }
}

/// A subscription as an enrolment describes it.
#[derive(Debug, Default, Clone)]
pub struct SubscriptionDraft {
    /// Enrolment number.
    pub datapass_id: Option<i64>,
    /// Process code.
    pub process_code: Option<String>,
    /// Recipient.
    pub subscriber: Option<OrganizationKeyDraft>,
    /// `PORTAIL`, `API`, `SFTP` or `WEBHOOK`.
    pub access_mode: Option<String>,
    /// Frequency of e-mails.
    pub notification_frequency: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// French status word.
    pub status: Option<String>,
    /// Start.
    pub activate_date_time: Option<String>,
    /// Validation.
    pub validate_date_time: Option<String>,
    /// Rejection.
    pub reject_date_time: Option<String>,
    /// End.
    pub end_date_time: Option<String>,
    /// Reason of a rejection.
    pub rejection_reason: Option<String>,
    /// Local administrator.
    pub local_administrator: Option<ContactDraft>,
    /// Delegation actor.
    pub delegation_actor: Option<ContactDraft>,
}

impl SubscriptionDraft {
    /// The subscription as created at `now`, or as it becomes at `now` when there is a `current` one; or faults in `check`.
    /// Without a status a new one is active when an access mode is given, and another stays what it is.
    pub fn validate(
        self,
        check: &mut Check<'_>,
        now: Timestamp,
        current: Option<&Subscription>,
    ) -> Option<Subscription> {
        let datapass_id = check.required("datapassId", self.datapass_id);
        let process = check.required("processCode", self.process_code).and_then(|code| {
            let code = ProcessCode::new(&code);
            if code.is_none() {
                check.fault("processCode", "is not a process code; give 1 to 30 letters, digits, '-', '_' or '.'");
            }
            code
        });
        let subscriber = check
            .required("subscriber", self.subscriber)
            .and_then(|draft| draft.validate(&mut check.inside("subscriber")));
        let access_mode = check.optional_word("accessMode", self.access_mode, AccessMode::WORDS);
        let notification_frequency = check.text("notificationFrequency", self.notification_frequency, 20);
        let email = check.optional_email("email", self.email);
        let status = check.optional_word("status", self.status, "Actif, Inactif, Refusé, Suspendu");
        let activated_at = check.optional_date("activateDateTime", self.activate_date_time);
        let validated_at = check.optional_date("validateDateTime", self.validate_date_time);
        let rejected_at = check.optional_date("rejectDateTime", self.reject_date_time);
        let ends_at = check.optional_date("endDateTime", self.end_date_time);
        let rejection_reason = check.optional_prose("rejectionReason", self.rejection_reason, 1_000);
        let local_administrator = check
            .required("localAdministrator", self.local_administrator)
            .map(|draft| draft.validate(&mut check.inside("localAdministrator")));
        let delegation_actor = self.delegation_actor.map(|draft| draft.validate(&mut check.inside("delegationActor")));
        let default = if access_mode.is_some() { SubscriptionStatus::Active } else { SubscriptionStatus::Inactive };
        let status = status.unwrap_or_else(|| current.map_or(default, |current| current.status));
        Some(Subscription {
            id: current.map_or_else(SubscriptionId::generate, |current| current.id),
            datapass_id: datapass_id?,
            process: process?,
            subscriber: subscriber?,
            access_mode,
            notification_frequency,
            email,
            status,
            activated_at,
            validated_at,
            rejected_at,
            ends_at,
            rejection_reason,
            local_administrator: local_administrator?,
            delegation_actor,
            created_at: current.map_or(now, |current| current.created_at),
            updated_at: current.map(|_| now),
            // Who changes the subscription knows nothing of it.
            endpoint: current.and_then(|current| current.endpoint.clone()),
        })
    }
}
