//! The parameters after the `?`.

use std::str::FromStr;

use navette_router::Faults;
use navette_router::listing::{
    OrderBy, OrganizationField, OrganizationQuery, ProcessField, ProcessQuery, SubscriptionField, SubscriptionQuery,
    Window,
};
use navette_router::model::{OrganizationType, ProcessCode, SubscriptionStatus};

use super::{NotificationList, RetentionList, text};

/// The words that published gateways use.
const WRONG_TYPE: &str = "Instance type (string) does not match any allowed primitive type (allowed: [\"integer\",\"number\"]); give a whole number";

/// Process codes of one parameter.
const CODES_MAX: usize = 200;

/// No parameter is known.
pub(super) fn none(query: Option<&str>, faults: &mut Faults) {
    each(query, faults, |_, _, _| false);
}

/// Whether a light case is asked for.
pub(super) fn lite(query: Option<&str>, faults: &mut Faults) -> bool {
    let mut lite = false;
    each(query, faults, |faults, name, value| {
        let known = name == "lite";
        if known {
            lite = boolean(faults, name, value);
        }
        known
    });
    lite
}

/// What of an inbox is asked for. Either spelling of the offset passes: published interfaces have both.
pub(super) fn notifications(query: Option<&str>, faults: &mut Faults) -> NotificationList {
    let mut list = NotificationList::default();
    each(query, faults, |faults, name, value| {
        match name {
            "maxResult" => list.query.limit = number(faults, name, value, 1),
            "offSet" | "offset" => list.query.offset = number(faults, name, value, 0).unwrap_or_default(),
            "eventDetails" => list.event_details = boolean(faults, name, value),
            "processCode" => codes(faults, name, value, &mut list.query.processes),
            "processPriority" => codes(faults, name, value, &mut list.query.priority),
            _ => return false,
        }
        true
    });
    list
}

/// Which organizations are asked for.
pub(super) fn organizations(query: Option<&str>, faults: &mut Faults) -> OrganizationQuery {
    let mut asked = OrganizationQuery::default();
    each(query, faults, |faults, name, value| {
        match name {
            "type" => asked.kind = word::<OrganizationType>(faults, name, value, "OSL, SI, ADMIN"),
            "company_register" | "companyRegister" => asked.company_register = siret(faults, name, value),
            _ => return window(faults, name, value, &mut asked.window, OrganizationField::WORDS),
        }
        true
    });
    asked
}

/// Which processes are asked for.
pub(super) fn processes(query: Option<&str>, faults: &mut Faults) -> ProcessQuery {
    let mut asked = ProcessQuery::default();
    each(query, faults, |faults, name, value| {
        match name {
            "company_register" | "companyRegister" => asked.company_register = siret(faults, name, value),
            _ => return window(faults, name, value, &mut asked.window, ProcessField::WORDS),
        }
        true
    });
    asked
}

/// Which subscriptions are asked for.
pub(super) fn subscriptions(query: Option<&str>, faults: &mut Faults) -> SubscriptionQuery {
    let mut asked = SubscriptionQuery::default();
    each(query, faults, |faults, name, value| {
        match name {
            "datapassId" => {
                asked.datapass_id = value.parse().ok();
                if asked.datapass_id.is_none() {
                    faults.add(name, WRONG_TYPE);
                }
            }
            "processCode" => codes(faults, name, value, &mut asked.processes),
            "status" => {
                asked.status = word::<SubscriptionStatus>(faults, name, value, "Actif, Inactif, Refusé, Suspendu");
            }
            "company_register" | "companyRegister" => asked.company_register = siret(faults, name, value),
            "delegationActorEmail" => asked.delegation_actor_email = Some(value.to_owned()),
            _ => return window(faults, name, value, &mut asked.window, SubscriptionField::WORDS),
        }
        true
    });
    asked
}

/// Which folders' ends are asked for.
pub(super) fn retention(query: Option<&str>, faults: &mut Faults) -> RetentionList {
    let mut asked = RetentionList::default();
    each(query, faults, |faults, name, value| {
        match name {
            "after" => {
                asked.after = value.parse().ok();
                if asked.after.is_none() {
                    faults.add(name, "is not a valid UUID; give the identifier of a folder");
                }
            }
            "maxResult" => asked.limit = number(faults, name, value, 1),
            _ => return false,
        }
        true
    });
    asked
}

