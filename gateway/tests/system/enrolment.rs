//! Organizations and subscriptions out of a file, by the program itself.

use std::path::PathBuf;
use std::process::Output;

use crate::hub::{Hub, Setup};
use crate::parties::Must as _;

const ORGANIZATIONS: &str = "SIRET;Code INSEE;Nom;Code postal;Département\n\
    73282932000074;77372;Pommeuse;77515;Seine-et-Marne\n\
    73282932000074;77001;Achères-la-Forêt;77760;Seine-et-Marne\n";
const FAULTY: &str = "73282932000075;77002;Amillis;77120;Seine-et-Marne\n";
const SUBSCRIPTIONS: &str = "processCode,companyRegister,branchCode,localAdministratorEmail,accessMode\n\
    CERTDC,73282932000074,77372,agent@example.fr,API\n";

/// Runs `navette admin import`.
async fn import(hub: &Hub, kind: &str, table: &[u8], options: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| -> PathBuf {
        let path = directory.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let credentials = file("credentials.json", &serde_json::to_vec(&*hub.access).unwrap());
    let table = file("table.csv", table);
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_navette"));
    command.arg("admin").arg("--credentials").arg(credentials);
    if let Some(authority) = hub.certificate() {
        command.arg("--ca").arg(authority);
    }
    command.args(["import", kind]).arg(table).args(options);
    command.output().await.unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) async fn a_table_is_imported_whole_or_not_at_all_and_again_changes_nothing(setup: Setup) {
    let hub = setup.start().await;
    let administrator = hub.administrator().await;
    let url = hub.access.referential_url.clone();
    let known = async || {
        let path = "/organizations?companyRegister=73282932000074";
        let answer = administrator.send_to(&url, http::Method::GET, path, bytes::Bytes::new(), &[]).await;
        answer.must(200).json().as_array().map_or(0, Vec::len)
    };

    let faulty = [ORGANIZATIONS, FAULTY].concat();
    let refused = import(&hub, "organizations", faulty.as_bytes(), &[]).await;
    assert!(!refused.status.success());
    assert!(said(&refused).starts_with("line 4: companyRegister: is not a SIRET"), "{}", said(&refused));
    assert_eq!(known().await, 0, "nothing is imported");

    let dry = import(&hub, "organizations", ORGANIZATIONS.as_bytes(), &["--dry-run"]).await;
    assert!(dry.status.success() && said(&dry).starts_with("would create 2,"), "{}", said(&dry));
    assert_eq!(known().await, 0);

    let partial = import(&hub, "organizations", faulty.as_bytes(), &["--partial"]).await;
    assert!(!partial.status.success() && said(&partial).contains("created 2, changed 0"), "{}", said(&partial));
    assert_eq!(known().await, 2);

    // The same in Latin-1, with another name for one of them.
    let latin: Vec<u8> = ORGANIZATIONS.replace("Pommeuse", "Pommeuse-sur-Morin").chars().map(|c| c as u8).collect();
    let changed = import(&hub, "organizations", &latin, &[]).await;
    assert!(changed.status.success() && said(&changed).contains("created 0, changed 1, left 1"), "{}", said(&changed));

    for expected in ["created 1, changed 0, left 0", "created 0, changed 0, left 1"] {
        let subscribed = import(&hub, "subscriptions", SUBSCRIPTIONS.as_bytes(), &[]).await;
        assert!(subscribed.status.success() && said(&subscribed).contains(expected), "{}", said(&subscribed));
    }
    let unknown = SUBSCRIPTIONS.replace("CERTDC", "NOBODYS");
    let refused = import(&hub, "subscriptions", unknown.as_bytes(), &[]).await;
    assert!(said(&refused).contains("line 2: processCode: is not the code of a process"), "{}", said(&refused));
}
