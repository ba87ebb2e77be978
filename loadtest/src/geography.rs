//! The real map: every commune with its inhabitants, the départements, ministries and operators.

use serde::Deserialize;

use crate::random::Random;

const COMMUNES: &str = include_str!("../data/communes.csv");
const DEPARTMENTS: &str = include_str!("../data/departments.csv");
/// How many communes there are on the map.
pub(crate) const COMMUNES_COUNT: usize = 34_969;
/// How many départements, and territories that count as one.
pub(crate) const DEPARTMENTS_COUNT: usize = 101;
/// Of companies that exist in no register: what has no SIREN on the map gets one that begins so.
const FICTITIOUS_SIREN: u64 = 999_000_000;

/// Somebody who may receive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// SIRET, 14 digits with a valid check digit.
    pub(crate) siret: String,
    /// INSEE code, or a number.
    pub(crate) branch: String,
    /// Name.
    pub(crate) name: String,
    /// Inhabitants.
    pub(crate) population: u64,
}

#[derive(Deserialize)]
struct Commune {
    code: String,
    siren: String,
    population: u64,
    name: String,
}

#[derive(Deserialize)]
struct Department {
    code: String,
    population: u64,
    name: String,
}

/// The communes, the most populated first: `count` of them at most.
pub(crate) fn communes(count: usize) -> Vec<Place> {
    let rows = rows::<Commune>(COMMUNES).into_iter().zip(0..).map(|(row, index)| {
        let siren = if row.siren.is_empty() { (FICTITIOUS_SIREN + index).to_string() } else { row.siren };
        Place { siret: siret(&siren), branch: row.code, name: row.name, population: row.population }
    });
    largest(rows.collect(), count)
}

/// The départements, the most populated first: `count` of them at most.
pub(crate) fn departments(count: usize) -> Vec<Place> {
    let rows = rows::<Department>(DEPARTMENTS).into_iter().zip(0..).map(|(row, index)| Place {
        siret: siret(&(FICTITIOUS_SIREN + 100_000 + index).to_string()),
        branch: format!("D{}", row.code),
        name: row.name,
        population: row.population,
    });
    largest(rows.collect(), count)
}

/// Administrations that are everywhere the same: `count` of them, with names that begin with `name`.
pub(crate) fn others(count: usize, letter: char, name: &str, first: u64) -> Vec<Place> {
    let place = |index: usize| Place {
        siret: siret(&(FICTITIOUS_SIREN + first + index as u64).to_string()),
        branch: format!("{letter}{:05}", index + 1),
        name: format!("{name} {}", index + 1),
        population: 1,
    };
    (0..count).map(place).collect()
}

fn rows<T: for<'de> Deserialize<'de>>(text: &str) -> Vec<T> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.unwrap_or_else(|error| unreachable!("the map is tested: {error}"))).collect()
}

fn largest(mut places: Vec<Place>, count: usize) -> Vec<Place> {
    places.sort_by(|one, other| other.population.cmp(&one.population).then_with(|| one.branch.cmp(&other.branch)));
    places.truncate(count);
    places
}

/// The first establishment of a company whose number passes Luhn's check.
fn siret(siren: &str) -> String {
    (1_u32..100).map(|establishment| format!("{siren}{establishment:05}")).find(|siret| luhn(siret)).unwrap_or_default()
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .zip(0_u32..)
        .map(|(digit, position)| {
            let doubled = u32::from(digit - b'0') * (1 + position % 2);
            doubled / 10 + doubled % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Draws by weight.
#[derive(Debug, Clone)]
pub(crate) struct Weighted {
    cumulated: Vec<f64>,
}

impl Weighted {
    /// By these weights, none of which is below 0.
    pub(crate) fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        let cumulate = |weight: f64| {
            sum += weight;
            sum
        };
        Self { cumulated: weights.into_iter().map(cumulate).collect() }
    }

    /// The index of one of them.
    pub(crate) fn draw(&self, random: &mut Random) -> usize {
        let target = random.unit() * self.cumulated.last().copied().unwrap_or_default();
        self.cumulated.partition_point(|sum| *sum <= target).min(self.cumulated.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_communes_are_there_and_each_has_its_own_valid_key() {
        let places = communes(usize::MAX);
        assert_eq!(places.len(), COMMUNES_COUNT);
        assert_eq!(places[0].name, "Paris");
        assert_eq!(places[0].branch, "75056");
        let all = places
            .iter()
            .cloned()
            .chain(departments(usize::MAX))
            .chain(others(7, 'M', "Ministère", 200_000))
            .chain(others(30, 'O', "Opérateur", 300_000));
        let mut keys: Vec<String> = all
            .inspect(|place| assert!(place.siret.len() == 14 && luhn(&place.siret), "{place:?}"))
            .map(|place| place.siret + &place.branch)
            .collect();
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
        assert_eq!(departments(usize::MAX).len(), DEPARTMENTS_COUNT);
    }

    #[test]
    fn a_commune_is_drawn_as_often_as_it_has_inhabitants() {
        let places = communes(usize::MAX);
        let weighted = Weighted::new(places.iter().map(|place| place.population as f64));
        let inhabitants: u64 = places.iter().map(|place| place.population).sum();
        let mut random = Random::of(1, 0, 0);
        let draws = 200_000;
        let paris = (0..draws).filter(|_| weighted.draw(&mut random) == 0).count();
        let expected = places[0].population as f64 / inhabitants as f64;
        assert!((paris as f64 / f64::from(draws) / expected - 1.0).abs() < 0.1);
    }
}
