use super::*;

#[test]
fn every_profile_that_comes_with_the_program_can_be_replayed() {
    for (name, _) in BUILT_IN {
        let profile = Profile::load(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!profile.title.is_empty() && !profile.description.is_empty(), "{name}");
        assert!(profile.phases.iter().any(|phase| !phase.objectives.is_empty()) || !profile.objectives.is_empty());
    }
}

#[test]
fn a_deadline_has_the_figures_of_the_contract() {
    let profile = Profile::load("election-deadline").unwrap();
    assert_eq!(profile.world.communes, 34_969);
    let expected = crate::arrivals::Arrivals::of(&profile).expected();
    let electoral: f64 = profile.processes[0].weight / profile.processes.iter().map(|row| row.weight).sum::<f64>();
    assert!((expected * electoral / 450_000.0 - 1.0).abs() < 0.1, "{} registrations", expected * electoral);
    let year = crate::arrivals::Arrivals::of(&Profile::load("year").unwrap()).expected();
    assert!((year / 8e6 - 1.0).abs() < 0.05, "{year} in a year");
}

#[test]
fn all_faults_of_a_profile_are_told_at_once() {
    let text = "title = 't'\ntime_warp = -1\nday = [1, 2]\n[behaviour]\nslow = 2\npage = 0\n\
        [[process]]\ncode = 'a b'\nname = 'x'\nweight = -1\nrecipients = 'commune'\nmedian = '1 kB'\nfiles = [3, 1]\n\
        [[phase]]\nname = 'p'\nduration = '0s'\nshape = { step = { from = '1/s', to = '2/s', steps = 0 } }\n";
    let error = Profile::parse("test", text, Path::new(".")).unwrap_err().to_string();
    for key in [
        "time_warp:",
        "day:",
        "behaviour.slow",
        "behaviour.page",
        "process.a b.code",
        "process.a b.weight",
        "process.a b.files",
        "phase.p.duration",
        "phase.p.shape.steps",
    ] {
        assert!(error.contains(key), "{key} in {error}");
    }
}

#[test]
fn an_impossible_rate_a_negative_time_and_an_unknown_field_are_refused() {
    let text = |phase: &str| {
        format!(
            "title = 't'\n[[process]]\ncode = 'P'\nname = 'x'\nweight = 1\nrecipients = 'commune'\nmedian = '1 kB'\n\
             [[phase]]\nname = 'p'\n{phase}\n"
        )
    };
    for (phase, says) in [
        ("duration = '10s'\nshape = { constant = '900000/s' }\nspeed = 3", "unknown field `speed`"),
        ("duration = '-10s'\nshape = { constant = '1/s' }", "\"-10s\" is not a duration"),
        ("duration = '10s'\nshape = { constant = '99999999/s' }", "is not a rate"),
        ("duration = '10s'\nshape = { sideways = '1/s' }", "unknown variant `sideways`"),
        ("duration = '10s'\nshape = { constant = '1/s' }\nobjectives = ['speed < 1s']", "is not a measure"),
    ] {
        let error = Profile::parse("test", &text(phase), Path::new(".")).unwrap_err().to_string();
        assert!(error.contains(says), "{phase}: {error}");
    }
    let fast = format!("scale = 1000\n{}", text("duration = '10s'\nshape = { constant = '9000/s' }"));
    let error = Profile::parse("test", &fast, Path::new(".")).unwrap_err().to_string();
    assert!(error.contains("more than any machine sends"), "{error}");
}

#[test]
fn a_profile_that_is_not_there_is_named_with_the_way_to_find_one() {
    let error = Profile::load("no-such-profile").unwrap_err().to_string();
    assert!(error.contains("no-such-profile") && error.contains("navette-load profiles"), "{error}");
}
