//! Reads the settings of an endpoint, and finds every fault in them.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use secrecy::{ExposeSecret as _, SecretString};

use super::{Endpoint, Key};
use crate::error::Faults;

/// Reads the settings of an endpoint. What is missing, unknown, too long or in the wrong place is found by [`new`](Self::new) from
/// the [`Key`]s; each function that reads a value adds a fault when the value makes no sense, and says nothing when it
/// is not there. No fault ever quotes a value.
#[derive(Debug)]
pub struct SettingsReader<'a> {
    endpoint: &'a Endpoint,
    faults: Faults,
}

impl<'a> SettingsReader<'a> {
    /// Begins to read; `keys` are all that the adapter knows.
    pub fn new(endpoint: &'a Endpoint, keys: &[Key]) -> Self {
        let mut reader = Self { endpoint, faults: Faults::default() };
        reader.look_for(keys);
        reader.look_at(&endpoint.settings, keys, false, String::len, Endpoint::SETTING_MAX_BYTES);
        let bytes = |secret: &SecretString| secret.expose_secret().len();
        reader.look_at(&endpoint.secrets, keys, true, bytes, Endpoint::SECRET_MAX_BYTES);
        reader
    }

    /// A text. Empty is the same as absent.
    pub fn text(&mut self, name: &str) -> Option<&'a str> {
        let text = self.text_of(name)?;
        if text.chars().any(char::is_control) {
            self.fault(name, "contains a control character; remove it");
            return None;
        }
        Some(text)
    }

    /// A number within `range`.
    pub fn number<T: FromStr + PartialOrd + Display>(&mut self, name: &str, range: RangeInclusive<T>) -> Option<T> {
        let number = self.text(name)?.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            self.fault(name, format!("is not a number from {} to {}; give one", range.start(), range.end()));
        }
        number
    }

    /// `true` or `false`.
    pub fn flag(&mut self, name: &str) -> Option<bool> {
        self.word(name, "true, false")
    }

    /// A word that stands for a value of `T`; `allowed` lists the words.
    pub fn word<T: FromStr>(&mut self, name: &str, allowed: &str) -> Option<T> {
        let word = self.text(name)?.parse().ok();
        if word.is_none() {
            self.fault(name, format!("is not a known value; use one of {allowed}"));
        }
        word
    }

    /// A list written with commas.
    pub fn list(&mut self, name: &str) -> Vec<&'a str> {
        let text = self.text(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect()
    }

    /// A secret. Empty is the same as absent.
    pub fn secret(&mut self, name: &str) -> Option<&'a SecretString> {
        self.endpoint.secrets.get(name).filter(|secret| !secret.expose_secret().trim().is_empty())
    }

    /// Adds a fault: what is wrong with `name`, and the remedy. It must not quote the value.
    pub fn fault(&mut self, name: &str, message: impl Into<String>) {
        self.faults.add(name, message);
    }

    /// What was read, unless there were faults; `settings` is none only when a fault says why.
    pub fn finish<T>(mut self, settings: Option<T>) -> Result<T, Faults> {
        match settings {
            Some(settings) if self.faults.is_empty() => Ok(settings),
            Some(_) => Err(self.faults),
            None => {
                if self.faults.is_empty() {
                    self.faults.add("", "the settings are not complete");
                }
                Err(self.faults)
            }
        }
    }

    fn text_of(&self, name: &str) -> Option<&'a str> {
        self.endpoint.settings.get(name).map(|text| text.trim()).filter(|text| !text.is_empty())
    }

    fn look_for(&mut self, keys: &[Key]) {
        for key in keys.iter().filter(|key| key.required) {
            // What is in the wrong place is told apart from what is missing.
            if self.text_of(key.name).is_none() && self.secret(key.name).is_none() {
                self.fault(key.name, format!("is missing; give it: {}", key.help));
            }
        }
    }

    fn look_at<V>(
        &mut self,
        values: &BTreeMap<String, V>,
        keys: &[Key],
        secret: bool,
        bytes: impl Fn(&V) -> usize,
        max_bytes: usize,
    ) {
        for (name, value) in values {
            match keys.iter().find(|key| key.name == name) {
                None => {
                    let known: Vec<_> = keys.iter().map(|key| key.name).collect();
                    self.fault(name, format!("is not a known setting; the known ones are {}", known.join(", ")));
                }
                Some(key) if key.secret && !secret => {
                    self.fault(name, "is a secret; give it among the secrets, where nobody reads it");
                }
                Some(key) if !key.secret && secret => self.fault(name, "is no secret; give it among the settings"),
                Some(_) if bytes(value) > max_bytes => {
                    self.fault(name, format!("is longer than {max_bytes} bytes; shorten it"));
                }
                Some(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ProcessCode;

    const KEYS: &[Key] = &[
        Key::required("host", "the name of the server"),
        Key::optional("port", "its port"),
        Key { required: true, ..Key::secret("password", "the password") },
    ];

    fn endpoint() -> Endpoint {
        Endpoint::new(ProcessCode::new("DAUA").expect("a code"))
    }

    #[test]
    fn what_is_right_is_read() {
        let endpoint = endpoint().set("host", " sftp.example.fr ").set("port", "2222").seal("password", "hush");
        let mut reader = SettingsReader::new(&endpoint, KEYS);
        let read = (reader.text("host"), reader.number("port", 1..=65_535_u16), reader.secret("password").is_some());
        assert_eq!(read, (Some("sftp.example.fr"), Some(2_222), true));
        assert!(reader.finish(Some(())).is_ok());
    }

    #[test]
    fn all_faults_are_found_at_once_and_quote_nothing() {
        let endpoint = endpoint().set("port", "hush-hush").set("prot", "1").set("password", "hush-hush");
        let mut reader = SettingsReader::new(&endpoint, KEYS);
        assert_eq!(reader.number("port", 1..=65_535_u16), None);
        let faults = reader.finish(Some(())).expect_err("four faults");
        let named: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(named, ["host", "password", "prot", "port"]);
        assert!(!faults.to_string().contains("hush"), "{faults}");
        assert!(!format!("{:?}", endpoint.clone().seal("password", "sealed-away")).contains("sealed-away"));
    }
}
