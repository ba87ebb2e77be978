//! The life of a case and of a folder, as one table: who may set which status, from where.
//!
//! The rule is liberal along the line of a life and strict across it. Setting what is already set, or what the same side set
//! earlier, passes and is recorded: published software posts `IN_PROGRESS` then `DONE` without reading the case first. Nothing
//! leaves `ARCHIVED`, only the depositor reopens what is `CLOSED`, and nothing but completion makes a deposit visible.

use crate::model::Status;
use crate::rights::Side;

use Status::{
    AddAwaiting, Archived, Closed, Done, HubeeCompleted, HubeeNotified, HubeeReceived, InProgress, Refused, Sent,
    SiIntegrationError, SiReceived,
};

/// One line of the table: `to` may be set by the sides whose list of `from` holds the present status.
#[derive(Debug, Clone, Copy)]
pub struct Transition {
    /// The status that is set.
    pub to: Status,
    /// From where a depositor may set it.
    pub depositor_from: &'static [Status],
    /// From where a recipient may set it.
    pub recipient_from: &'static [Status],
}

/// What a recipient may have, in the order of a life, once it was told of a case and until it is closed.
const OPEN: &[Status] =
    &[HubeeCompleted, HubeeNotified, Sent, SiReceived, InProgress, AddAwaiting, Refused, Done, SiIntegrationError];
/// The same and closed: what a depositor may close or reopen.
const TRANSMITTED: &[Status] = &[
    HubeeCompleted,
    HubeeNotified,
    Sent,
    SiReceived,
    InProgress,
    AddAwaiting,
    Refused,
    Done,
    SiIntegrationError,
    Closed,
];
const NOWHERE: &[Status] = &[];

/// The statuses of a case.
pub const CASE: &[Transition] = &[
    Transition { to: HubeeReceived, depositor_from: NOWHERE, recipient_from: NOWHERE },
    Transition {
        to: HubeeCompleted,
        depositor_from: &[HubeeCompleted, HubeeNotified, AddAwaiting],
        recipient_from: NOWHERE,
    },
    Transition { to: HubeeNotified, depositor_from: TRANSMITTED, recipient_from: NOWHERE },
    Transition { to: Sent, depositor_from: NOWHERE, recipient_from: OPEN },
    Transition { to: SiReceived, depositor_from: NOWHERE, recipient_from: OPEN },
    Transition { to: InProgress, depositor_from: OPEN, recipient_from: OPEN },
    Transition { to: AddAwaiting, depositor_from: NOWHERE, recipient_from: OPEN },
    Transition { to: Refused, depositor_from: NOWHERE, recipient_from: OPEN },
    Transition { to: Done, depositor_from: NOWHERE, recipient_from: OPEN },
    Transition { to: SiIntegrationError, depositor_from: NOWHERE, recipient_from: OPEN },
    Transition { to: Closed, depositor_from: TRANSMITTED, recipient_from: TRANSMITTED },
    Transition { to: Archived, depositor_from: NOWHERE, recipient_from: NOWHERE },
];

/// The statuses of a folder: its depositor mirrors there what it learnt of the cases. Completion is a use case of its own.
pub const FOLDER: &[Transition] = &[
    Transition { to: HubeeReceived, depositor_from: NOWHERE, recipient_from: NOWHERE },
    Transition { to: HubeeCompleted, depositor_from: &[HubeeCompleted, AddAwaiting], recipient_from: NOWHERE },
    Transition { to: HubeeNotified, depositor_from: TRANSMITTED, recipient_from: NOWHERE },
    Transition { to: Sent, depositor_from: OPEN, recipient_from: NOWHERE },
    Transition { to: SiReceived, depositor_from: OPEN, recipient_from: NOWHERE },
    Transition { to: InProgress, depositor_from: OPEN, recipient_from: NOWHERE },
    Transition { to: AddAwaiting, depositor_from: OPEN, recipient_from: NOWHERE },
    Transition { to: Refused, depositor_from: OPEN, recipient_from: NOWHERE },
    Transition { to: Done, depositor_from: OPEN, recipient_from: NOWHERE },
    Transition { to: SiIntegrationError, depositor_from: NOWHERE, recipient_from: NOWHERE },
    Transition { to: Closed, depositor_from: TRANSMITTED, recipient_from: NOWHERE },
    Transition { to: Archived, depositor_from: NOWHERE, recipient_from: NOWHERE },
];

/// Why a status cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is never this side's to set.
    #[error("{0} is not a status that this caller may set")]
    NotYours(Status),
    /// It is, but not from the present status.
    #[error("{to} cannot follow {from}")]
    NotFromHere {
        /// The present status.
        from: Status,
        /// The one that was asked for.
        to: Status,
    },
}

/// Whether `side` may take what stands at `from` to `to`, by `table`.
pub fn check(table: &[Transition], side: Side, from: Status, to: Status) -> Result<(), Refusal> {
    let Some(line) = table.iter().find(|line| line.to == to) else {
        return Err(Refusal::NotYours(to));
    };
    let lists: &[&[Status]] = match side {
        Side::Depositor => &[line.depositor_from],
        Side::Recipient => &[line.recipient_from],
        Side::Administrator => &[line.depositor_from, line.recipient_from],
    };
    if lists.iter().all(|list| list.is_empty()) {
        Err(Refusal::NotYours(to))
    } else if lists.iter().any(|list| list.contains(&from)) {
        Ok(())
    } else {
        Err(Refusal::NotFromHere { from, to })
    }
}

/// Whether a recipient has said nothing of a case yet: what its software does may speak for it.
pub const fn is_untouched(status: Status) -> bool {
    matches!(status, HubeeCompleted | HubeeNotified | Sent)
}

/// Whether a recipient ever sets `status` on a case.
pub fn is_recipients(status: Status) -> bool {
    CASE.iter().any(|line| line.to == status && !line.recipient_from.is_empty())
}

/// The table of a case's statuses as a page of documentation, in Markdown.
pub fn reference() -> String {
    let list = |statuses: &[Status]| match statuses {
        [] => "never".to_owned(),
        statuses => statuses.iter().map(|status| format!("`{status}`")).collect::<Vec<_>>().join(", "),
    };
    let mut page = String::from(
        "# Statuses\n\nGenerated from `router/src/lifecycle.rs`; do not edit. An administrator may set what either side may.\n",
    );
    for (title, table) in [("Case", CASE), ("Folder", FOLDER)] {
        page.push_str(&format!(
            "\n## {title}\n\n| status | shown to agents as | set by the depositor (OSL) from | set by the recipient (SI) from |\n| --- | --- | --- | --- |\n"
        ));
        for line in table {
            page.push_str(&format!(
                "| `{}` | {} | {} | {} |\n",
                line.to,
                line.to.label(),
                list(line.depositor_from),
                list(line.recipient_from)
            ));
        }
    }
    page
}

#[cfg(test)]
mod tests;
