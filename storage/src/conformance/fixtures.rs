//! Partners, drafts, records and bytes for tests: the same ones each time, and nobody real.
//!
//! Only identifiers differ from one run to the next. Recipients are numbered from 0.

mod bytes;
mod clock;
mod drafts;
mod partners;
mod records;

pub use bytes::{File, digest, frames, noise};
pub use clock::{Clock, START};
pub use drafts::{case_external_id, event_draft, file_event_draft, folder_draft};
pub use partners::{
    administrator, credential, depositor, enroller, foreign_process, inbox_of, key, ordinary_process, osl,
    other_depositor, other_osl, recipient, referential, si, urgent_process,
};
pub use records::{Deposit, delivery, entry, event, failed_attempt, successful_attempt};
