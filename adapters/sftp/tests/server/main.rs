//! Recipients who fetch, and others.

mod acknowledging;
mod fetcher;
mod hub;
mod limits;
mod listing;
mod logins;
mod openssh;
mod paths;
mod reading;
mod running;
