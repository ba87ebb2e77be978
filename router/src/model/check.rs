//! The checks that the constructors of the model share: each adds a fault and goes on, so that all faults are found.

use std::str::FromStr;

use crate::error::Faults;

use super::Timestamp;

/// Collects faults of one object whose place in the body is known.
#[derive(Debug)]
pub struct Check<'a> {
    faults: &'a mut Faults,
    prefix: String,
}

impl<'a> Check<'a> {
    /// Checks an object at `prefix` (empty at the top of a body).
    pub fn new(faults: &'a mut Faults, prefix: impl Into<String>) -> Self {
        Self { faults, prefix: prefix.into() }
    }

    /// The path of a field of this object.
    pub fn path(&self, field: &str) -> String {
        if self.prefix.is_empty() { field.to_owned() } else { format!("{}.{field}", self.prefix) }
    }

    /// A check of an object inside this one.
    pub fn inside(&mut self, field: &str) -> Check<'_> {
        let prefix = self.path(field);
        Check { faults: self.faults, prefix }
    }

    /// Adds a fault on a field.
    pub fn fault(&mut self, field: &str, message: impl Into<String>) {
        let path = self.path(field);
        self.faults.add(path, message);
    }

    /// A field that must be there, whatever its type.
    pub fn required<T>(&mut self, field: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.fault(field, "required property is missing; add it");
        }
        value
    }

    /// A text that must be there, not blank and at most `max_chars` characters.
    pub fn text(&mut self, field: &str, value: Option<String>, max_chars: usize) -> String {
        match self.required(field, value) {
            Some(text) if text.trim().is_empty() => {
                self.fault(field, "must not be empty; give a value");
                String::new()
            }
            Some(text) => self.bounded(field, text, max_chars).unwrap_or_default(),
            None => String::new(),
        }
    }

    /// A text that may be absent or null.
    pub fn optional_text(&mut self, field: &str, value: Option<String>, max_chars: usize) -> Option<String> {
        value.and_then(|text| self.bounded(field, text, max_chars))
    }

    /// A text that may run over several lines.
    pub fn optional_prose(&mut self, field: &str, value: Option<String>, max_chars: usize) -> Option<String> {
        value.and_then(|text| {
            let forbidden = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
            self.bounded_without(field, text, max_chars, forbidden)
        })
    }

    /// A word that stands for a value of `T`.
    pub fn word<T: FromStr>(&mut self, field: &str, value: Option<String>, allowed: &str) -> Option<T> {
        let text = self.required(field, value)?;
        self.optional_word(field, Some(text), allowed)
    }

    /// The same, but it may be absent or null.
    pub fn optional_word<T: FromStr>(&mut self, field: &str, value: Option<String>, allowed: &str) -> Option<T> {
        let text = value?;
        let word = text.parse().ok();
        if word.is_none() {
            self.fault(field, format!("is not a known value; use one of {allowed}"));
        }
        word
    }

    /// A date with a time and an offset that may be absent or null.
    pub fn optional_date(&mut self, field: &str, value: Option<String>) -> Option<Timestamp> {
        let text = value?;
        let date = text.parse().ok();
        if date.is_none() {
            self.fault(field, "is not a valid date; write it like 2026-11-23T07:28:21.123+01:00");
        }
        date
    }

    /// An e-mail address that may be absent or null.
    pub fn optional_email(&mut self, field: &str, value: Option<String>) -> Option<String> {
        let text = self.optional_text(field, value, 320)?;
        if text.trim().is_empty() {
            return None;
        }
        let valid = text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && domain.contains('.')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
                && !domain.contains('@')
                && !text.chars().any(char::is_whitespace)
        });
        if !valid {
            self.fault(field, "String is not a valid email value; write it like name@example.fr");
            return None;
        }
        Some(text)
    }

    /// A telephone number, 10 to 20 digits after an optional `+`, that may be absent or null.
    pub fn optional_telephone(&mut self, field: &str, value: Option<String>) -> Option<String> {
        let text = value?;
        let digits = text.strip_prefix('+').unwrap_or(&text);
        if !(10..=20).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            self.fault(field, "is not a telephone number; write 10 to 20 digits, with or without a leading +");
            return None;
        }
        Some(text)
    }

    fn bounded(&mut self, field: &str, text: String, max_chars: usize) -> Option<String> {
        self.bounded_without(field, text, max_chars, char::is_control)
    }

    fn bounded_without(
        &mut self,
        field: &str,
        text: String,
        max_chars: usize,
        forbidden: impl Fn(char) -> bool,
    ) -> Option<String> {
        // Most texts are shorter in bytes than the limit is in characters: no need to count those.
        if text.len() > max_chars && text.chars().count() > max_chars {
            self.fault(field, format!("is longer than {max_chars} characters; shorten it"));
            return None;
        }
        if text.chars().any(forbidden) {
            self.fault(field, "contains a control character; remove it");
            return None;
        }
        Some(text)
    }
}
