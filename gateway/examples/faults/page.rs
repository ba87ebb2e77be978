//! The page: what was seen, as tables.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::story::{Outcome, Step};
use crate::trial::Report;

/// The whole page.
pub(crate) fn page(reports: &[Report], machine: &str) -> String {
    let mut page = format!(
        "# Faults\n\n\
         What two gateways on three brokers and three Cassandra nodes (three copies of everything, two to acknowledge, QUORUM) do while \
         something fails: written by `ops/faults`, which starts all of it and breaks it.\n\n\
         For each fault there are {} dossiers, one at each step of a deposit, a retrieval and an answer. All of them ask for their step at \
         once through the gateway that is hit, or through a gateway while its servers are hit; whoever is not answered 2xx asks again \
         through either gateway, as behind a load balancer, until it is done. Then every dossier goes on to its end and both gateways are \
         asked for all of it: bytes, statuses, one notification of everything.\n\n\
         *Lost*: acknowledged and not there. *Doubled*: there twice, or told twice. *Wrong*: an answer that is neither true nor a 503 or \
         504, or none at all while the gateway runs. *Works again*: until every step was done, from the beginning of the fault when the hub \
         goes on while it lasts, else (†) from the moment its servers answered again. No gateway was helped but for those that were \
         killed, which were started again.\n\n\
         {machine}\n\n\
         | fault | callers got | slowest answer | lost | doubled | wrong | works again |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
        Step::ALL.len()
    );
    reports.iter().for_each(|report| page.push_str(&summary(report)));
    page.push_str(
        "\n## Step by step\n\nThe answer to each request, and after how many seconds it came; `-` is a connection that broke, `…` none in \
         time.\n\n| fault |",
    );
    Step::ALL.iter().for_each(|step| page.push_str(&format!(" {} |", step.request())));
    page.push_str("\n| --- |");
    Step::ALL.iter().for_each(|_| page.push_str(" --- |"));
    page.push('\n');
    reports.iter().for_each(|report| page.push_str(&step_by_step(report)));
    page
}

fn summary(report: &Report) -> String {
    let slowest = report.firsts.iter().map(|(_, _, elapsed)| *elapsed).max().unwrap_or_default();
    let (lost, doubled) = (report.count("lost"), report.count("doubled"));
    format!(
        "| {} | {} | {} | {lost} | {doubled} | {} | {}{} |\n",
        report.fault.title,
        answers(report),
        seconds(slowest),
        report.findings.len() - lost - doubled,
        seconds(report.recovery),
        if report.fault.is_survived { "" } else { " †" },
    )
}

fn step_by_step(report: &Report) -> String {
    let cells = report.firsts.iter();
    let cells: String =
        cells.map(|(_, outcome, elapsed)| format!(" {} ({:.1}) |", word(*outcome), elapsed.as_secs_f64())).collect();
    format!("| {} |{cells}\n", report.fault.title)
}

fn answers(report: &Report) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (_, outcome, _) in &report.firsts {
        let name = match outcome {
            Outcome::Answered(status) if status.is_success() => "2xx".to_owned(),
            Outcome::Answered(status) => status.as_u16().to_string(),
            Outcome::Broken => "broken connection".to_owned(),
            Outcome::Late => "no answer".to_owned(),
        };
        *counts.entry(name).or_default() += 1;
    }
    counts.iter().map(|(name, count)| format!("{count} × {name}")).collect::<Vec<_>>().join(", ")
}

fn word(outcome: Outcome) -> String {
    match outcome {
        Outcome::Answered(status) => status.as_u16().to_string(),
        Outcome::Broken => "-".to_owned(),
        Outcome::Late => "…".to_owned(),
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
