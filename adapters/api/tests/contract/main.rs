//! The published contract, rule by rule, over a hub in memory.

mod administration;
mod bad_input;
mod complements;
mod deliveries;
mod deposit;
mod desk;
mod endpoints;
mod enrolment;
mod event_files;
mod events;
mod inbox;
mod lists;
mod port;
mod portal;
mod published;
mod referential;
mod retrieval;
mod rights;
mod support;
mod upload;
