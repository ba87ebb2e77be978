//! Who may do what: every use case takes a [`Caller`], and there is no way to a case without one.

use serde::{Deserialize, Serialize};

use crate::entry::RequestName;
use crate::error::Error;
use crate::model::{Case, ClientId, Folder, Notification, OrganizationKey, ProcessCode};

/// What a credential may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Scope {
    /// Depositing.
    Osl,
    /// Receiving.
    Si,
    /// Administering the hub: sees all.
    Admin,
    /// Enrolling organizations and subscriptions.
    Datapass,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::Osl, Self::Si, Self::Admin, Self::Datapass];

    /// The word of the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Osl => "OSL",
            Self::Si => "SI",
            Self::Admin => "ADMIN",
            Self::Datapass => "DATAPASS",
        }
    }
}

impl std::str::FromStr for Scope {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word).ok_or(())
    }
}

/// On whose side of a case somebody acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Side {
    /// The depositor's.
    Depositor,
    /// The recipient's.
    Recipient,
    /// The hub's own administrators: may do what either side may.
    Administrator,
}

/// Somebody whose credential was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The credential used.
    pub client_id: ClientId,
    /// What it may be used for.
    pub scope: Scope,
    /// In whose name.
    pub organization: OrganizationKey,
    /// For which process only; always set for an SI.
    pub process: Option<ProcessCode>,
    /// In which request.
    pub request: Option<RequestName>,
}

impl Caller {
    /// `Ok` when the caller's scope is among `scopes`.
    pub fn require(&self, scopes: &[Scope]) -> Result<(), Error> {
        if scopes.contains(&self.scope) { Ok(()) } else { Err(Error::Forbidden) }
    }

    /// On whose side the caller stands for a folder: a depositor sees its own, a recipient sees none.
    pub fn side_of_folder(&self, folder: &Folder) -> Result<Side, Error> {
        match self.scope {
            Scope::Admin => Ok(Side::Administrator),
            Scope::Osl if self.organization == folder.depositor && self.covers(&folder.process) => Ok(Side::Depositor),
            Scope::Osl | Scope::Si | Scope::Datapass => Err(Error::Forbidden),
        }
    }

    /// On whose side the caller stands for a case. A recipient sees its own, of its credential's process, once it was told of it.
    pub fn side_of_case(&self, case: &Case) -> Result<Side, Error> {
        match self.scope {
            Scope::Admin => Ok(Side::Administrator),
            Scope::Osl if self.organization == case.depositor && self.covers(&case.process) => Ok(Side::Depositor),
            Scope::Si
                if self.organization == case.recipient
                    && self.process.as_ref() == Some(&case.process)
                    && case.transmitted_at.is_some() =>
            {
                Ok(Side::Recipient)
            }
            Scope::Osl | Scope::Si | Scope::Datapass => Err(Error::Forbidden),
        }
    }

    /// Whether the caller's inbox holds this notification.
    pub fn may_see_notification(&self, notification: &Notification) -> Result<(), Error> {
        let own = self.organization == notification.recipient;
        let allowed = match self.scope {
            Scope::Admin => true,
            Scope::Osl => own && self.covers(&notification.process),
            Scope::Si => own && self.process.as_ref() == Some(&notification.process),
            Scope::Datapass => false,
        };
        if allowed { Ok(()) } else { Err(Error::Forbidden) }
    }

    /// Whether the credential is for this process, or for all of its organization's.
    pub fn covers(&self, process: &ProcessCode) -> bool {
        self.process.as_ref().is_none_or(|own| own == process)
    }
}
