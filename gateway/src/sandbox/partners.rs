//! The partners of the sandbox: who deposits, who receives, which processes, and who subscribes to what.
//!
//! Data only. Names are those of public bodies, so that a trial looks like the real thing; every SIRET passes the checksum of
//! its kind and belongs to nobody: the numbers inside (`99…`) are not given to any body of that category.

mod organizations;
mod processes;
mod subscriptions;

pub(crate) use organizations::{ORGANIZATIONS, Organization, Role};
pub(crate) use processes::{ATTACHMENT_MAX_BYTES, MEDIA_TYPES, PROCESSES, Process};
pub(crate) use subscriptions::{ACCESS_MODE, SUBSCRIPTIONS};

/// The organization that is called `id` in these tables.
pub(crate) fn organization(id: &str) -> Option<&'static Organization> {
    ORGANIZATIONS.iter().find(|organization| organization.id == id)
}

/// The process with that code, case included.
pub(crate) fn process(code: &str) -> Option<&'static Process> {
    PROCESSES.iter().find(|process| process.code == code)
}

/// The processes whose test files are published in the folder of that name; the one to which the folder owes its name comes first.
pub(crate) fn processes_of_folder(folder: &str) -> impl Iterator<Item = &'static Process> {
    PROCESSES.iter().filter(move |process| process.folder == folder)
}

#[cfg(test)]
mod tests;
