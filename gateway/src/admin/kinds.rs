//! What a table may hold: organizations or subscriptions, and what makes one of their rows.

use std::collections::HashMap;
use std::path::Path;
use std::sync::LazyLock;

use navette_router::Faults;
use navette_router::model::{Check, OrganizationDraft, OrganizationKeyDraft, ProcessCode, Timestamp};
use serde_json::{Map, Value, json};

use super::endpoint_columns;
use super::siret::{is_commune, is_siret};
use super::table::{Column, Fault, Row};

/// What a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Organizations.
    Organizations,
    /// Subscriptions.
    Subscriptions,
}

const fn required(name: &'static str, aliases: &'static [&'static str]) -> Column {
    Column { name, aliases, default: None }
}

const fn optional(name: &'static str, aliases: &'static [&'static str], default: &'static str) -> Column {
    Column { name, aliases, default: Some(default) }
}

const ORGANIZATIONS: &[Column] = &[
    optional("type", &[], "SI"),
    required("companyRegister", &["siret"]),
    required("branchCode", &["insee", "code insee", "code guichet", "guichet"]),
    required("name", &["nom", "raison sociale"]),
    optional("code", &["sigle"], ""),
    optional("country", &["pays"], "France"),
    required("postalCode", &["code postal"]),
    required("territory", &["departement", "département"]),
    optional("email", &["courriel"], ""),
    optional("phoneNumber", &["telephone", "téléphone"], ""),
    optional("status", &["statut"], "Actif"),
];

const SUBSCRIPTIONS: &[Column] = &[
    required("processCode", &["demarche", "démarche"]),
    optional("type", &[], "SI"),
    required("companyRegister", &["siret"]),
    required("branchCode", &["insee", "code insee", "code guichet", "guichet"]),
    optional("datapassId", &["datapass"], "0"),
    optional("accessMode", &["mode d'acces", "mode d'accès"], "PORTAIL"),
    optional("notificationFrequency", &["frequence", "fréquence"], "Aucune"),
    optional("email", &["courriel"], ""),
    optional("status", &["statut"], "Actif"),
    required("localAdministratorEmail", &["administrateur local"]),
    optional("delegationActorEmail", &["delegation", "délégation"], ""),
    optional("activateDateTime", &["date d'activation"], ""),
    optional("endDateTime", &["date de fin"], ""),
];

/// What a table of subscriptions may have besides: where cases are brought. An export has none of it.
static WITH_ENDPOINTS: LazyLock<Vec<Column>> =
    LazyLock::new(|| SUBSCRIPTIONS.iter().copied().chain(endpoint_columns::columns()).collect());

/// One row, ready to be sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    pub(super) line: u64,
    /// What tells it from others.
    pub(super) key: String,
    pub(super) body: Value,
    /// What it says of the endpoint of a subscription.
    pub(super) endpoint: Option<Value>,
}

impl Kind {
    /// The columns that a table may have.
    pub(super) fn columns(self) -> &'static [Column] {
        match self {
            Self::Organizations => ORGANIZATIONS,
            Self::Subscriptions => &WITH_ENDPOINTS,
        }
    }

    /// The columns of a table that is exported.
    const fn exported(self) -> &'static [Column] {
        match self {
            Self::Organizations => ORGANIZATIONS,
            Self::Subscriptions => SUBSCRIPTIONS,
        }
    }

    /// The path of their list.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Organizations => "/organizations",
            Self::Subscriptions => "/subscriptions",
        }
    }

    /// The table of rows that the hub gave, which an import takes back.
    pub fn table(self, rows: &[Value]) -> Result<String, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(self.exported().iter().map(|column| column.name))?;
        for row in rows {
            writer.write_record(self.exported().iter().map(|column| self.cell(row, column.name)))?;
        }
        let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// What a column holds of a row.
    fn cell(self, row: &Value, column: &str) -> String {
        let value = match (self, column) {
            (Self::Subscriptions, "type" | "companyRegister" | "branchCode") => &row["subscriber"][column],
            (Self::Subscriptions, "localAdministratorEmail") => &row["localAdministrator"]["email"],
            (Self::Subscriptions, "delegationActorEmail") => &row["delegationActor"]["email"],
            _ => &row[column],
        };
        match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        }
    }

    /// What tells one that the hub gave from others.
    pub(super) fn key(self, row: &Value) -> String {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match self {
            Self::Organizations => key_of(row),
            Self::Subscriptions => format!("{} {}", text(&row["processCode"]), key_of(&row["subscriber"])),
        }
    }

    /// The address of one that the hub gave.
    pub(super) fn address(self, row: &Value) -> String {
        match self {
            Self::Organizations => format!("/organizations/{}", key_of(row)),
            Self::Subscriptions => format!("/subscriptions/{}", row["id"].as_str().unwrap_or_default()),
        }
    }

    /// Makes records of rows; what is wrong with one is told with its line. Files that they name are looked for from `directory` on.
    pub(super) fn records(self, rows: Vec<Row>, directory: &Path, faults: &mut Vec<Fault>) -> Vec<Record> {
        let mut seen: HashMap<String, u64> = HashMap::new();
        let mut records = Vec::with_capacity(rows.len());
        for Row { line, cells } in rows {
            let mut found = Faults::default();
            let body = match self {
                Self::Organizations => organization(&cells, &mut found),
                Self::Subscriptions => subscription(&cells, &mut found),
            };
            let endpoint = endpoint_columns::endpoint(&cells, directory, &mut found);
            faults.extend(found.iter().map(|fault| Fault { line, message: fault.to_string() }));
            if !found.is_empty() {
                continue;
            }
            let key = self.key(&body);
            if let Some(first) = seen.insert(key.clone(), line) {
                let message = format!("is the same as line {first}; remove one of them");
                faults.push(Fault { line, message });
                continue;
            }
            records.push(Record { line, key, body, endpoint });
        }
        records
    }
}

