//! No message of the code is missing from the catalogue.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

/// The messages of these files never reach a client as they stand.
const NOT_MESSAGES: &[&str] = &["openapi", "catalogue", "ports", "tests"];

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory of sources") {
        let path = entry.expect("an entry").path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if NOT_MESSAGES.contains(&stem) {
            continue;
        }
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The texts of a source that are worded as messages are: a complaint, a semicolon, a remedy.
fn messages(source: &str) -> Vec<String> {
    let code: String = source
        .split("#[cfg(test)]")
        .next()
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.trim_start().starts_with("//") && !line.trim_start().starts_with("#["))
        .map(|line| format!("{line}\n"))
        .collect();
    let joined = code.split("\\\n").map(str::trim_start).collect::<Vec<_>>().join("");
    let texts = joined.replace("\\\"", "\u{1}");
    let texts = texts.split('"').skip(1).step_by(2);
    let worded =
        |text: &&str| text.contains("; ") && text.len() > 12 && !text.starts_with("; ") && !text.contains('\n');
    texts.filter(worded).map(|text| text.replace('\u{1}', "\"")).collect()
}

/// With something in the place of what is written between braces.
fn filled(message: &str) -> String {
    let mut filled = String::new();
    let mut rest = message;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        // A regular expression in a message is no place to fill.
        match after.split_once('}') {
            Some((name, behind))
                if name.is_empty() || !name.starts_with(|c: char| c.is_ascii_digit()) || name == "0" =>
            {
                filled.push('x');
                rest = behind;
            }
            _ => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

#[test]
fn every_message_of_the_interface_and_of_the_domain_is_in_the_catalogue() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    sources(&root.join("../../router/src"), &mut files);
    let mut count = 0;
    let mut missing = Vec::new();
    for file in files {
        for message in messages(&fs::read_to_string(&file).expect("a source")) {
            count += 1;
            let message = filled(&message);
            // What an address says of a part is put behind the part.
            let in_address = format!("Input string \"x\" is not {message}");
            if !CATALOGUE.iter().any(|complaint| complaint.covers(&message) || complaint.covers(&in_address)) {
                missing.push(format!("{}: {message}", file.display()));
            }
        }
    }
    assert!(count > 80, "the sources are read: {count}");
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn a_pattern_covers_its_messages_and_no_others() {
    let complaint = |message| Complaint { status: 400, message, cause: "", remedy: "" };
    assert!(
        complaint("is longer than … characters; shorten it")
            .covers("cases[0].name: is longer than 100 characters; shorten it")
    );
    assert!(!complaint("is longer than … characters; shorten it").covers("name: is longer than 100 bytes; shorten it"));
    assert!(complaint("use one of …").covers("use one of A, B"));
    assert!(!complaint("use one").covers("use one of A, B"));
    assert!(complaint("[digest] is not …").covers("[digest] is not a SHA-256"));
    assert!(complaint("… is not found").covers("Case is not found"));
}

#[test]
fn no_message_is_there_twice() {
    for (index, complaint) in CATALOGUE.iter().enumerate() {
        let others = CATALOGUE.iter().skip(index + 1);
        assert!(others.clone().all(|other| other.message != complaint.message), "{}", complaint.message);
        assert!(!complaint.cause.is_empty() && !complaint.remedy.is_empty());
    }
}
