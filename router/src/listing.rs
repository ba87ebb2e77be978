//! Lists of the referential: which rows, in which order, from which one on.

use std::cmp::Ordering;
use std::str::FromStr;

use crate::model::{Organization, OrganizationType, Process, ProcessCode, Subscription, SubscriptionStatus};

/// By what rows are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderBy<F> {
    /// The field.
    pub field: F,
    /// Largest first.
    pub descending: bool,
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window<F> {
    /// How many rows to pass over.
    pub offset: usize,
    /// How many at most; none: the default page.
    pub limit: Option<usize>,
    /// The order; none: that of the keys. Rows that are equal in it stay in the order of their keys.
    pub order: Option<OrderBy<F>>,
}

impl<F> Default for Window<F> {
    fn default() -> Self {
        Self { offset: 0, limit: None, order: None }
    }
}

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// How many were passed over.
    pub offset: usize,
    /// How many there are in all.
    pub total: usize,
}

impl<T: Clone> Page<T> {
    /// At most `limit` of `rows`, as `window` says.
    pub(crate) fn of<'a, F: Field<T>>(rows: impl Iterator<Item = &'a T>, window: Window<F>, limit: usize) -> Self
    where
        T: 'a,
    {
        let mut rows: Vec<&T> = rows.collect();
        if let Some(OrderBy { field, descending }) = window.order {
            rows.sort_by(|one, other| {
                let ordering = field.compare(one, other);
                if descending { ordering.reverse() } else { ordering }
            });
        }
        let total = rows.len();
        let rows = rows.into_iter().skip(window.offset).take(limit).cloned().collect();
        Self { rows, offset: window.offset, total }
    }
}

/// A field that rows are ordered by.
pub(crate) trait Field<T>: Copy {
    fn compare(self, one: &T, other: &T) -> Ordering;
}

/// Declares the fields that a list is ordered by: their variants, the words for them, and what is compared.
macro_rules! fields {
    ($(#[$doc:meta])* $name:ident of $row:ty { $($variant:ident = $($word:literal)|+ by $key:expr;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each is the field of the row that has its name")]
        pub enum $name { $($variant),+ }

        impl $name {
            /// The words that are understood, for messages.
            pub const WORDS: &'static [&'static str] = &[$($($word),+),+];
        }

        impl FromStr for $name {
            type Err = ();

            /// `company_register` and `companyRegister` are the same word.
            fn from_str(word: &str) -> Result<Self, ()> {
                let same = |known: &str| {
                    let plain = |text: &str| text.replace('_', "").to_ascii_lowercase();
                    plain(known) == plain(word)
                };
                $(if [$($word),+].into_iter().any(same) { return Ok(Self::$variant); })+
                Err(())
            }
        }

        impl Field<$row> for $name {
            fn compare(self, one: &$row, other: &$row) -> Ordering {
                match self { $(Self::$variant => {
                    let key: fn(&$row, &$row) -> Ordering = $key;
                    key(one, other)
                })+ }
            }
        }
    };
}

fields! {
    /// What organizations are ordered by.
    OrganizationField of Organization {
        Type = "type" by |a, b| a.key.kind().as_str().cmp(b.key.kind().as_str());
        CompanyRegister = "company_register" by |a, b| a.key.company_register().cmp(b.key.company_register());
        BranchCode = "branch_code" | "branche_code" by |a, b| a.key.branch_code().cmp(b.key.branch_code());
        Name = "name" by |a, b| a.name.cmp(&b.name);
        Code = "code" by |a, b| a.code.cmp(&b.code);
        Country = "country" by |a, b| a.country.cmp(&b.country);
        PostalCode = "postal_code" by |a, b| a.postal_code.cmp(&b.postal_code);
        Territory = "territory" by |a, b| a.territory.cmp(&b.territory);
        Email = "email" by |a, b| a.email.cmp(&b.email);
        PhoneNumber = "phone_number" by |a, b| a.phone_number.cmp(&b.phone_number);
        Status = "status" by |a, b| a.status.cmp(&b.status);
        CreatedAt = "create_date_time" | "creation_date_time" by |a, b| a.created_at.cmp(&b.created_at);
        UpdatedAt = "update_date_time" by |a, b| a.updated_at.cmp(&b.updated_at);
    }
}

