//! The rules of the exchange, told through the use cases over a store in memory.

mod cases;
mod completion;
mod credentials;
mod deliveries;
mod deposit;
mod deposit_refused;
mod endpoints;
mod event_files;
mod events;
mod mails;
mod migration;
mod notifications;
mod post;
mod referential;
mod retention;
mod returns;
mod rights;
mod scenarios;
mod stage;
mod suspension;
mod unknown;
mod upload;
mod upload_refused;
