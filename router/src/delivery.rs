//! When what is brought to whom: pure policies, which know the time only when they are told it.
//!
//! A [`Retry`] says how long to wait after a failed attempt, a [`Breaker`] whether an endpoint is worth an attempt at all, and a
//! [`Schedule`] what of all that waits is begun next. They hold nothing that has to outlive a process: what waits is in the view, and a
//! schedule is filled from there.

mod breaker;
mod retry;
mod schedule;

pub use breaker::{Breaker, BreakerRules};
pub use retry::{Next, Retry};
pub use schedule::{Lane, Limits, Schedule, Waiting};