fields! {
    /// What processes are ordered by.
    ProcessField of Process {
        Code = "code" by |a, b| a.code.cmp(&b.code);
        Name = "name" by |a, b| a.name.cmp(&b.name);
        Description = "description" by |a, b| a.description.cmp(&b.description);
        IsActivated = "is_activated" by |a, b| a.is_activated.cmp(&b.is_activated);
        SubscriptionValidation = "subscription_validation"
            by |a, b| a.subscription_validation.as_str().cmp(b.subscription_validation.as_str());
        OslType = "osl_type" by |a, b| a.osl.kind().as_str().cmp(b.osl.kind().as_str());
        OslCompanyRegister = "osl_company_register" by |a, b| a.osl.company_register().cmp(b.osl.company_register());
        OslBranchCode = "osl_branch_code" by |a, b| a.osl.branch_code().cmp(b.osl.branch_code());
        AttachmentMaxSize = "attachments_max_size" | "attachment_max_size_enabled"
            by |a, b| a.attachment_max_bytes.cmp(&b.attachment_max_bytes);
        TimeBeforeFileDeletion = "time_before_file_deletion"
            by |a, b| a.days_before_file_deletion.cmp(&b.days_before_file_deletion);
        TimeBeforeArchiving = "time_before_archiving" by |a, b| a.days_before_archiving.cmp(&b.days_before_archiving);
        TimeBeforeDeletion = "time_before_deletion" | "time_before_folder_deletion"
            by |a, b| a.days_before_folder_deletion.cmp(&b.days_before_folder_deletion);
        MessageTransmitter = "message_transmitter" | "message_to_transmitter"
            by |a, b| a.messages_allowed.cmp(&b.messages_allowed);
        AttachmentTypes = "attachments_types" | "attachment_types_enabled"
            by |a, b| a.attachment_types.cmp(&b.attachment_types);
        AttachmentFormats = "attachments_formats" | "attachment_formats_enabled"
            by |a, b| a.attachment_formats.cmp(&b.attachment_formats);
        CreatedAt = "creation_date_time" | "create_date_time" by |a, b| a.created_at.cmp(&b.created_at);
        UpdatedAt = "update_date_time" by |a, b| a.updated_at.cmp(&b.updated_at);
    }
}

fields! {
    /// What subscriptions are ordered by.
    SubscriptionField of Subscription {
        Id = "id" by |a, b| a.id.cmp(&b.id);
        DatapassId = "datapass_id" by |a, b| a.datapass_id.cmp(&b.datapass_id);
        ProcessCode = "process_code" by |a, b| a.process.cmp(&b.process);
        SiType = "si_type" by |a, b| a.subscriber.kind().as_str().cmp(b.subscriber.kind().as_str());
        SiCompanyRegister = "si_company_register" | "company_register"
            by |a, b| a.subscriber.company_register().cmp(b.subscriber.company_register());
        SiBranchCode = "si_branch_code" | "branch_code"
            by |a, b| a.subscriber.branch_code().cmp(b.subscriber.branch_code());
        NotificationFrequency = "notification_frequency"
            by |a, b| a.notification_frequency.cmp(&b.notification_frequency);
        AccessMode = "access_mode"
            by |a, b| a.access_mode.map(|mode| mode.as_str()).cmp(&b.access_mode.map(|mode| mode.as_str()));
        DelegationActor = "delegation_actor"
            by |a, b| delegate(a).cmp(&delegate(b));
        LocalAdministrator = "local_admin" | "local_administrator"
            by |a, b| a.local_administrator.email.cmp(&b.local_administrator.email);
        Email = "email" by |a, b| a.email.cmp(&b.email);
        RejectionReason = "rejection_reason" by |a, b| a.rejection_reason.cmp(&b.rejection_reason);
        Status = "status" by |a, b| a.status.as_str().cmp(b.status.as_str());
        ActivatedAt = "activate_date_time" by |a, b| a.activated_at.cmp(&b.activated_at);
        ValidatedAt = "validate_date_time" by |a, b| a.validated_at.cmp(&b.validated_at);
        RejectedAt = "reject_date_time" by |a, b| a.rejected_at.cmp(&b.rejected_at);
        EndsAt = "end_date_time" by |a, b| a.ends_at.cmp(&b.ends_at);
        CreatedAt = "creation_date_time" | "create_date_time" by |a, b| a.created_at.cmp(&b.created_at);
        UpdatedAt = "update_date_time" by |a, b| a.updated_at.cmp(&b.updated_at);
    }
}