fn key_of(row: &Value) -> String {
    let text = |name: &str| row[name].as_str().unwrap_or_default();
    format!("{}-{}-{}", text("type"), text("companyRegister"), text("branchCode"))
}

/// What the hub itself would say, and what only a list of real organizations must satisfy.
fn organization(cells: &HashMap<&'static str, String>, faults: &mut Faults) -> Value {
    let cell = |name: &str| cells.get(name).cloned();
    let draft = OrganizationDraft {
        key: key_draft(cells),
        name: cell("name"),
        code: cell("code"),
        country: cell("country"),
        postal_code: cell("postalCode"),
        territory: cell("territory"),
        email: cell("email"),
        phone_number: cell("phoneNumber"),
        status: cell("status"),
    };
    let now = Timestamp::from_milliseconds(0);
    let valid = draft.validate(&mut Check::new(faults, ""), now).is_some();
    if valid {
        check_key(cells, faults);
    }
    let mut body = Map::new();
    for column in ORGANIZATIONS {
        body.insert(column.name.to_owned(), json!(cells.get(column.name)));
    }
    body.into()
}

fn subscription(cells: &HashMap<&'static str, String>, faults: &mut Faults) -> Value {
    let cell = |name: &str| json!(cells.get(name));
    let key = key_draft(cells);
    let mut check = Check::new(faults, "");
    let process = check.required("processCode", cells.get("processCode"));
    if process.is_some_and(|code| ProcessCode::new(code).is_none()) {
        check.fault("processCode", "is not a process code; give 1 to 30 letters, digits, '-', '_' or '.'");
    }
    let datapass: Option<i64> = cells.get("datapassId").and_then(|text| text.parse().ok());
    if datapass.is_none() {
        check.fault("datapassId", "is not a whole number; correct it");
    }
    check.required("localAdministratorEmail", cells.get("localAdministratorEmail"));
    for field in ["email", "localAdministratorEmail", "delegationActorEmail"] {
        check.optional_email(field, cells.get(field).cloned());
    }
    for field in ["activateDateTime", "endDateTime"] {
        check.optional_date(field, cells.get(field).cloned());
    }
    let valid = key.validate(&mut check).is_some();
    if valid {
        check_key(cells, faults);
    }
    json!({
        "datapassId": datapass,
        "processCode": cell("processCode"),
        "subscriber": {
            "type": cell("type"), "companyRegister": cell("companyRegister"), "branchCode": cell("branchCode"),
        },
        "accessMode": cell("accessMode"),
        "notificationFrequency": cell("notificationFrequency"),
        "email": cell("email"),
        "status": cell("status"),
        "localAdministrator": { "email": cell("localAdministratorEmail") },
        "delegationActor": cells.get("delegationActorEmail").map(|email| json!({ "email": email })),
        "activateDateTime": cell("activateDateTime"),
        "endDateTime": cell("endDateTime"),
    })
}

