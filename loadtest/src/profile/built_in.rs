//! The profiles that come with the program.

/// Their names and texts; the same files that anyone may copy and change.
pub(crate) const BUILT_IN: &[(&str, &str)] = &[
    ("rehearsal", include_str!("../../profiles/rehearsal.toml")),
    ("election-deadline", include_str!("../../profiles/election-deadline.toml")),
    ("year", include_str!("../../profiles/year.toml")),
    ("constant", include_str!("../../profiles/constant.toml")),
    ("ramp", include_str!("../../profiles/ramp.toml")),
    ("step", include_str!("../../profiles/step.toml")),
    ("spike", include_str!("../../profiles/spike.toml")),
    ("sine", include_str!("../../profiles/sine.toml")),
];
