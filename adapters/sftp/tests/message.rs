//! Messages as other software reads them.

#![expect(clippy::print_stderr, reason = "what was skipped is for whoever runs the tests")]

use std::io::{Cursor, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};

use navette_adapter_kit::Parcel;
use navette_adapter_sftp::message::{Archive, Entry, Plan, Unfit};
use navette_router::model::ProcessCode;
use proptest::prelude::*;
use zip::ZipArchive;

const FILES: &[(&str, u64)] = &[
    ("flux.xml", 70_001),
    ("recap.pdf", 3_000_007),
    ("l'été <à> Noël.pdf", 0),
    ("second.xml", 65_536),
    ("plan.jpg", 32_768),
];

fn parcel() -> Parcel {
    let mut parcel = Parcel::new(&ProcessCode::new("DAUA").unwrap(), 1, FILES);
    let kinds = ["FLUX", "recapPDF", "justificatif domicile", "FLUX", "justificatif domicile"];
    for (attachment, kind) in parcel.delivery.attachments.iter_mut().zip(kinds) {
        kind.clone_into(&mut attachment.kind);
    }
    parcel
}

async fn message(parcel: &Parcel) -> (Plan, Vec<u8>) {
    let plan = Plan::new(&parcel.delivery, "DAUA").expect("a plan");
    let bytes = bytes_of(parcel, &plan).await;
    (plan, bytes)
}

async fn bytes_of(parcel: &Parcel, plan: &Plan) -> Vec<u8> {
    let mut archive = Archive::new(&parcel.delivery, plan);
    let mut bytes = Vec::new();
    while let Some(chunk) = archive.next().await.expect("readable files") {
        bytes.extend_from_slice(&chunk);
    }
    bytes
}

fn is_there(program: &str) -> bool {
    let found = Command::new(program).arg("-h").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        eprintln!("skipped: there is no {program} on this machine");
    }
    found
}

#[tokio::test]
async fn a_message_has_its_entries_in_order_under_their_names() {
    let (plan, bytes) = message(&parcel()).await;
    assert_eq!(plan.name, "A-9-X3UGO001-DAUA-1.zip");
    let mut archive = ZipArchive::new(Cursor::new(&bytes)).expect("a zip");
    let names: Vec<_> =
        (0..archive.len()).map(|index| archive.by_index(index).unwrap().name().unwrap().into_owned()).collect();
    assert_eq!(
        names,
        [
            "message.xml",
            "A-9-X3UGO001-DAUA-doc-FLUX-1-1.xml",
            "A-9-X3UGO001-DAUA-doc-recapPDF-1-1.pdf",
            "A-9-X3UGO001-DAUA-doc-FLUX-2-1.txt",
            "A-9-X3UGO001-DAUA-ent-1.xml",
            "A-9-X3UGO001-DAUA-pj-justificatif domicile-1-1.pdf",
            "A-9-X3UGO001-DAUA-pj-justificatif domicile-2-1.jpg",
        ]
    );
    assert_eq!(names, plan.entries.iter().map(Entry::name).collect::<Vec<_>>());
}

#[tokio::test]
async fn files_come_out_of_a_message_as_they_went_in() {
    let parcel = parcel();
    let (plan, bytes) = message(&parcel).await;
    let mut archive = ZipArchive::new(Cursor::new(&bytes)).expect("a zip");
    for entry in &plan.entries {
        let mut read = Vec::new();
        archive.by_name(entry.name()).expect("an entry").read_to_end(&mut read).expect("readable");
        match entry {
            Entry::Made { text, .. } => assert_eq!(read, text.as_bytes()),
            Entry::File { index, .. } => {
                let digest = navette_storage::conformance::fixtures::digest(&read);
                assert_eq!(digest, parcel.contents[*index].digest(), "{}", entry.name());
            }
        }
    }
}

/// Lengths around those of a block and of a chunk.
fn lengths() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..3, 32_766_u64..32_771, 65_534_u64..65_539, 98_303_u64..98_306, 0_u64..300_000]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_plain_message_is_as_long_as_is_said_and_is_a_zip(
        files in prop::collection::vec(("[a-zé ]{0,12}\\.(pdf|xml|txt|jpg)", lengths()), 0..6),
        number in "\\PC{1,30}",
    ) {
        let files: Vec<_> = files.iter().map(|(name, size)| (name.as_str(), *size)).collect();
        let mut parcel = Parcel::new(&ProcessCode::new("DAUA").unwrap(), 1, &files);
        parcel.delivery.folder.external_id = number;
        let plan = Plan::plain(&parcel.delivery, "DAUA").expect("a plan");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let bytes = runtime.block_on(bytes_of(&parcel, &plan));
        prop_assert_eq!(plan.size_bytes(), Some(bytes.len() as u64));
        let mut archive = ZipArchive::new(Cursor::new(&bytes)).expect("a zip");
        prop_assert_eq!(archive.len(), plan.entries.len());
        for index in 0..archive.len() {
            let read = archive.by_index(index).expect("an entry").read_to_end(&mut Vec::new());
            prop_assert!(read.is_ok(), "the checksum is right");
        }
    }
}

