//! Who made the request.

use serde::{Deserialize, Serialize};

use super::Check;

/// The person in whose name a folder is deposited. Personal data: never logged, never in an error text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applicant {
    /// First name, at most 255 characters.
    pub first_name: String,
    /// Last name, at most 255 characters.
    pub last_name: String,
    /// Where to write to, when known.
    pub email: Option<String>,
}

impl std::fmt::Debug for Applicant {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Applicant(personal data)")
    }
}

/// An applicant as a depositor describes it.
#[derive(Default)]
pub struct ApplicantDraft {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
}

impl std::fmt::Debug for ApplicantDraft {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ApplicantDraft(personal data)")
    }
}

impl ApplicantDraft {
    /// The applicant, or faults in `check`.
    pub fn validate(self, check: &mut Check<'_>) -> Applicant {
        Applicant {
            first_name: check.text("firstName", self.first_name, 255),
            last_name: check.text("lastName", self.last_name, 255),
            email: check.optional_email("email", self.email),
        }
    }
}
