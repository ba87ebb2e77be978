//! Answers of every kind.

use std::io::{Cursor, Write as _};

use proptest::prelude::*;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

const MESSAGE: &str = r#"<?xml version="1.0" encoding="UTF-8"?><p:Message xmlns:p="http://finances.gouv.fr/dgme/pec/message/v1"
    xmlns="http://finances.gouv.fr/dgme/gf/composants/teledemarchexml/donnee/metier"><p:Body><p:Content><p:Retour>
    <Teledemarche><NumeroTeledemarche>A-9-X3UGO4V7</NumeroTeledemarche></Teledemarche><Etat>17</Etat>
    <Commentaire>Il manque l&apos;acte &#233;t&#xE9; <![CDATA[<scanné>]]></Commentaire></p:Retour></p:Content></p:Body></p:Message>"#;

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).expect("an entry");
        writer.write_all(bytes).expect("written");
    }
    writer.finish().expect("a zip").into_inner()
}

fn read(zip: &[u8]) -> Result<Answer, Refused> {
    Answer::read(zip, &Limits { packed_max_bytes: 1 << 20, unpacked_max_bytes: 1 << 20, entries_max: 10 })
}

fn read_message(message: &str) -> Result<Answer, Refused> {
    read(&zipped(&[("message.xml", message.as_bytes())]))
}

#[test]
fn an_answer_is_read() {
    let zip = zipped(&[
        ("message.xml", MESSAGE.as_bytes()),
        ("A-9-X3UGO4V7-DAUA-ent-3.xml", b"<x/>"),
        ("Réponse à l'usager.pdf", b"%PDF-1.7"),
    ]);
    let answer = read(&zip).expect("an answer");
    assert_eq!((answer.number.as_str(), answer.state), ("A-9-X3UGO4V7", 17));
    assert_eq!(answer.comment.as_deref(), Some("Il manque l'acte été <scanné>"));
    let names: Vec<_> = answer.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["Réponse à l'usager.pdf"]);
    assert!(!format!("{answer:?}").contains("usager"), "a name of a file is not printed");
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in
        ["../x", "/etc/passwd", "a/b", "..\\x", "C:x", ".ssh", "a\u{0}b", "a\nb", "x\u{202e}fdp.exe", &"x".repeat(256)]
    {
        assert_eq!(read(&zipped(&[("message.xml", MESSAGE.as_bytes()), (name, b"")])), Err(Refused::Path), "{name:?}");
    }
    let twice = zipped(&[("message.xml", MESSAGE.as_bytes()), ("a.pdf", b"1"), ("A.PDF", b"2")]);
    assert_eq!(read(&twice), Err(Refused::Twice));
}

#[test]
fn links_are_refused() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_symlink("passwords", "/etc/passwd", SimpleFileOptions::default()).expect("a link");
    assert_eq!(read(&writer.finish().expect("a zip").into_inner()), Err(Refused::NotAFile));
}

#[test]
fn bombs_are_not_unpacked() {
    let zeros = vec![0; 8 << 20];
    let bomb = zipped(&[("message.xml", MESSAGE.as_bytes()), ("zeros", &zeros)]);
    assert!(bomb.len() < 20_000, "8 MiB in {} bytes", bomb.len());
    assert_eq!(read(&bomb), Err(Refused::Bomb));
    assert_eq!(read(&vec![0; (1 << 20) + 1]), Err(Refused::TooLarge));
    let names: Vec<String> = (0..11).map(|number| number.to_string()).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    assert_eq!(read(&zipped(&many)), Err(Refused::TooMany));
}

#[test]
fn a_bomb_that_says_it_is_small_is_not_unpacked() {
    let mut bomb = zipped(&[("message.xml", MESSAGE.as_bytes()), ("zeros", &vec![0; 8 << 20])]);
    let size = u32::to_le_bytes(8 << 20);
    while let Some(at) = bomb.windows(4).position(|four| four == size) {
        bomb[at..at + 4].copy_from_slice(&[1, 0, 0, 0]);
    }
    assert!(matches!(read(&bomb), Err(Refused::Bomb | Refused::NotAZip)));
}

#[test]
fn document_types_and_entities_are_not_read() {
    let outside = r#"<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]><Retour><Etat>&x;</Etat></Retour>"#;
    assert_eq!(read_message(outside), Err(Refused::Entities));
    assert_eq!(read_message("<!DOCTYPE m><Retour/>"), Err(Refused::Entities));
    assert_eq!(read_message("<Retour><Etat>&lol9;</Etat></Retour>"), Err(Refused::Entities));
}

#[test]
fn what_is_missing_is_named() {
    let number = "<Teledemarche><NumeroTeledemarche>A-9-X</NumeroTeledemarche></Teledemarche>";
    for (message, refused) in [
        ("", Refused::NoNumber),
        ("<Retour>", Refused::NotXml),
        ("<a></b>", Refused::NotXml),
        ("<Retour><Etat>14</Etat></Retour>", Refused::NoNumber),
        (&format!("<Aller>{number}<Etat>14</Etat></Aller>"), Refused::NoNumber),
        (&format!("<Retour>{number}<Etat>oui</Etat></Retour>"), Refused::NoState),
        (&format!("<Retour>{number}</Retour>"), Refused::NoState),
        (&"<a>".repeat(40), Refused::NotXml),
    ] {
        assert_eq!(read_message(message), Err(refused), "{message}");
    }
    assert_eq!(read(&zipped(&[("other.xml", b"")])), Err(Refused::NoMessage));
    assert_eq!(read(b"no zip"), Err(Refused::NotAZip));
}

proptest! {
    #[test]
    fn any_bytes_are_an_answer_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), xml in "[<>/&;a-zRetour!\\[\\]-]{0,80}") {
        let _read = (read(&bytes).is_ok(), read_message(&xml).is_ok());
    }

    #[test]
    fn any_damage_of_a_zip_is_found_or_harmless(at in 0_usize..1_000, value in any::<u8>()) {
        let mut zip = zipped(&[("message.xml", MESSAGE.as_bytes()), ("a.pdf", &[7; 300])]);
        let at = at % zip.len();
        zip[at] = value;
        if let Ok(answer) = read(&zip) {
            prop_assert!(answer.files.iter().all(|file| file.bytes.len() <= 1 << 20));
        }
    }
}
