//! What the schedule knows of one endpoint.

use std::collections::{HashSet, VecDeque};

use super::{Class, Waiting};
use crate::delivery::Breaker;
use crate::model::DeliveryId;

/// One endpoint.
#[derive(Debug, Default)]
pub(super) struct Endpoint {
    pub(super) queues: [VecDeque<Waiting>; Class::COUNT],
    /// Of which classes it is among those whose turn comes.
    pub(super) in_turn: [bool; Class::COUNT],
    /// All that waits or is under way.
    pub(super) known: HashSet<DeliveryId>,
    pub(super) in_flight: usize,
    pub(super) breaker: Breaker,
    /// Whether the last answer took long, or is taking long.
    pub(super) is_slow: bool,
    /// Whether it ever answered.
    pub(super) has_answered: bool,
}

impl Endpoint {
    /// How many attempts it may have at a time.
    pub(super) const fn allowed(&self, per_endpoint: usize) -> usize {
        if self.has_answered && !self.is_slow { per_endpoint } else { 1 }
    }
}
