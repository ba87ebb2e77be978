//! Who deposits, who processes, who administers.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use arrayvec::ArrayString;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Check, Timestamp};

/// The part an organization plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum OrganizationType {
    /// Operator of online services: deposits.
    #[serde(rename = "OSL")]
    Osl,
    /// Processing service: receives.
    #[serde(rename = "SI")]
    Si,
    /// Runs the hub.
    #[serde(rename = "ADMIN")]
    Admin,
}

impl OrganizationType {
    /// Every type, in the order of keys.
    pub const ALL: [Self; 3] = [Self::Osl, Self::Si, Self::Admin];

    /// The word of the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Osl => "OSL",
            Self::Si => "SI",
            Self::Admin => "ADMIN",
        }
    }
}

impl FromStr for OrganizationType {
    type Err = MalformedKey;

    fn from_str(word: &str) -> Result<Self, MalformedKey> {
        match word {
            "OSL" => Ok(Self::Osl),
            "SI" => Ok(Self::Si),
            word if word.eq_ignore_ascii_case("admin") => Ok(Self::Admin),
            _ => Err(MalformedKey),
        }
    }
}

/// What tells one organization from another: type, SIRET (14 digits) and branch code (1 to 10 letters or digits).
/// Written `SI-22770001000019-77372`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganizationKey {
    kind: OrganizationType,
    // `<siret>-<branch>`, without an allocation: it is read and cloned with every record.
    rest: ArrayString<REST_MAX_BYTES>,
}

/// The longest type and a hyphen.
const KIND_MAX_BYTES: usize = 6;
/// A SIRET, a hyphen and the longest branch code.
const REST_MAX_BYTES: usize = OrganizationKey::SIRET_DIGITS + 1 + OrganizationKey::BRANCH_MAX_CHARS;

impl OrganizationKey {
    /// Everything of this type and SIRET lies between these two.
    pub(crate) fn bounds(kind: OrganizationType, company_register: &str) -> [Self; 2] {
        // A full stop follows the hyphen.
        ["-", "."].map(|end| Self { kind, rest: joined([company_register, end]) })
    }

    const SIRET_DIGITS: usize = 14;
    const BRANCH_MAX_CHARS: usize = 10;

    /// The key made of its three parts.
    pub fn new(kind: OrganizationType, company_register: &str, branch_code: &str) -> Result<Self, MalformedKey> {
        let siret =
            company_register.len() == Self::SIRET_DIGITS && company_register.bytes().all(|b| b.is_ascii_digit());
        let branch = (1..=Self::BRANCH_MAX_CHARS).contains(&branch_code.len())
            && branch_code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if siret && branch {
            Ok(Self { kind, rest: joined([company_register, "-", branch_code]) })
        } else {
            Err(MalformedKey)
        }
    }

    /// The key under which the hub itself acts, when an administrator has no organization of its own.
    pub fn hub() -> Self {
        Self { kind: OrganizationType::Admin, rest: joined(["00000000000000-HUB"]) }
    }

    /// The part it plays.
    pub const fn kind(&self) -> OrganizationType {
        self.kind
    }

    /// The SIRET.
    pub fn company_register(&self) -> &str {
        self.rest.get(..Self::SIRET_DIGITS).unwrap_or_default()
    }

    /// The branch code; for a commune, its INSEE code.
    pub fn branch_code(&self) -> &str {
        self.rest.get(Self::SIRET_DIGITS + 1..).unwrap_or_default()
    }
}

/// These one behind the other, as far as they fit: whoever joins them has looked at their lengths, except for a SIRET to search for.
fn joined<const PARTS: usize>(parts: [&str; PARTS]) -> ArrayString<REST_MAX_BYTES> {
    let mut joined = ArrayString::new();
    for part in parts {
        let end = part.floor_char_boundary(joined.remaining_capacity());
        joined.push_str(part.get(..end).unwrap_or_default());
    }
    joined
}

impl fmt::Display for OrganizationKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.kind.as_str())?;
        formatter.write_str("-")?;
        formatter.write_str(&self.rest)
    }
}

impl fmt::Debug for OrganizationKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for OrganizationKey {
    type Err = MalformedKey;

    fn from_str(text: &str) -> Result<Self, MalformedKey> {
        let mut parts = text.split('-');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(kind), Some(siret), Some(branch), None) => Self::new(kind.parse()?, siret, branch),
            _ => Err(MalformedKey),
        }
    }
}