#[test]
fn the_size_of_what_is_compressed_is_not_known() {
    let parcel = parcel();
    assert_eq!(Plan::new(&parcel.delivery, "DAUA").expect("a plan").size_bytes(), None);
}

#[test]
fn what_is_larger_than_a_zip_can_be_is_not_made_plain() {
    let mut parcel = Parcel::new(&ProcessCode::new("DAUA").unwrap(), 1, &[("a.pdf", 0)]);
    parcel.delivery.attachments[0].size_bytes = u64::from(u32::MAX) - (64 << 20);
    assert!(Plan::plain(&parcel.delivery, "DAUA").is_ok());
    parcel.delivery.attachments[0].size_bytes = u64::from(u32::MAX) - (63 << 20);
    assert_eq!(Plan::plain(&parcel.delivery, "DAUA"), Err(Unfit::TooLarge));
}

#[tokio::test]
async fn the_same_delivery_gives_the_same_bytes() {
    let mut parcel = parcel();
    let first = message(&parcel).await.1;
    parcel.delivery.attempt = 2;
    assert!(first == message(&parcel).await.1, "an upload that was cut can go on");
}

#[tokio::test]
async fn the_message_names_every_file_and_keeps_its_original_name() {
    let parcel = parcel();
    let (plan, _) = message(&parcel).await;
    let [Entry::Made { text: message, .. }, ..] = plan.entries.as_slice() else { panic!("message.xml is first") };
    assert!(!message.contains('\n'), "a message is one line");
    assert!(message.contains(r#"xsi:type="ns2:Location_FR""#), "the type is named by its prefix");
    assert!(message.contains("<Intitule>l&apos;été &lt;à&gt; Noël.pdf</Intitule>"), "{message}");
    assert!(message.contains("<Valeur>0</Valeur>"), "{message}");
    assert!(message.contains("<MotDePasse></MotDePasse>"), "no password of the old platform");
    let codes = ["<Code>FLUX</Code>", "<Code>FLUX_2</Code>", "<Code>justificatif domicile_2</Code>"];
    assert!(codes.iter().all(|code| message.contains(code)), "readers want one file a code: {message}");
    for entry in &plan.entries {
        if let Entry::File { name, .. } = entry {
            assert!(message.contains(&format!(">{name}<")), "{name}");
        }
    }
    let content = message.split_once("<ns2:Aller>").unwrap().1.split_once("</ns2:Aller>").unwrap().0;
    let envelope = plan.entries.iter().find(|entry| entry.name().contains("-ent-")).unwrap();
    let Entry::Made { text: envelope, .. } = envelope else { panic!("the envelope is made") };
    assert!(envelope.contains(content), "the envelope says what the message says");
}

#[tokio::test]
async fn other_software_reads_a_message() {
    const PYTHON: &str = "
import re, sys, zipfile, xml.etree.ElementTree as tree
path = sys.argv[1]
name = re.match(r'^(?P<identifier>.*)-(?P<procedure>[^-]+)-(?P<sequence>\\d+).zip$', path.rsplit('/', 1)[1])
assert name.groups() == ('A-9-X3UGO001', 'DAUA', '1'), name.groups()
zip = zipfile.ZipFile(path)
assert zip.testzip() is None
assert all(entry.compress_type == 8 and entry.extract_version == 20 for entry in zip.infolist())
metier = '{http://finances.gouv.fr/dgme/gf/composants/teledemarchexml/donnee/metier}'
pec = '{http://finances.gouv.fr/dgme/pec/message/v1}'
message = tree.fromstring(zip.read('message.xml'))
assert message.tag == pec + 'Message'
aller = message.find(f'{pec}Body/{pec}Content/{pec}Aller')
number = aller.find(f'{metier}Teledemarche/{metier}NumeroTeledemarche').text
assert number == 'A-9-X3UGO001', number
files = [e.text for e in aller.iter() if e.tag in (metier + 'Fichier', metier + 'FichierDonnees')]
assert sorted(files) == sorted(n for n in zip.namelist() if n != 'message.xml' and '-ent-' not in n), files
assert len([f for f in files if f.endswith('.xml')]) == 1, files
envelope = tree.fromstring(zip.read('A-9-X3UGO001-DAUA-ent-1.xml'))
assert envelope.tag == metier + 'EnteteMetierEnveloppe'
assert [tree.tostring(e) for e in envelope] == [tree.tostring(e) for e in aller]
";
    let directory = tempfile::TempDir::new().expect("a directory");
    let (plan, bytes) = message(&parcel()).await;
    let path = directory.path().join(plan.name);
    std::fs::write(&path, bytes).expect("the message is written");
    let succeeds = |command: &mut Command| {
        let done = command.output().expect("the program runs");
        assert!(
            done.status.success(),
            "{}{}",
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        );
    };
    let path: &Path = &path;
    if is_there("python3") {
        succeeds(Command::new("python3").args(["-c", PYTHON]).arg(path));
    }
    if is_there("unzip") {
        succeeds(Command::new("unzip").arg("-t").arg(path));
    }
}
