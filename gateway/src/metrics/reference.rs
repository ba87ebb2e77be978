//! The catalogue of metrics, generated from what a registry holds.

use std::fmt::Write as _;

use prometheus::proto::{MetricFamily, MetricType};

use super::Registry;

/// The page, in Markdown. Labelled metrics are listed with the labels of their first child.
pub fn reference_page(registry: &Registry) -> String {
    let mut page = String::from(
        "# Metrics\n\n\
         <!-- Generated from what the gateway registers; UPDATE=1 cargo test -p navette-gateway metrics rewrites it. -->\n\n\
         `/metrics` on the admin listener, in the text format of Prometheus.\n\n\
         | metric | type | labels | meaning |\n| --- | --- | --- | --- |\n",
    );
    for family in registry.families() {
        let labels = labels(&family);
        let row =
            format_args!("| `{}` | {} | {labels} | {} |\n", family.name(), kind(&family), family.help()).to_string();
        page.write_str(&row).expect("invariant: a string takes whatever is written to it");
    }
    page
}

fn kind(family: &MetricFamily) -> &'static str {
    match family.get_field_type() {
        MetricType::COUNTER => "counter",
        MetricType::GAUGE => "gauge",
        MetricType::HISTOGRAM => "histogram",
        MetricType::SUMMARY => "summary",
        MetricType::UNTYPED => "untyped",
    }
}

fn labels(family: &MetricFamily) -> String {
    let first = family.get_metric().first();
    let names = first.into_iter().flat_map(|metric| metric.get_label()).map(|label| format!("`{}`", label.name()));
    names.collect::<Vec<_>>().join(", ")
}
