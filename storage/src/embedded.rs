//! One machine, no other service: our own log, a `fjall` view behind it, attachments in volumes and files.

pub mod attachments;
pub mod journal;
