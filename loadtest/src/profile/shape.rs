//! How the rate of deposits goes over a phase.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::curve;
use crate::quantity::{Rate, Seconds};

/// How the rate of deposits goes over a phase.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Shape {
    /// Always the same.
    Constant(Rate),
    /// In a straight line.
    Ramp {
        /// At the beginning.
        from: Rate,
        /// At the end.
        to: Rate,
    },
    /// By the same factor in the same time: how a deadline draws near, and how it is forgotten.
    Exponential {
        /// At the beginning.
        from: Rate,
        /// At the end.
        to: Rate,
    },
    /// In steps of the same length.
    Step {
        /// On the first step.
        from: Rate,
        /// On the last.
        to: Rate,
        /// How many there are.
        steps: u32,
    },
    /// All at once, then as before.
    Spike {
        /// Before and after.
        base: Rate,
        /// At the highest.
        peak: Rate,
        /// Where the highest is, from 0 at the beginning to 1 at the end.
        at: f64,
        /// How long it takes up and down.
        width: Seconds,
    },
    /// Up and down.
    Sine {
        /// In the middle.
        mean: Rate,
        /// How far from it at most.
        amplitude: Rate,
        /// From top to top.
        period: Seconds,
    },
    /// Through these points, in straight lines: from a CSV file with the columns `time` and `rate`.
    Curve {
        /// Where the points are: beside the profile.
        file: PathBuf,
        /// The points, once read: seconds and deposits a second.
        #[serde(default, skip_deserializing)]
        points: Vec<(f64, f64)>,
    },
}

impl Shape {
    /// Deposits a second, `time` seconds after the beginning of a phase that lasts `duration`.
    pub(crate) fn rate(&self, time: f64, duration: f64) -> f64 {
        let part = (time / duration).clamp(0.0, 1.0);
        match self {
            Self::Constant(rate) => rate.0,
            Self::Ramp { from, to } => from.0 + (to.0 - from.0) * part,
            Self::Exponential { from, to } => from.0 * (to.0 / from.0).powf(part),
            Self::Step { from, to, steps } => {
                let last = f64::from(*steps - 1);
                let step = (part * f64::from(*steps)).floor().min(last);
                from.0 + if last > 0.0 { (to.0 - from.0) * step / last } else { 0.0 }
            }
            Self::Spike { base, peak, at, width } => {
                let distance = (time - at * duration).abs() / (width.0 / 2.0);
                base.0 + (peak.0 - base.0) * (1.0 - distance).max(0.0)
            }
            Self::Sine { mean, amplitude, period } => {
                (mean.0 + amplitude.0 * (std::f64::consts::TAU * time / period.0).sin()).max(0.0)
            }
            Self::Curve { points, .. } => curve::between(points, time),
        }
    }

    /// What it never exceeds.
    pub(super) fn highest(&self) -> f64 {
        match self {
            Self::Constant(rate) => rate.0,
            Self::Ramp { from, to } | Self::Exponential { from, to } | Self::Step { from, to, .. } => from.0.max(to.0),
            Self::Spike { base, peak, .. } => base.0.max(peak.0),
            Self::Sine { mean, amplitude, .. } => mean.0 + amplitude.0,
            Self::Curve { points, .. } => points.iter().map(|point| point.1).fold(0.0, f64::max),
        }
    }

    /// What cannot be meant.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        match self {
            Self::Exponential { from, to } if from.0 <= 0.0 || to.0 <= 0.0 => {
                faults.push("exponential: neither rate may be 0: it would never be left or reached".to_owned());
            }
            Self::Step { steps: 0, .. } => faults.push("steps: must be at least 1".to_owned()),
            Self::Spike { at, width, .. } => {
                if !(0.0..=1.0).contains(at) {
                    faults.push(format!("at: {at} must lie between 0 and 1"));
                }
                if width.0 <= 0.0 {
                    faults.push("width: must be more than 0".to_owned());
                }
            }
            Self::Sine { period, .. } if period.0 <= 0.0 => faults.push("period: must be more than 0".to_owned()),
            _ => {}
        }
        faults
    }

    /// Where it bends or jumps within a phase that lasts `duration`, in seconds from its beginning: between two of these it is smooth, and
    /// but for an exponential or a sine a straight line.
    pub(crate) fn corners(&self, duration: f64) -> Vec<f64> {
        match self {
            Self::Constant(_) | Self::Ramp { .. } | Self::Exponential { .. } | Self::Sine { .. } => Vec::new(),
            Self::Step { steps, .. } => {
                (1..*steps).map(|step| duration * f64::from(step) / f64::from(*steps)).collect()
            }
            Self::Spike { at, width, .. } => [-0.5, 0.0, 0.5].map(|side| at * duration + side * width.0).into(),
            Self::Curve { points, .. } => points.iter().map(|point| point.0).collect(),
        }
    }

    /// Reads the points of a curve.
    pub(super) fn read(&mut self, directory: &Path) -> Result<(), String> {
        if let Self::Curve { file, points } = self {
            *points = curve::read(&directory.join(&*file))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shape_goes_as_named() {
        let rate = Rate;
        let ramp = Shape::Ramp { from: rate(0.0), to: rate(10.0) };
        let climb = Shape::Exponential { from: rate(1.0), to: rate(100.0) };
        let step = Shape::Step { from: rate(1.0), to: rate(3.0), steps: 3 };
        let spike = Shape::Spike { base: rate(1.0), peak: rate(9.0), at: 0.5, width: Seconds(10.0) };
        let sine = Shape::Sine { mean: rate(5.0), amplitude: rate(5.0), period: Seconds(100.0) };
        let of = |shape: &Shape| [0.0, 50.0, 99.9].map(|time| shape.rate(time, 100.0).round());
        assert_eq!(of(&ramp), [0.0, 5.0, 10.0]);
        assert_eq!(of(&climb), [1.0, 10.0, 100.0]);
        assert_eq!(of(&step), [1.0, 2.0, 3.0]);
        assert_eq!(of(&spike), [1.0, 9.0, 1.0]);
        assert_eq!(of(&sine), [5.0, 5.0, 5.0]);
        assert!((sine.rate(25.0, 100.0) - 10.0).abs() < 1e-9);
    }

    #[test]
    fn a_shape_is_straight_between_its_corners() {
        let rate = Rate;
        let step = Shape::Step { from: rate(1.0), to: rate(3.0), steps: 4 };
        let spike = Shape::Spike { base: rate(1.0), peak: rate(9.0), at: 0.5, width: Seconds(1.0) };
        let curve = Shape::Curve { file: PathBuf::new(), points: vec![(3.0, 1.0), (3.5, 80.0), (7.0, 2.0)] };
        for shape in [step, spike, curve] {
            let corners = [vec![0.0], shape.corners(100.0), vec![100.0]].concat();
            for pair in corners.windows(2) {
                let at = |part: f64| shape.rate(pair[0] + (pair[1] - pair[0]) * part, 100.0);
                assert!((at(0.25) + at(0.75) - 2.0 * at(0.5)).abs() < 1e-9, "{shape:?} at {pair:?}");
            }
        }
    }
}
