//! The whole program, before a hub that can be made to break its promises.

mod compare;
mod fake;
mod ground;
mod interruption;
mod judge;
mod knee;
mod start;
mod terminal;
