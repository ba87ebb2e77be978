//! Lenient JSON: whatever a property holds is read, and what is not of its type is remembered as a fault, so that one pass over a
//! body finds all its faults.

mod field;
mod object;
mod skipped;

use navette_router::Faults;
use serde_json::error::Category;

pub(crate) use field::{Field, Kind, TOO_MANY};
pub(crate) use object::{Object, object};

/// Values of one body, roughly: what is parsed takes more memory than what was sent, and this bounds how much.
const VALUES_MAX: usize = 250_000;
/// Elements of one list of a body.
const ELEMENTS_MAX: usize = 20_000;

/// Reads a whole body, which is an object or a list.
pub(crate) fn read<T: Kind>(body: &[u8]) -> Result<T, Faults> {
    // Some programs put a byte order mark before all they write.
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let message = if body.iter().filter(|byte| **byte == b',').count() > VALUES_MAX {
        format!("the body holds more than {VALUES_MAX} values; split the request")
    } else {
        match serde_json::from_slice::<Field<T>>(body) {
            Ok(Field::Value(object)) => return Ok(object),
            Ok(Field::Wrong(found)) => format!("the body is of type {found}; send a JSON {}", T::NAME),
            Ok(Field::Null | Field::Missing) => format!("the body is null; send a JSON {}", T::NAME),
            Err(_) if body.iter().all(u8::is_ascii_whitespace) => format!("the body is empty; send a JSON {}", T::NAME),
            Err(error) => complaint(&error),
        }
    };
    let mut faults = Faults::default();
    faults.add("", message);
    Err(faults)
}

/// What is wrong, and where. Only known words of the parser's own message are repeated: the rest may quote the body, which may
/// hold personal data.
fn complaint(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = if let Some(rest) = text.strip_prefix(object::DUPLICATE) {
        format!("holds the property {} twice", rest.split(' ').next().unwrap_or_default())
    } else if text.starts_with(field::TOO_MANY) {
        format!("holds a list of more than {ELEMENTS_MAX} elements")
    } else if text.starts_with("recursion limit") {
        "is nested too deeply".to_owned()
    } else if text.starts_with("number out of range") {
        "holds a number that is too large".to_owned()
    } else if text.starts_with("invalid unicode code point") {
        "holds text that is not UTF-8".to_owned()
    } else if error.classify() == Category::Eof {
        "ends too early".to_owned()
    } else {
        "is not valid JSON".to_owned()
    };
    format!("the body {what} at line {}, column {}; correct it there", error.line(), error.column())
}

#[cfg(test)]
mod tests;
