//! One look at `/metrics`.

use std::collections::BTreeMap;

/// The values of one scrape, by name and labels as they are written.
#[derive(Debug, Default)]
pub struct Scrape(BTreeMap<String, f64>);

impl Scrape {
    /// Reads the text format of Prometheus. What is not a sample is passed over.
    pub fn parse(text: &str) -> Self {
        let sample = |line: &str| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        };
        Self(text.lines().filter(|line| !line.starts_with('#')).filter_map(sample).collect())
    }

    /// The value of a metric without labels.
    pub(super) fn value(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied()
    }

    /// The value of a metric for one value of its only label.
    pub(super) fn labelled(&self, name: &str, label: &str, value: &str) -> Option<f64> {
        self.value(&format!("{name}{{{label}=\"{value}\"}}"))
    }

    /// The sum of a metric over all its labels.
    pub(super) fn sum(&self, name: &str) -> f64 {
        let of_it = |key: &str| key.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('{'));
        self.0.iter().filter(|(key, _)| of_it(key)).map(|(_, value)| value).sum()
    }

    /// Whether whoever was looked at shows its named limits.
    pub fn is_of_a_hub(&self) -> bool {
        self.labels("navette_limit_max", "limit").next().is_some()
    }

    /// The values that the only label of a metric takes.
    pub(super) fn labels<'a>(&'a self, name: &'a str, label: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.keys().filter_map(move |key| {
            let rest = key.strip_prefix(name)?.strip_prefix('{')?.strip_prefix(label)?;
            rest.strip_prefix("=\"")?.strip_suffix("\"}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_found_by_name_and_label() {
        let scrape = Scrape::parse(
            "# HELP up Up.\n# TYPE up gauge\nup 1\nlimit{limit=\"a.b\"} 2.5e3\nlimit{limit=\"c\"} 4\nlimitless{limit=\"d\"} 1\nbroken\n",
        );
        assert_eq!(scrape.value("up"), Some(1.0));
        assert_eq!(scrape.labelled("limit", "limit", "a.b"), Some(2_500.0));
        assert_eq!(scrape.labels("limit", "limit").collect::<Vec<_>>(), ["a.b", "c"]);
    }
}
