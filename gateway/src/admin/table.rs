//! A table out of a file that a spreadsheet wrote: whatever separates its cells, in UTF-8 or in Latin-1, with or without a mark.

use std::collections::HashMap;
use std::fmt;

/// A column that a table may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// What the interface calls it.
    pub(super) name: &'static str,
    /// What people call it; compared without regard to case, accents of the header excepted.
    pub(super) aliases: &'static [&'static str],
    /// What an absent column, or an empty cell, stands for; none: it must be there.
    pub(super) default: Option<&'static str>,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Its number in the file, from 1.
    pub line: u64,
    /// What is wrong, and the remedy.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.message)
    }
}

/// A line of a table: its number, its cells by column. Empty cells are not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) cells: HashMap<&'static str, String>,
}

/// Reads a table. Rows without a fault are given whatever the others are.
pub(super) fn read(bytes: &[u8], columns: &[Column]) -> (Vec<Row>, Vec<Fault>) {
    let text = decode(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(&text))
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    let mut header: Option<Vec<Option<&'static str>>> = None;
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                faults.push(Fault { line, message: "cannot be read as a line of a table; correct it".to_owned() });
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let Some(names) = &header else {
            header = Some(read_header(&record, columns, line, &mut faults));
            continue;
        };
        if record.iter().all(str::is_empty) {
            continue;
        }
        if record.len() != names.len() {
            let message = format!(
                "has {} cells and the header has {}; quote the cells that hold a separator",
                record.len(),
                names.len()
            );
            faults.push(Fault { line, message });
            continue;
        }
        let cells = names.iter().zip(&record).filter(|(_, cell)| !cell.is_empty());
        let mut cells: HashMap<_, _> = cells.filter_map(|(name, cell)| Some(((*name)?, cell.to_owned()))).collect();
        for column in columns {
            if let Some(default) = column.default.filter(|default| !default.is_empty()) {
                cells.entry(column.name).or_insert_with(|| default.to_owned());
            }
        }
        rows.push(Row { line, cells });
    }
    if header.is_none() {
        faults.push(Fault { line: 1, message: "the file is empty; begin it with the names of the columns".to_owned() });
    }
    (rows, faults)
}

fn read_header(
    record: &csv::StringRecord,
    columns: &[Column],
    line: u64,
    faults: &mut Vec<Fault>,
) -> Vec<Option<&'static str>> {
    let mut names = Vec::with_capacity(record.len());
    for title in record {
        let known = columns
            .iter()
            .find(|column| std::iter::once(&column.name).chain(column.aliases).any(|name| plain(name) == plain(title)));
        if known.is_none() && !title.is_empty() {
            let all: Vec<_> = columns.iter().map(|column| column.name).collect();
            let message = format!("the column {title:?} is not known; use {}, or remove it", all.join(", "));
            faults.push(Fault { line, message });
        }
        if let Some(column) = known.filter(|column| names.contains(&Some(column.name))) {
            faults.push(Fault { line, message: format!("the column {} is there twice; remove one", column.name) });
        }
        names.push(known.map(|column| column.name));
    }
    for column in columns.iter().filter(|column| column.default.is_none()) {
        if !names.contains(&Some(column.name)) {
            faults.push(Fault { line, message: format!("the column {} is missing; add it", column.name) });
        }
    }
    names
}

/// Names are the same whatever the case of their letters and whatever joins their words.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// UTF-8 with or without a mark; what is not UTF-8 is Latin-1, of which every byte is a character.
fn decode(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// What the first line has most of.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let count = |delimiter: u8| header.bytes().filter(|byte| *byte == delimiter).count();
    [b';', b',', b'\t'].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b';')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COLUMNS: &[Column] = &[
        Column { name: "companyRegister", aliases: &["SIRET"], default: None },
        Column { name: "name", aliases: &["nom"], default: None },
        Column { name: "status", aliases: &[], default: Some("Actif") },
    ];

    fn names(bytes: &[u8]) -> Vec<String> {
        let (rows, faults) = read(bytes, COLUMNS);
        assert_eq!(faults, []);
        rows.into_iter().map(|mut row| row.cells.remove("name").unwrap_or_default()).collect()
    }

    #[test]
    fn a_table_is_read_whatever_wrote_it() {
        assert_eq!(names(b"companyRegister,name\n1,Besan\xC3\xA7on\n"), ["Besançon"]);
        assert_eq!(names(b"\xEF\xBB\xBFSiret;Nom\r\n1;Besan\xC3\xA7on\r\n\r\n"), ["Besançon"]);
        assert_eq!(names(b"SIRET;NOM\n1;Besan\xE7on\n"), ["Besançon"]);
        assert_eq!(names(b"company_register\tname\n1\t \"Bourg; \"\"Saint\"\"-Andr\xC3\xA9\" \n").len(), 1);
        assert_eq!(names(b"siret;nom\n1;\"Bourg; \"\"Saint\"\"-Maurice\"\n"), ["Bourg; \"Saint\"-Maurice"]);
        assert_eq!(names(b"siret;nom\n1;\"two\nlines\"\n2;b\n").len(), 2);
    }

    #[test]
    fn a_default_stands_for_an_empty_cell_and_an_absent_column() {
        for table in ["siret;nom;status\n1;a;\n", "siret;nom\n1;a\n"] {
            assert_eq!(read(table.as_bytes(), COLUMNS).0[0].cells["status"], "Actif");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let faults = |table: &str| {
            read(table.as_bytes(), COLUMNS).1.into_iter().map(|fault| fault.to_string()).collect::<Vec<_>>()
        };
        assert!(faults("")[0].starts_with("line 1: the file is empty"));
        assert!(faults("siret;colour;nom\n")[0].starts_with("line 1: the column \"colour\" is not known"));
        assert!(faults("siret\n1\n")[0].starts_with("line 1: the column name is missing"));
        assert!(faults("siret;nom;nom\n")[0].contains("there twice"));
        let told = faults("siret;nom\n1;a\n2;b;c\n3\n");
        assert!(told[0].starts_with("line 3: has 3 cells") && told[1].starts_with("line 4: has 1 cells"), "{told:?}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_table_or_refused_by_line(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let (rows, faults) = read(&bytes, COLUMNS);
            prop_assert!(rows.is_empty() || faults.len() <= bytes.len());
        }

        #[test]
        fn any_table_is_read(text in "(siret;nom\n)?([0-9\"é]{0,6}[;,\t][a-z\" ]{0,6}[\r]?\n){0,6}") {
            drop(read(text.as_bytes(), COLUMNS));
        }
    }
}
