//! When deposits are to arrive: known before the start, and the same for the same profile and seed.

use std::time::Duration;

use crate::profile::{Arrivals as Spacing, Phase, Profile};
use crate::random::Random;

/// Parts of equal length into which a phase is cut at least.
const PARTS: u32 = 4_000;
const SECONDS_PER_HOUR: f64 = 3_600.0;
const SECONDS_PER_DAY: f64 = 86_400.0;
const PURPOSE: u64 = 0x6172_7269;

/// A deposit that is to arrive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Arrival {
    /// Its number, from 0.
    pub(crate) number: u64,
    /// When, from the start, on the machine's clock.
    pub(crate) at: Duration,
    /// In which phase.
    pub(crate) phase: usize,
}

/// All arrivals, in order.
#[derive(Debug, Clone)]
pub(crate) struct Arrivals {
    /// Instants in seconds, how many have arrived by then, and in which phase what arrives before lies.
    points: Vec<(f64, f64, usize)>,
    next: usize,
    number: u64,
    mass: f64,
    spacing: Spacing,
    random: Random,
}

impl Arrivals {
    /// Those of a profile, already slowed or hastened by its warp and scale.
    pub(crate) fn of(profile: &Profile) -> Self {
        let mut points = vec![(0.0, 0.0, 0)];
        let (mut began, mut mass) = (0.0, 0.0);
        for (index, phase) in profile.phases.iter().enumerate() {
            let duration = phase.duration.0;
            let rate = |time: f64| {
                let weight = if phase.daily { weight(&profile.day, began + time) } else { 1.0 };
                phase.shape.rate(time, duration) * weight * profile.scale
            };
            for pair in cuts(phase, began).windows(2) {
                let [from, to] = pair else { continue };
                mass += integral(rate, *from, *to);
                points.push(((began + to) / profile.time_warp, mass, index));
            }
            began += duration;
        }
        let random = Random::of(profile.seed, PURPOSE, 0);
        let mut arrivals = Self { points, next: 0, number: 0, mass: 0.0, spacing: profile.arrivals, random };
        arrivals.mass = arrivals.step() / 2.0;
        arrivals
    }

    /// How many are to be expected.
    pub(crate) fn expected(&self) -> f64 {
        self.points.last().map_or(0.0, |point| point.1)
    }

    /// How many are to be expected a second at an instant.
    pub(crate) fn rate_at(&self, at: Duration) -> f64 {
        let at = at.as_secs_f64();
        let index = self.points.partition_point(|point| point.0 <= at);
        match (index.checked_sub(1).and_then(|before| self.points.get(before)), self.points.get(index)) {
            (Some(before), Some(after)) if after.0 > before.0 => (after.1 - before.1) / (after.0 - before.0),
            _ => 0.0,
        }
    }

    fn step(&mut self) -> f64 {
        match self.spacing {
            Spacing::Even => 1.0,
            Spacing::Poisson => self.random.exponential(),
        }
    }
}

/// Where a phase that begins at this instant is cut, in seconds from its beginning: often enough for shapes that are round, and wherever the
/// shape or the day has a corner, however narrow what lies between two of them.
fn cuts(phase: &Phase, began: f64) -> Vec<f64> {
    let duration = phase.duration.0;
    let mut cuts: Vec<f64> = (0..=PARTS).map(|part| duration * f64::from(part) / f64::from(PARTS)).collect();
    cuts.extend(phase.shape.corners(duration));
    if phase.daily {
        // From the middle of an hour to that of the next one, the weight of the day is a straight line.
        let first = (began / SECONDS_PER_HOUR + 0.5).floor() + 0.5;
        let hours = (0..).map(|hour| (first + f64::from(hour)) * SECONDS_PER_HOUR - began);
        cuts.extend(hours.take_while(|time| *time < duration));
    }
    cuts.retain(|time| (0.0..=duration).contains(time));
    cuts.sort_unstable_by(f64::total_cmp);
    cuts.dedup();
    cuts
}

/// The area below a line from one instant to another: exact for polynomials of the third degree, so also for a straight line that is weighted
/// by another one. Both ends are left out (Gauss and Legendre), since the rate may jump there.
fn integral(rate: impl Fn(f64) -> f64, from: f64, to: f64) -> f64 {
    let (middle, half) = (f64::midpoint(from, to), (to - from) / 2.0);
    let side = half / 3.0_f64.sqrt();
    half * (rate(middle - side) + rate(middle + side))
}

/// The weight of the hour, in straight lines from the middle of one to the middle of the next; 1 on average.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an hour of the day")]
fn weight(day: &[f64], time: f64) -> f64 {
    let mean = day.iter().sum::<f64>() / 24.0;
    let hour = (time % SECONDS_PER_DAY) / SECONDS_PER_HOUR - 0.5;
    let before = hour.floor().rem_euclid(24.0) as usize;
    let of = |hour: usize| day.get(hour % 24).copied().unwrap_or(mean);
    let part = hour - hour.floor();
    (of(before) * (1.0 - part) + of(before + 1) * part) / mean
}