impl Serialize for OrganizationKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = ArrayString::<{ KIND_MAX_BYTES + REST_MAX_BYTES }>::new();
        write!(text, "{self}").map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for OrganizationKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = OrganizationKey;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an organization key such as SI-22770001000019-77372")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

/// The text is not `<OSL|SI|ADMIN>-<14 digits>-<1 to 10 letters or digits>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an organization key such as SI-22770001000019-77372")]
pub struct MalformedKey;

/// An organization key as a partner writes it: three properties of an object.
#[derive(Debug, Default, Clone)]
pub struct OrganizationKeyDraft {
    /// `OSL`, `SI` or `ADMIN`.
    pub kind: Option<String>,
    /// SIRET.
    pub company_register: Option<String>,
    /// Branch code.
    pub branch_code: Option<String>,
}

impl OrganizationKeyDraft {
    /// The key, or faults in `check`.
    pub fn validate(self, check: &mut Check<'_>) -> Option<OrganizationKey> {
        let kind = check.word::<OrganizationType>("type", self.kind, "OSL, SI, ADMIN");
        let siret = check.required("companyRegister", self.company_register);
        let branch = check.required("branchCode", self.branch_code);
        let siret = siret.filter(|siret| {
            let valid = siret.len() == OrganizationKey::SIRET_DIGITS && siret.bytes().all(|b| b.is_ascii_digit());
            if !valid {
                check.fault("companyRegister", "does not match [0-9]{14}; give the 14 digits of the SIRET");
            }
            valid
        });
        let branch = branch.filter(|branch| {
            let valid = OrganizationKey::new(OrganizationType::Si, "00000000000000", branch).is_ok();
            if !valid {
                check.fault("branchCode", "is not a branch code; give 1 to 10 letters or digits");
            }
            valid
        });
        OrganizationKey::new(kind?, &siret?, &branch?).ok()
    }
}

/// An organization of the referential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// What tells it from others.
    pub key: OrganizationKey,
    /// Name, at most 100 characters.
    pub name: String,
    /// Acronym, at most 10 characters.
    pub code: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Postal code.
    pub postal_code: String,
    /// Name of the département.
    pub territory: String,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number.
    pub phone_number: Option<String>,
    /// `Actif` or another word of at most 20 characters.
    pub status: String,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
}

/// An organization as an administrator describes it.
#[derive(Debug, Default, Clone)]
pub struct OrganizationDraft {
    /// Type, SIRET and branch code.
    pub key: OrganizationKeyDraft,
    /// Name.
    pub name: Option<String>,
    /// Acronym.
    pub code: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Département.
    pub territory: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number.
    pub phone_number: Option<String>,
    /// Status.
    pub status: Option<String>,
}

impl OrganizationDraft {
    /// The organization as registered at `now`, or faults in `check`.
    pub fn validate(self, check: &mut Check<'_>, now: Timestamp) -> Option<Organization> {
        let key = self.key.validate(check);
        let name = check.text("name", self.name, 100);
        let code = check.optional_text("code", self.code, 10);
        let country = check.optional_text("country", self.country, 100);
        let postal_code = check.text("postalCode", self.postal_code, 100);
        let territory = check.text("territory", self.territory, 255);
        let email = check.optional_email("email", self.email);
        let phone_number = check.optional_telephone("phoneNumber", self.phone_number);
        let status = check.text("status", self.status, 20);
        let created_at = now;
        Some(Organization {
            key: key?,
            name,
            code,
            country,
            postal_code,
            territory,
            email,
            phone_number,
            status,
            created_at,
            updated_at: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_is_read_back_from_what_it_is_written_as() {
        let key: OrganizationKey = "SI-22770001000019-77372".parse().expect("a well-formed key");
        assert_eq!(
            (key.kind(), key.company_register(), key.branch_code()),
            (OrganizationType::Si, "22770001000019", "77372")
        );
        assert_eq!(key.to_string(), "SI-22770001000019-77372");
    }

    #[test]
    fn what_is_not_a_key_is_refused() {
        for text in [
            "",
            "SI",
            "SI-1-2",
            "SI-22770001000019-",
            "XX-22770001000019-1",
            "SI-2277000100001X-1",
            "SI-22770001000019-../../etc",
            "SI-22770001000019-1-2",
        ] {
            assert_eq!(text.parse::<OrganizationKey>(), Err(MalformedKey), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_key_or_refused(text in "(OSL|SI|ADMIN)?-?[0-9A-Za-z-]{0,30}|\\PC{0,40}") {
            if let Ok(key) = text.parse::<OrganizationKey>() {
                prop_assert_eq!(key.to_string(), text);
            }
        }
    }
}