fn delegate(subscription: &Subscription) -> Option<&str> {
    subscription.delegation_actor.as_ref()?.email.as_deref()
}

/// Which organizations are asked for.
#[derive(Debug, Clone, Default)]
pub struct OrganizationQuery {
    /// Only of this type.
    pub kind: Option<OrganizationType>,
    /// Only with this SIRET.
    pub company_register: Option<String>,
    /// Which of them.
    pub window: Window<OrganizationField>,
}

impl OrganizationQuery {
    pub(crate) fn matches(&self, organization: &Organization) -> bool {
        self.kind.is_none_or(|kind| kind == organization.key.kind())
            && self.company_register.as_ref().is_none_or(|siret| siret == organization.key.company_register())
    }
}

/// Which processes are asked for.
#[derive(Debug, Clone, Default)]
pub struct ProcessQuery {
    /// Only of the owner with this SIRET.
    pub company_register: Option<String>,
    /// Which of them.
    pub window: Window<ProcessField>,
}

impl ProcessQuery {
    pub(crate) fn matches(&self, process: &Process) -> bool {
        self.company_register.as_ref().is_none_or(|siret| siret == process.osl.company_register())
    }
}

/// Which subscriptions are asked for.
#[derive(Debug, Clone, Default)]
pub struct SubscriptionQuery {
    /// Only of this enrolment request.
    pub datapass_id: Option<i64>,
    /// Only to these processes; empty: to any.
    pub processes: Vec<ProcessCode>,
    /// Only in this status.
    pub status: Option<SubscriptionStatus>,
    /// Only of subscribers with this SIRET.
    pub company_register: Option<String>,
    /// Only those looked after by the person with this address, whatever the case of its letters.
    pub delegation_actor_email: Option<String>,
    /// Which of them.
    pub window: Window<SubscriptionField>,
}

impl SubscriptionQuery {
    pub(crate) fn matches(&self, subscription: &Subscription) -> bool {
        self.datapass_id.is_none_or(|id| id == subscription.datapass_id)
            && (self.processes.is_empty() || self.processes.contains(&subscription.process))
            && self.status.is_none_or(|status| status == subscription.status)
            && self.company_register.as_ref().is_none_or(|siret| siret == subscription.subscriber.company_register())
            && self
                .delegation_actor_email
                .as_ref()
                .is_none_or(|email| delegate(subscription).is_some_and(|known| known.eq_ignore_ascii_case(email)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_one_name_in_every_spelling() {
        for word in ["company_register", "companyRegister", "COMPANY_REGISTER"] {
            assert_eq!(word.parse(), Ok(OrganizationField::CompanyRegister), "{word}");
        }
        assert_eq!("branche_code".parse(), Ok(OrganizationField::BranchCode));
        assert_eq!("accessMode".parse(), Ok(SubscriptionField::AccessMode));
        assert_eq!("".parse::<ProcessField>(), Err(()));
        assert_eq!("companyregister; drop".parse::<OrganizationField>(), Err(()));
    }

    #[test]
    fn every_word_is_understood() {
        for word in SubscriptionField::WORDS {
            assert!(word.parse::<SubscriptionField>().is_ok(), "{word}");
        }
        for word in OrganizationField::WORDS {
            assert!(word.parse::<OrganizationField>().is_ok(), "{word}");
        }
        for word in ProcessField::WORDS {
            assert!(word.parse::<ProcessField>().is_ok(), "{word}");
        }
    }

    #[derive(Clone, Copy)]
    struct Value;

    impl Field<u32> for Value {
        fn compare(self, one: &u32, other: &u32) -> Ordering {
            (one / 10).cmp(&(other / 10))
        }
    }

    #[test]
    fn a_page_is_cut_out_of_the_ordered_list_and_equals_stay_where_they_were() {
        let rows = [21, 12, 22, 11];
        let page = |offset, limit, descending| {
            let order = Some(OrderBy { field: Value, descending });
            Page::of(rows.iter(), Window { offset, limit: None, order }, limit)
        };
        assert_eq!(page(0, 10, false).rows, [12, 11, 21, 22]);
        assert_eq!(page(0, 10, true).rows, [21, 22, 12, 11]);
        assert_eq!(page(1, 2, false), Page { rows: vec![11, 21], offset: 1, total: 4 });
        assert_eq!(page(9, 2, false), Page { rows: vec![], offset: 9, total: 4 });
    }
}
