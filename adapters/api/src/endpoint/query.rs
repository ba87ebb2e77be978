//! The parameters after the `?`.

use navette_router::Faults;
use navette_router::model::ProcessCode;

use super::{NotificationList, text};

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
    const WRONG_TYPE: &str = "Instance type (string) does not match any allowed primitive type (allowed: [\"integer\",\"number\"]); give a whole number";
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