/// Which of a list that gives the latest first are asked for: those before one, and how many at most.
pub(super) fn latest<T: FromStr>(query: Option<&str>, faults: &mut Faults) -> (Option<T>, Option<usize>) {
    let mut asked = (None, None);
    each(query, faults, |faults, name, value| {
        match name {
            "before" => asked.0 = before(faults, name, value),
            "maxResult" => asked.1 = number(faults, name, value, 1),
            _ => return false,
        }
        true
    });
    asked
}

/// Where a list goes on.
fn before<T: FromStr>(faults: &mut Faults, name: &str, value: &str) -> Option<T> {
    let before = value.parse().ok();
    if before.is_none() {
        faults.add(name, "is not a valid UUID; give the `next` of the former answer");
    }
    before
}

/// The parameters that every list has. Either spelling of the offset passes: published interfaces have both.
fn window<F: FromStr>(
    faults: &mut Faults,
    name: &str,
    value: &str,
    window: &mut Window<F>,
    fields: &[&'static str],
) -> bool {
    match name {
        "maxResult" => window.limit = number(faults, name, value, 1),
        "offSet" | "offset" => window.offset = number(faults, name, value, 0).unwrap_or_default(),
        "orderBy" => window.order = order(faults, name, value, fields),
        _ => return false,
    }
    true
}

/// `field`, `asc(field)` or `desc(field)`.
fn order<F: FromStr>(faults: &mut Faults, name: &str, value: &str, fields: &[&'static str]) -> Option<OrderBy<F>> {
    let inside = |direction: &str| {
        let (head, rest) = value.split_at_checked(direction.len())?;
        head.eq_ignore_ascii_case(direction).then_some(rest)?.strip_prefix('(')?.strip_suffix(')')
    };
    let (field, descending) = match (inside("asc"), inside("desc")) {
        (Some(field), _) => (field, false),
        (None, Some(field)) => (field, true),
        (None, None) => (value, false),
    };
    let field = field.trim().parse().ok();
    if field.is_none() {
        faults.add(
            name,
            format!("is not a field of the list; write asc(field) or desc(field) with one of {}", fields.join(", ")),
        );
    }
    field.map(|field| OrderBy { field, descending })
}

fn word<T: FromStr>(faults: &mut Faults, name: &str, value: &str, allowed: &str) -> Option<T> {
    let word = value.parse().ok();
    if word.is_none() {
        faults.add(name, format!("is not a known value; use one of {allowed}"));
    }
    word
}

fn siret(faults: &mut Faults, name: &str, value: &str) -> Option<String> {
    let valid = value.len() == 14 && value.bytes().all(|byte| byte.is_ascii_digit());
    if !valid {
        faults.add(name, "does not match [0-9]{14}; give the 14 digits of the SIRET");
    }
    valid.then(|| value.to_owned())
}

/// Gives each parameter to `take`, which says whether it knows it.
fn each(query: Option<&str>, faults: &mut Faults, mut take: impl FnMut(&mut Faults, &str, &str) -> bool) {
    for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (text::parameter(name), text::parameter(value));
        if !take(faults, &name, &value) {
            faults.add("", format!("Query parameter '{}' is unexpected; remove it", text::printable(&name)));
        }
    }
}

fn number(faults: &mut Faults, name: &str, value: &str, least: usize) -> Option<usize> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let fault = match value.parse::<usize>() {
        Ok(number) if digits && number >= least => return Some(number),
        Ok(_) if digits => format!("is less than {least}; give a larger number"),
        Err(_) if digits => "is too large; give a smaller number".to_owned(),
        Ok(_) | Err(_) => WRONG_TYPE.to_owned(),
    };
    faults.add(name, fault);
    None
}

fn boolean(faults: &mut Faults, name: &str, value: &str) -> bool {
    if !matches!(value, "true" | "false") {
        faults.add(name, "is neither true nor false; give one of them");
    }
    value == "true"
}

fn codes(faults: &mut Faults, name: &str, value: &str, codes: &mut Vec<ProcessCode>) {
    for code in value.split(',').map(str::trim).filter(|code| !code.is_empty()) {
        match ProcessCode::new(code) {
            Some(code) if codes.len() < CODES_MAX => codes.push(code),
            Some(_) => faults.add(name, format!("holds more than {CODES_MAX} codes; ask for fewer")),
            None => faults.add(name, "holds a value that is not a process code; correct it"),
        }
    }
}
