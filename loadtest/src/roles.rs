//! Who does what: depositors, recipients and their editors, and the depositors' ear for answers.

pub(crate) mod depositor;
pub(crate) mod owner;
pub(crate) mod recipient;
pub(crate) mod watcher;
