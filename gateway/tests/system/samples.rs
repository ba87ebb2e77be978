//! Published sample files, when `NAVETTE_SAMPLES` names a folder with one sub-folder for each process.

use std::path::PathBuf;

use navette_gateway::demo::files::from_folder;
use navette_gateway::sandbox;

use crate::hub::Setup;
use crate::parties::{deals_with, inbox};

pub(crate) async fn every_published_file_comes_back_identical(setup: Setup) {
    let Some(samples) = std::env::var_os("NAVETTE_SAMPLES").map(PathBuf::from) else {
        eprintln!("skipped: NAVETTE_SAMPLES names no folder");
        return;
    };
    let hub = setup.start().await;
    let mut folders: Vec<_> = std::fs::read_dir(&samples).unwrap().map(|entry| entry.unwrap()).collect();
    folders.sort_by_key(std::fs::DirEntry::file_name);
    folders.retain(|folder| folder.path().is_dir());
    assert!(!folders.is_empty(), "{} is empty", samples.display());
    let mut count = 0;
    for folder in folders {
        let name = folder.file_name().into_string().unwrap();
        let files = from_folder(folder.path()).unwrap();
        let processes = sandbox::processes_of_folder(&name);
        assert!(!processes.is_empty() && !files.is_empty(), "no process takes the files of {name}");
        for process in processes {
            let depositor = hub.depositor(process).await;
            let recipients = hub.recipients(process).await;
            let all: Vec<_> = recipients.iter().collect();
            let mut draft = depositor.folder(&files, &all);
            // A process takes the kinds of its list; those of a certificate of death are not in all of them.
            let kinds = sandbox::attachment_types(process);
            let files: Vec<_> = files
                .iter()
                .cloned()
                .map(|mut file| {
                    if !kinds.contains(&file.kind) {
                        file.kind = navette_gateway::demo::files::ANY_KIND;
                    }
                    file
                })
                .collect();
            for (row, file) in draft["attachments"].as_array_mut().unwrap().iter_mut().zip(&files) {
                row["type"] = file.kind.into();
            }
            let folder = depositor.announces(&draft).await;
            depositor.sends(&folder, &files).await;
            depositor.completes(&folder).await;
            for (recipient, case) in recipients.iter().zip(&folder.cases) {
                let notifications = inbox(&recipient.partner).await;
                assert_eq!(notifications.len(), 1, "{process}");
                assert_eq!(notifications[0]["caseId"], case.as_str(), "{process}");
                recipient.fetches(case, &files).await;
                for status in ["IN_PROGRESS", "DONE"] {
                    recipient.answers(case, status).await;
                }
                deals_with(&recipient.partner, &notifications[0]).await;
            }
            let read = depositor.reads(&folder).await;
            assert!(read["cases"].as_array().unwrap().iter().all(|case| case["status"] == "DONE"), "{process}");
            count += files.len();
        }
    }
    eprintln!("{count} files went through the hub");
}
