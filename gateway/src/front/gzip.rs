//! gzip, both ways.

mod deflate;
mod inflate;

pub(super) use deflate::compress;
pub(super) use inflate::{DecodeLimits, Inflater};
