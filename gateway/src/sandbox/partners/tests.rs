use std::collections::HashSet;

use super::*;

/// Who receives a process, in the order of the table.
fn recipients(process_code: &str) -> impl Iterator<Item = &'static Organization> {
    SUBSCRIPTIONS
        .iter()
        .filter(move |subscription| subscription.processes.contains(&process_code))
        .filter_map(|subscription| organization(subscription.subscriber))
}

/// The checksum of a SIREN and of a SIRET: from the right, every second digit counts double.
fn passes_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .map(|byte| u32::from(byte - b'0'))
        .enumerate()
        .map(|(place, digit)| if place % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { digit })
        .sum();
    sum.is_multiple_of(10)
}

#[test]
fn every_siret_and_the_siren_in_it_pass_their_checksum() {
    for organization in ORGANIZATIONS {
        let siret = organization.company_register;
        assert!(siret.len() == 14 && siret.bytes().all(|byte| byte.is_ascii_digit()), "{}", organization.id);
        let siren = siret.get(..9).expect("nine digits");
        assert!(passes_luhn(siret) && passes_luhn(siren), "{}", organization.id);
    }
}

#[test]
fn every_organization_fits_the_limits_of_the_contract() {
    for organization in ORGANIZATIONS {
        let Organization { id, branch_code, name, code, .. } = organization;
        let branch_is_well_formed = branch_code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        assert!((1..=10).contains(&branch_code.len()) && branch_is_well_formed, "{id}");
        assert!((1..=100).contains(&name.chars().count()), "{id}");
        assert!(code.is_none_or(|code| code.chars().count() <= 10), "{id}");
    }
}

#[test]
fn nothing_is_listed_twice() {
    let keys: HashSet<_> =
        ORGANIZATIONS.iter().map(|organization| (organization.company_register, organization.branch_code)).collect();
    assert_eq!(keys.len(), ORGANIZATIONS.len());
    let ids: HashSet<_> = ORGANIZATIONS.iter().map(|organization| organization.id).collect();
    assert_eq!(ids.len(), ORGANIZATIONS.len());
    let codes: HashSet<_> = PROCESSES.iter().map(|process| process.code).collect();
    assert_eq!(codes.len(), PROCESSES.len());
    let subscribers: HashSet<_> = SUBSCRIPTIONS.iter().map(|subscription| subscription.subscriber).collect();
    assert_eq!(subscribers.len(), SUBSCRIPTIONS.len());
    for process in PROCESSES {
        let types: Vec<_> = process.attachment_types().collect();
        assert_eq!(types.iter().collect::<HashSet<_>>().len(), types.len(), "{}", process.code);
    }
}

#[test]
fn every_process_is_owned_by_a_depositor_and_reaches_at_least_one_recipient() {
    for process in PROCESSES {
        assert_eq!(organization(process.osl).map(|owner| owner.role), Some(Role::Osl), "{}", process.code);
        assert!(recipients(process.code).count() >= 1, "{}", process.code);
        assert!(recipients(process.code).all(|recipient| recipient.role == Role::Si), "{}", process.code);
    }
}

#[test]
fn every_subscription_names_an_organization_and_processes_that_exist() {
    for subscription in SUBSCRIPTIONS {
        assert!(organization(subscription.subscriber).is_some(), "{}", subscription.subscriber);
        for code in subscription.processes {
            assert!(process(code).is_some(), "{}: {code}", subscription.subscriber);
        }
    }
}

#[test]
fn a_certificate_of_death_goes_to_the_town_hall_and_to_the_health_agency() {
    let first: Vec<_> = recipients("CERTDC").map(|recipient| recipient.id).take(2).collect();
    assert_eq!(first, ["Rodez", "ARS Occitanie"]);
}

#[test]
fn a_published_folder_gives_its_processes() {
    let codes = |folder| processes_of_folder(folder).map(|process| process.code).collect::<Vec<_>>();
    assert_eq!(codes("IRSACG-IRSDCG"), ["IRSACG", "IRSDCG"]);
    assert_eq!(codes("certificat-non-pacs"), ["certificat-non-pacs"]);
    assert_eq!(codes("ETATCIVIL"), ["ETATCIVIL", "EtatCivil"]);
    assert!(codes("unknown").is_empty());
}
