//! A way for cases to reach their recipients.

/// Who makes the first step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The recipient comes and fetches.
    Pull,
    /// The hub goes and delivers.
    Push,
}

/// What an adapter can do, as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Who makes the first step.
    pub direction: Direction,
    /// Whether statuses, messages and files come back the same way.
    pub return_flow: bool,
    /// The largest attachment it carries, in bytes; none: whatever the hub takes.
    pub attachment_max_bytes: Option<u64>,
    /// Whether the notifications of one case arrive in order.
    pub ordered: bool,
}

/// A way for cases to reach their recipients.
pub trait Adapter: Send + Sync + 'static {
    /// Its name in configuration, metrics and logs.
    const NAME: &'static str;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;
}
