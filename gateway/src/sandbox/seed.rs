//! The partners of the sandbox as facts for the journal.

use navette_router::entry::Fact;
use navette_router::model::{
    AccessMode, ClientId, Contact, Credential, Organization, OrganizationKey, OrganizationType, Process, ProcessCode,
    SecretHash, Status, Subscription, SubscriptionId, SubscriptionStatus, SubscriptionValidation, Timestamp,
};
use navette_router::rights::Scope;

use super::partners;

/// Organizations, processes and subscriptions.
pub(super) fn referential(now: Timestamp) -> Vec<Fact> {
    let organizations =
        partners::ORGANIZATIONS.iter().filter_map(|row| organization(row, now)).map(Fact::OrganizationRegistered);
    let processes = partners::PROCESSES.iter().filter_map(|row| process(row, now)).map(Fact::ProcessRegistered);
    let subscriptions =
        subscriptions().filter_map(|(key, code)| subscription(key, code, now)).map(Fact::SubscriptionRegistered);
    organizations.chain(processes).chain(subscriptions).collect()
}

/// Who owns, and so deposits, a process.
pub(super) fn owner(code: &str) -> Option<OrganizationKey> {
    key(partners::organization(partners::process(code)?.osl)?)
}

/// Who gets a credential: one administrator, one enroller, one for each depositor, one for each subscription.
pub(super) fn bearers() -> Vec<(Scope, Option<OrganizationKey>, Option<ProcessCode>)> {
    let depositors = partners::ORGANIZATIONS
        .iter()
        .filter(|row| row.role == partners::Role::Osl)
        .map(|row| (Scope::Osl, key(row), None));
    let recipients = subscriptions().map(|(row, code)| (Scope::Si, key(row), ProcessCode::new(code)));
    [(Scope::Admin, None, None), (Scope::Datapass, None, None)]
        .into_iter()
        .chain(depositors)
        .chain(recipients)
        .collect()
}

/// A credential as a fact.
pub(super) fn credential(
    client_id: ClientId,
    secret_hash: SecretHash,
    (scope, organization, process): (Scope, Option<OrganizationKey>, Option<ProcessCode>),
    now: Timestamp,
) -> Fact {
    Fact::CredentialIssued(Credential {
        client_id,
        scope,
        organization,
        process,
        secret_hash,
        issued_at: now,
        revoked_at: None,
        expires_at: None,
        used_at: None,
    })
}

fn subscriptions() -> impl Iterator<Item = (&'static partners::Organization, &'static str)> {
    partners::SUBSCRIPTIONS.iter().flat_map(|row| {
        row.processes.iter().filter_map(move |code| Some((partners::organization(row.subscriber)?, *code)))
    })
}

fn key(row: &partners::Organization) -> Option<OrganizationKey> {
    let kind = match row.role {
        partners::Role::Osl => OrganizationType::Osl,
        partners::Role::Si => OrganizationType::Si,
    };
    OrganizationKey::new(kind, row.company_register, row.branch_code).ok()
}

fn organization(row: &partners::Organization, now: Timestamp) -> Option<Organization> {
    Some(Organization {
        key: key(row)?,
        name: row.name.to_owned(),
        code: row.code.map(str::to_owned),
        country: Some("France".to_owned()),
        postal_code: row.postal_code.to_owned(),
        territory: row.territory.to_owned(),
        email: None,
        phone_number: None,
        status: "Actif".to_owned(),
        created_at: now,
        updated_at: None,
    })
}

fn process(row: &partners::Process, now: Timestamp) -> Option<Process> {
    let formats: Vec<String> = partners::MEDIA_TYPES.iter().map(|format| (*format).to_owned()).collect();
    Some(Process {
        code: ProcessCode::new(row.code)?,
        name: row.name.to_owned(),
        description: None,
        is_activated: true,
        osl: key(partners::organization(row.osl)?)?,
        attachment_formats: formats.clone(),
        si_attachment_formats: formats,
        attachment_types: row.attachment_types().map(str::to_owned).collect(),
        attachment_max_bytes: partners::ATTACHMENT_MAX_BYTES,
        attachments_max: None,
        required_statuses: row.required_statuses.to_vec(),
        priority: row.priority,
        status_before_file_deletion: row.status_before_file_deletion.parse::<Status>().ok()?,
        days_before_file_deletion: row.days_before_file_deletion,
        days_before_archiving: row.days_before_archiving,
        days_before_folder_deletion: row.days_before_folder_deletion,
        messages_allowed: row.messages_allowed,
        subscription_validation: SubscriptionValidation::Auto,
        legal_justification: None,
        created_at: now,
        updated_at: None,
    })
}

fn subscription(row: &partners::Organization, code: &str, now: Timestamp) -> Option<Subscription> {
    let administrator = Contact {
        first_name: None,
        last_name: None,
        email: Some("sandbox@example.fr".to_owned()),
        function: None,
        phone_number: None,
        mobile_number: None,
    };
    Some(Subscription {
        id: SubscriptionId::generate(),
        datapass_id: 1,
        process: ProcessCode::new(code)?,
        subscriber: key(row)?,
        access_mode: partners::ACCESS_MODE.parse::<AccessMode>().ok(),
        notification_frequency: "Aucune".to_owned(),
        email: None,
        status: SubscriptionStatus::Active,
        activated_at: Some(now),
        validated_at: Some(now),
        rejected_at: None,
        ends_at: None,
        rejection_reason: None,
        local_administrator: administrator,
        delegation_actor: None,
        created_at: now,
        updated_at: None,
        endpoint: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_tables_becomes_a_fact() {
        let subscriptions: usize = partners::SUBSCRIPTIONS.iter().map(|row| row.processes.len()).sum();
        let rows = partners::ORGANIZATIONS.len() + partners::PROCESSES.len() + subscriptions;
        assert_eq!(referential(Timestamp::now()).len(), rows);
    }

    #[test]
    fn there_is_a_depositor_and_two_recipients_of_certificates_of_death() {
        let of = |scope| bearers().into_iter().filter(move |bearer| bearer.0 == scope);
        assert!(of(Scope::Osl).count() >= 1);
        let certdc = ProcessCode::new("CERTDC");
        assert!(of(Scope::Si).filter(|bearer| bearer.2 == certdc).count() >= 2);
        assert!(
            bearers().iter().all(|(scope, key, _)| matches!(scope, Scope::Admin | Scope::Datapass) || key.is_some())
        );
    }
}