impl Iterator for Arrivals {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        let mass = self.mass;
        while self.points.get(self.next)?.1 <= mass {
            self.next += 1;
        }
        let after = self.points.get(self.next)?;
        let before = self.next.checked_sub(1).and_then(|index| self.points.get(index))?;
        let at = before.0 + (after.0 - before.0) * (mass - before.1) / (after.1 - before.1);
        let arrival = Arrival { number: self.number, at: Duration::from_secs_f64(at), phase: after.2 };
        self.number += 1;
        self.mass += self.step();
        Some(arrival)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::profile::Shape;

    fn profile(text: &str) -> Profile {
        let rest =
            "title = 't'\n[[process]]\ncode = 'P'\nname = 'p'\nweight = 1\nrecipients = 'commune'\nmedian = '1 kB'\n";
        let (head, phases) = text.split_once("--").unwrap();
        Profile::parse("test", &format!("{head}\n{rest}\n{phases}"), Path::new(".")).unwrap()
    }

    #[test]
    fn even_arrivals_lie_at_the_same_distance() {
        let profile =
            profile("arrivals = 'even'\n--[[phase]]\nname = 'a'\nduration = '10s'\nshape = { constant = '10/s' }");
        let all: Vec<Arrival> = Arrivals::of(&profile).collect();
        assert_eq!(all.len(), 100);
        assert!(all.windows(2).all(|pair| (pair[1].at - pair[0].at).as_secs_f64() - 0.1 < 1e-6));
        assert_eq!(all[0].at, Duration::from_millis(50));
    }

    #[test]
    fn arrivals_follow_the_phases_the_warp_and_the_scale() {
        let text = "time_warp = 86400\nscale = 2\nday = [0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,0,0,0,0,0,0]\n\
            --[[phase]]\nname = 'a'\nduration = '1d'\ndaily = true\nshape = { constant = '1000/day' }\n\
            [[phase]]\nname = 'b'\nduration = '1d'\nshape = { ramp = { from = '0/s', to = '2000/day' } }";
        let profile = profile(text);
        let arrivals = Arrivals::of(&profile);
        assert!((arrivals.expected() - 4_000.0).abs() < 1.0);
        let all: Vec<Arrival> = arrivals.collect();
        assert!(all.len().abs_diff(4_000) < 300, "{}", all.len());
        assert!(all.iter().all(|arrival| arrival.at < Duration::from_secs(2)));
        assert!(all.windows(2).all(|pair| pair[0].at <= pair[1].at && pair[0].phase <= pair[1].phase));
        let night = all.iter().filter(|arrival| arrival.at < Duration::from_secs_f64(7.0 / 24.0)).count();
        assert_eq!(night, 0, "nobody deposits at night");
        assert_eq!(all, Arrivals::of(&profile).collect::<Vec<_>>(), "the same again");
    }

    /// How many are to be expected of a curve through these points over 1 000 hours.
    fn expected(points: &[(f64, f64)], daily: bool) -> f64 {
        let text = format!(
            "day = [6,3,2,1,1,2,5,14,40,68,82,80,60,62,76,78,74,66,62,60,58,50,32,16]\n\
             --[[phase]]\nname = 'a'\nduration = '1000h'\ndaily = {daily}\nshape = {{ constant = '1/s' }}"
        );
        let mut profile = profile(&text);
        profile.phases[0].shape = Shape::Curve { file: "curve.csv".into(), points: points.to_vec() };
        Arrivals::of(&profile).expected()
    }

    #[test]
    fn a_curve_is_exact_however_narrow_its_peak_is() {
        // A minute of a thousand a second within six weeks, which are cut into parts of a quarter of an hour.
        let peak = [(500_000.0, 0.0), (500_030.0, 1_000.0), (500_060.0, 0.0)];
        assert!((expected(&peak, false) - 30_000.0).abs() < 1e-6, "{}", expected(&peak, false));
        // Weighted by the hours of the day: against the sum over parts of a hundredth of a second, about the same instant.
        let day = profile(
            "day = [6,3,2,1,1,2,5,14,40,68,82,80,60,62,76,78,74,66,62,60,58,50,32,16]\n\
            --[[phase]]\nname = 'a'\nduration = '1s'\nshape = { constant = '1/s' }",
        )
        .day;
        let sum: f64 = (0..6_000_u32)
            .map(|part| {
                let time = f64::from(part).mul_add(0.01, 0.005);
                0.01 * (1_000.0 * (1.0 - (time - 30.0).abs() / 30.0)) * weight(&day, 500_000.0 + time)
            })
            .sum();
        assert!((expected(&peak, true) / sum - 1.0).abs() < 1e-6, "{} and {sum}", expected(&peak, true));
    }

    #[test]
    fn people_arrive_together_now_and_then() {
        let profile = profile("--[[phase]]\nname = 'a'\nduration = '100s'\nshape = { constant = '100/s' }");
        let all: Vec<Arrival> = Arrivals::of(&profile).collect();
        let close = all.windows(2).filter(|pair| pair[1].at - pair[0].at < Duration::from_millis(1)).count();
        let share = close as f64 / all.len() as f64;
        assert!((share - 0.095).abs() < 0.02, "1 - exp(-0.1) of them: {share}");
    }
}
