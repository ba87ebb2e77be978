//! How much is left: what `navette capacity` makes of two looks at `/metrics`.

mod assessment;
mod scrape;
mod table;

pub use assessment::{Assessment, Row, Unit, assess};
pub use scrape::Scrape;
pub use table::render;
