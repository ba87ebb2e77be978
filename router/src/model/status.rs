//! The statuses of a case and of a folder.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

macro_rules! statuses {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $label:literal;)+) => {
        /// Where a case or a folder stands. The rules are in [`lifecycle`](crate::lifecycle).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Status {
            $($(#[$doc])* #[serde(rename = $word)] $variant,)+
        }

        impl Status {
            /// Every status, in the order of a life.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word of the contract.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// What an agent reads on a screen, in French.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
        }

        impl FromStr for Status {
            type Err = UnknownStatus;

            fn from_str(word: &str) -> Result<Self, UnknownStatus> {
                match word { $($word => Ok(Self::$variant),)+ _ => Err(UnknownStatus) }
            }
        }
    };
}

statuses! {
    /// Being deposited: nobody but the depositor sees it.
    HubeeReceived = "HUBEE_RECEIVED", "Reçu par le HubEE";
    /// Everything is there; or a complement was given.
    HubeeCompleted = "HUBEE_COMPLETED", "Complété";
    /// The recipient was told.
    HubeeNotified = "HUBEE_NOTIFIED", "Notifié";
    /// The recipient's software took it.
    Sent = "SENT", "Transmis";
    /// The recipient has it.
    SiReceived = "SI_RECEIVED", "Reçu";
    /// Being processed.
    InProgress = "IN_PROGRESS", "En cours";
    /// The recipient asked the depositor for more.
    AddAwaiting = "ADD_AWAITING", "En attente de compléments";
    /// Processed, and refused.
    Refused = "REFUSED", "Refusé";
    /// Processed.
    Done = "DONE", "Traité";
    /// The recipient's software could not take it in.
    SiIntegrationError = "SI_INTG_ERROR", "Erreur d'intégration";
    /// Over.
    Closed = "CLOSED", "Clos";
    /// Over for so long that only the hub still knows.
    Archived = "ARCHIVED", "Archivé";
}

impl Status {
    /// How far along a life it stands. Two that end the work of a recipient stand equally far; a case that could not be taken in
    /// stands before those that were.
    pub const fn stage(self) -> u8 {
        match self {
            Self::HubeeReceived => 0,
            Self::HubeeCompleted => 1,
            Self::HubeeNotified => 2,
            Self::Sent | Self::SiIntegrationError => 3,
            Self::SiReceived => 4,
            Self::InProgress | Self::AddAwaiting => 5,
            Self::Refused | Self::Done => 6,
            Self::Closed => 7,
            Self::Archived => 8,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The word is none of the contract's statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a status of the contract")]
pub struct UnknownStatus;
