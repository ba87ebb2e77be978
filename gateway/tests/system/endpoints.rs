//! Where cases are brought, as whoever runs the hub sets and tries it.

use std::ffi::OsStr;

use crate::callee::Callee;
use crate::deliveries::{SECRET, starts};
use crate::enrolment::administers;
use crate::hub::{Setup, eventually};
use crate::parties::{note, text};

pub(crate) async fn a_table_says_where_cases_are_brought_and_a_trial_what_is_wrong(setup: Setup) {
    let callee = Callee::start().await;
    let hub = starts(setup).await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let key = recipient.key();
    let (register, branch) = (text(&key, "companyRegister"), text(&key, "branchCode"));
    let directory = tempfile::tempdir().unwrap();
    let table = directory.path().join("subscriptions.csv");
    let columns =
        "processCode,companyRegister,branchCode,localAdministratorEmail,accessMode,endpoint.url,endpoint.secret.file";
    let line = |url: &str| format!("{columns}\nCERTDC,{register},{branch},agent@example.fr,WEBHOOK,{url},secret.txt\n");
    std::fs::write(directory.path().join("secret.txt"), SECRET).unwrap();
    let run = async |arguments: &[&OsStr]| {
        let output = administers(&hub, "admin", arguments).await;
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    };
    let import = async |url: &str| {
        std::fs::write(&table, line(url)).unwrap();
        run(&["import".as_ref(), "subscriptions".as_ref(), table.as_ref()]).await
    };
    let (done, said) = import("ftp://si.example.fr").await;
    assert!(!done && said.contains("line 2: ") && said.contains("url"), "{said}");
    let (done, said) = import(&callee.url()).await;
    assert!(done, "{said}");

    let subscription = format!("CERTDC/SI-{register}-{branch}");
    let endpoint = async |what: &str| run(&["endpoint".as_ref(), what.as_ref(), subscription.as_ref()]).await;
    let (done, shown) = endpoint("show").await;
    assert!(done && shown.contains(&callee.url()) && !shown.contains(SECRET), "{shown}");
    let (works, said) = endpoint("test").await;
    assert!(works && callee.calls().len() == 1, "{said}");
    callee.refuses(true);
    let (works, said) = endpoint("test").await;
    assert!(!works && said.contains("500"), "{said}");

    callee.refuses(false);
    depositor.deposits(&[note("certificat.txt", "content")], &[&recipient]).await;
    eventually("the call", async || (callee.calls().len() == 3).then_some(())).await;
}