fn key_draft(cells: &HashMap<&'static str, String>) -> OrganizationKeyDraft {
    let cell = |name: &str| cells.get(name).cloned();
    OrganizationKeyDraft {
        kind: cell("type"),
        company_register: cell("companyRegister"),
        branch_code: cell("branchCode"),
    }
}

fn check_key(cells: &HashMap<&'static str, String>, faults: &mut Faults) {
    let cell = |name: &str| cells.get(name).map(String::as_str).unwrap_or_default();
    if !is_siret(cell("companyRegister")) {
        faults.add("companyRegister", "is not a SIRET: its check digit is wrong; copy it again");
    }
    let branch = cell("branchCode");
    // Branch codes of five characters are those of communes; the others are the organizations' own.
    if cell("type") == "SI" && branch.len() == 5 && !is_commune(branch) {
        faults
            .add("branchCode", "is not the code of a commune: there is no such département; copy the INSEE code again");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::table;

    fn records(kind: Kind, text: &str) -> (Vec<Record>, Vec<String>) {
        let (rows, mut faults) = table::read(text.as_bytes(), kind.columns());
        let records = kind.records(rows, Path::new("."), &mut faults);
        (records, faults.into_iter().map(|fault| fault.to_string()).collect())
    }

    #[test]
    fn a_line_of_organizations_becomes_a_body() {
        let table = "siret;insee;nom;code postal;département;courriel\n22770001000019;77372;Pommeuse;77515;Seine-et-Marne;mairie@example.fr\n";
        let (records, faults) = records(Kind::Organizations, table);
        assert_eq!(faults, [""; 0]);
        assert_eq!((records[0].line, records[0].key.as_str()), (2, "SI-22770001000019-77372"));
        assert_eq!(records[0].body["status"], "Actif");
        assert_eq!(records[0].body["phoneNumber"], Value::Null);
    }

    #[test]
    fn every_fault_of_every_line_is_told() {
        let table = "siret;insee;nom;code postal;département;courriel\n\
            22770001000018;77372;A;77515;S;\n\
            22770001000019;96372;A;77515;S;\n\
            2277;77372;;77515;S;nobody\n\
            22770001000019;77372;A;77515;S;\n\
            22770001000019;77372;B;77515;S;\n";
        let (records, faults) = records(Kind::Organizations, table);
        assert_eq!(records.len(), 1);
        let starts = [
            "line 2: companyRegister: is not a SIRET",
            "line 3: branchCode: is not the code of a commune",
            "line 4: companyRegister: does not match",
            "line 4: name: ",
            "line 4: email: ",
            "line 6: is the same as line 5",
        ];
        assert_eq!(faults.len(), starts.len(), "{faults:?}");
        for (fault, start) in faults.iter().zip(starts) {
            assert!(fault.starts_with(start), "{fault}");
        }
    }

    #[test]
    fn a_line_of_subscriptions_becomes_a_body() {
        let table = "processCode,siret,insee,datapassId,localAdministratorEmail,activateDateTime\n\
            CERTDC,22770001000019,77372,7,agent@example.fr,\nCERTDC,22770001000019,77372,x,,soon\n";
        let (records, faults) = records(Kind::Subscriptions, table);
        assert_eq!(records[0].key, "CERTDC SI-22770001000019-77372");
        assert_eq!(records[0].body["localAdministrator"]["email"], "agent@example.fr");
        assert_eq!(records[0].body["delegationActor"], Value::Null);
        assert_eq!(faults.len(), 3, "{faults:?}");
    }
}
