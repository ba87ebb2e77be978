//! The software that called.

use serde::{Deserialize, Serialize};

use super::Check;

/// What the headers `editorName`, `applicationName` and `softwareVersion` said, each at most 50 characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerInfo {
    /// Who publishes the software.
    pub editor_name: Option<String>,
    /// The software.
    pub application_name: Option<String>,
    /// Its version.
    pub software_version: Option<String>,
}

impl PartnerInfo {
    /// Checks the lengths; `None` when no header was sent.
    pub fn validate(self, check: &mut Check<'_>) -> Option<Self> {
        if self == Self::default() {
            return None;
        }
        Some(Self {
            editor_name: check.optional_text("editorName", self.editor_name, 50),
            application_name: check.optional_text("applicationName", self.application_name, 50),
            software_version: check.optional_text("softwareVersion", self.software_version, 50),
        })
    }
}
