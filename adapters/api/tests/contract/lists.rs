//! Lists of the referential: filters, order, pages.

use navette_router::Caller;
use navette_storage::conformance::fixtures::{administrator, enroller, osl, other_osl};
use serde_json::Value;

use crate::desk::{Desk, text};

const ORGANIZATIONS: &str = "/referential/v1/organizations";
const PROCESSES: &str = "/referential/v1/processes";
const SUBSCRIPTIONS: &str = "/referential/v1/subscriptions";

/// The rows of a list and its `Content-Range`.
async fn list(desk: &Desk, who: &Caller, path: &str) -> (Vec<Value>, String) {
    let got = desk.get(who, path).await.is(200);
    let range = got.header("content-range").expect("a range").to_owned();
    let Value::Array(rows) = got.json() else { panic!("{path} is not a bare array") };
    (rows, range)
}

fn column(rows: &[Value], field: &str) -> Vec<String> {
    rows.iter().map(|row| text(&row[field])).collect()
}

#[tokio::test]
async fn a_list_comes_in_pages_whose_order_is_stable() {
    let desk = Desk::new().await;
    let (all, range) = list(&desk, &administrator(), ORGANIZATIONS).await;
    assert_eq!((all.len(), range.as_str()), (6, "Organizations 0-5/6"));
    let mut paged = Vec::new();
    for (offset, expected) in [(0, "0-3/6"), (4, "4-5/6"), (8, "0-0/6")] {
        let (rows, range) =
            list(&desk, &administrator(), &format!("{ORGANIZATIONS}?maxResult=4&offSet={offset}")).await;
        assert_eq!(range, format!("Organizations {expected}"));
        paged.extend(rows);
    }
    assert_eq!(paged, all);
    let (rows, range) = list(&desk, &administrator(), &format!("{SUBSCRIPTIONS}?maxResult=100000&offset=2")).await;
    assert_eq!((rows.len(), range.as_str()), (10, "Subscriptions 2-11/12"));
}

#[tokio::test]
async fn a_list_is_ordered_by_any_field_either_way() {
    let desk = Desk::new().await;
    let who = administrator();
    let (up, _) = list(&desk, &who, &format!("{ORGANIZATIONS}?orderBy=asc(name)")).await;
    let (down, _) = list(&desk, &who, &format!("{ORGANIZATIONS}?orderBy=desc(name)")).await;
    let names = column(&up, "name");
    assert!(names.is_sorted());
    assert_eq!(column(&down, "name"), names.into_iter().rev().collect::<Vec<_>>());
    for field in ["company_register", "companyRegister", "branche_code", "asc(create_date_time)"] {
        list(&desk, &who, &format!("{ORGANIZATIONS}?orderBy={field}")).await;
    }
    let (rows, _) = list(&desk, &who, &format!("{PROCESSES}?orderBy=desc(code)")).await;
    assert!(column(&rows, "code").is_sorted_by(|one, next| one > next));
    let (rows, _) = list(&desk, &who, &format!("{SUBSCRIPTIONS}?orderBy=asc(process_code)")).await;
    assert!(column(&rows, "processCode").is_sorted());
    for order in ["height", "asc(height)", "asc(name", "up(name)", ""] {
        desk.get(&who, &format!("{ORGANIZATIONS}?orderBy={order}")).await.is(400).says("orderBy: is not a field");
    }
}

#[tokio::test]
async fn a_list_holds_what_its_filters_let_through() {
    let desk = Desk::new().await;
    let who = administrator();
    for (path, total) in [
        (format!("{ORGANIZATIONS}?type=OSL"), 2),
        (format!("{ORGANIZATIONS}?type=SI"), 4),
        (format!("{ORGANIZATIONS}?type=ADMIN"), 0),
        (format!("{ORGANIZATIONS}?company_register=10000000000001"), 1),
        (format!("{ORGANIZATIONS}?companyRegister=10000000000001&type=SI"), 0),
        (format!("{PROCESSES}?companyRegister=10000000000001"), 2),
        (format!("{SUBSCRIPTIONS}?datapassId=1"), 12),
        (format!("{SUBSCRIPTIONS}?datapassId=2"), 0),
        (format!("{SUBSCRIPTIONS}?status=Actif"), 12),
        (format!("{SUBSCRIPTIONS}?status=Refus%C3%A9"), 0),
        (format!("{SUBSCRIPTIONS}?processCode=CERTDC"), 4),
        (format!("{SUBSCRIPTIONS}?processCode=CERTDC,NOBODYS&status=Actif"), 4),
        (format!("{SUBSCRIPTIONS}?delegationActorEmail=nobody@example.fr"), 0),
    ] {
        let (rows, range) = list(&desk, &who, &path).await;
        assert_eq!(rows.len(), total, "{path}");
        assert!(range.ends_with(&format!("/{total}")), "{path}: {range}");
    }
    for (query, words) in [
        ("processType=CERTDC", "Query parameter 'processType' is unexpected"),
        ("status=active", "status: is not a known value; use one of Actif"),
        ("companyRegister=12", "companyRegister: does not match [0-9]{14}"),
        ("maxResult=0&offSet=-1", "offSet: "),
        ("datapassId=x", "datapassId: "),
    ] {
        desk.get(&who, &format!("{SUBSCRIPTIONS}?{query}")).await.is(400).says(words);
    }
}

#[tokio::test]
async fn a_depositor_sees_the_subscriptions_to_its_own_processes() {
    let desk = Desk::new().await;
    let (own, range) = list(&desk, &osl(), SUBSCRIPTIONS).await;
    assert_eq!((own.len(), range.as_str()), (8, "Subscriptions 0-7/8"));
    let (others, _) = list(&desk, &other_osl(), SUBSCRIPTIONS).await;
    assert_eq!(others.len(), 4);
    let (none, range) = list(&desk, &other_osl(), &format!("{SUBSCRIPTIONS}?processCode=CERTDC")).await;
    assert_eq!((none.len(), range.as_str()), (0, "Subscriptions 0-0/0"));
    for path in [ORGANIZATIONS, PROCESSES] {
        desk.get(&osl(), path).await.is(403);
    }
    desk.get(&enroller(), SUBSCRIPTIONS).await.is(403);
    list(&desk, &enroller(), ORGANIZATIONS).await;
}
