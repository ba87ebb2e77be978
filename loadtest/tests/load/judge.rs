//! The judge, before hubs that keep their word and hubs that do not.

use crate::fake::{FakeHub, Fault};
use crate::ground::{Ground, PROFILE};

#[tokio::test]
async fn a_hub_that_keeps_its_word_is_found_to_do_so() {
    let ground = Ground::beside(Fault::None).await;
    let (code, said) = ground.run(&["--hdr", "all.hlog"]).await;
    assert_eq!(code, 0, "{said}");
    let results = ground.results();
    let acknowledged = results["judgement"]["acknowledged"].as_u64().unwrap();
    assert!(acknowledged > 40, "{said}");
    assert_eq!(results["judgement"]["delivered"], acknowledged);
    assert_eq!(results["judgement"]["returned"], acknowledged);
    assert!(results["total"]["latencies"]["visible"]["count"].as_u64().is_some(), "{said}");
    let report = std::fs::read_to_string(ground.path().join("navette-load-report.html")).unwrap();
    assert!(
        report.contains("every objective is met") && !report.contains("http://www"),
        "one file, nothing from elsewhere"
    );
    assert!(std::fs::read_to_string(ground.path().join("all.hlog")).unwrap().contains("Tag=deposit,"));
}

#[tokio::test]
async fn the_slowest_requests_of_every_kind_are_named() {
    let ground = Ground::beside(Fault::None).await;
    let (code, said) = ground.run(&[]).await;
    assert_eq!(code, 0, "{said}");
    let results = ground.results();
    let rows = results["slowest_requests"].as_array().unwrap();
    for (kind, statuses, of_a_dossier) in [
        ("token", ["200", "200"], false),
        ("announce", ["201", "201"], true),
        ("upload", ["204", "204"], true),
        ("complete", ["204", "204"], true),
        ("poll", ["200", "200"], false),
        ("read", ["200", "200"], false),
        ("fetch", ["200", "200"], true),
        ("answer", ["201", "201"], true),
        ("delete", ["204", "204"], true),
        ("acknowledge", ["200", "204"], true),
    ] {
        let of_kind: Vec<_> = rows.iter().filter(|row| row["operation"] == kind).collect();
        assert!((1..=20).contains(&of_kind.len()), "{kind}: {}", of_kind.len());
        assert!(of_kind.windows(2).all(|pair| pair[0]["seconds"].as_f64() >= pair[1]["seconds"].as_f64()), "{kind}");
        for row in of_kind {
            assert!(statuses.contains(&row["status"].as_str().unwrap()), "{row}");
            assert!(!of_a_dossier || row["dossier"].is_u64(), "{row}");
            let of = |key: &str| row[key].as_f64().unwrap();
            assert!((of("delay") + of("service") - of("seconds")).abs() < 1e-6 && of("at") >= 0.0, "{row}");
        }
    }
    assert!(results["slowest"].as_array().unwrap().iter().all(|row| row["status"] == "acknowledged"));
    let report = std::fs::read_to_string(ground.path().join("navette-load-report.html")).unwrap();
    assert!(report.contains("Slowest requests") && report.contains("<summary>event posted</summary>"));
}

#[tokio::test]
async fn each_broken_promise_is_named_and_decides_the_verdict() {
    for (fault, kind) in [
        (Fault::Loses, "lost"),
        (Fault::Doubles, "doubled"),
        (Fault::Crosses, "crossed"),
        (Fault::Corrupts, "corrupted"),
        (Fault::SwallowsAnswer, "lost"),
    ] {
        let ground = Ground::beside(fault).await;
        let (code, said) = ground.run(&[]).await;
        assert_eq!(code, 1, "{fault:?}: {said}");
        let results = ground.results();
        let judgement = &results["judgement"];
        assert!(judgement["counts"][kind].as_u64().unwrap() >= 1, "{fault:?}: {judgement}");
        for (other, count) in judgement["counts"].as_object().unwrap() {
            assert!(other == kind || count == 0, "{fault:?}: {judgement}");
        }
        let finding = &judgement["findings"][0];
        assert!(finding["kind"] == kind && finding["dossier"].is_u64(), "{finding}");
        assert!(said.contains(&format!("dossier {} case", finding["dossier"])), "{said}");
    }
}

#[tokio::test]
async fn a_broken_promise_is_held_against_the_phase_of_its_dossier_alone() {
    let phase = "objectives = [\"lost == 0\"]\n[[phase]]\nname = \"afterwards\"\nduration = \"1s\"\n\
        shape = { constant = \"60/s\" }\nobjectives = [\"lost == 0\"]";
    let profile = PROFILE.replace("objectives = [\"p99 < 5s\"]", phase);
    let ground = Ground::new(&profile, &format!("http://{}", FakeHub::start(Fault::Loses).await));
    let (code, said) = ground.run(&[]).await;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("NOT MET all of it: lost == 0") && said.contains("met     afterwards: lost == 0"), "{said}");
    assert!(
        said.contains("case 0 (all of it): never seen") || said.contains("case 1 (all of it): never seen"),
        "{said}"
    );
    let results = ground.results();
    assert_eq!(results["phases"][1]["broken"]["lost"], 0);
    assert_eq!(results["judgement"]["findings"][0]["phase"], 0);
}

#[tokio::test]
async fn an_answer_that_is_no_answer_is_no_deposit_and_no_verdict_in_favour() {
    for (fault, says) in [(Fault::TalksNonsense, "answer not understood"), (Fault::Fails, "status 500")] {
        let ground = Ground::beside(fault).await;
        let (code, said) = ground.run(&[]).await;
        assert!(code == 1 || code == 3, "{fault:?}: {code} {said}");
        assert!(said.contains(says), "{said}");
        assert_eq!(ground.results()["total"]["acknowledged"], 0);
    }
}
