//! Something to deliver.

use std::collections::HashMap;
use std::sync::Arc;

use navette_router::entry::Fact;
use navette_router::model::{
    Applicant, Attachment, AttachmentStatus, DeliveryId, Organization, OrganizationType, Process, ProcessCode,
};
use navette_router::ports::Delivery;
use navette_storage::conformance::fixtures::{self, Deposit};

use crate::made::{Contents, MadeFiles, Shared};

/// What the applicant is called: planted, to be looked for where it must not be.
pub(crate) const LAST_NAME: &str = "Quatremère";

/// A delivery and the files it is made of.
#[derive(Debug)]
pub struct Parcel {
    /// What an adapter is given.
    pub delivery: Delivery,
    /// What its files hold, in the order of the attachments.
    pub contents: Vec<Contents>,
    /// Makes its files fail or stop.
    pub files: Arc<MadeFiles>,
}

impl Parcel {
    /// A case of the process `code` with files of these names and sizes; `number` tells it from the others of a test.
    pub fn new(code: &ProcessCode, number: u32, files: &[(&str, u64)]) -> Self {
        let made = |(index, (name, size_bytes)): (usize, &(&str, u64))| {
            ((*name).to_owned(), Contents::made(u64::from(number) * 100 + index as u64, *size_bytes))
        };
        Self::holding(code, number, files.iter().enumerate().map(made).collect())
    }

    /// The same with files that hold this.
    pub fn holding(code: &ProcessCode, number: u32, files: Vec<(String, Contents)>) -> Self {
        let count = u32::try_from(files.len()).expect("few files");
        let deposit = Deposit::new(code, &[0], count);
        let mut folder = deposit.folder;
        folder.external_id = format!("A-9-X3UGO{number:03}");
        folder.applicant = Applicant {
            first_name: "Célestine".to_owned(),
            last_name: LAST_NAME.to_owned(),
            email: Some("celestine@example.fr".to_owned()),
        };
        let attachments: Vec<Attachment> = deposit
            .attachments
            .into_iter()
            .zip(&files)
            .map(|(attachment, (name, contents))| Attachment {
                file_name: name.clone(),
                kind: "FLUX".to_owned(),
                size_bytes: contents.size_bytes,
                media_type: "application/pdf".to_owned(),
                status: AttachmentStatus::Received,
                digest: Some(contents.digest()),
                ..attachment
            })
            .collect();
        let contents: Vec<_> = files.into_iter().map(|(_, contents)| contents).collect();
        let by_id: HashMap<_, _> = attachments.iter().map(|file| file.id).zip(contents.iter().cloned()).collect();
        let files = Arc::new(MadeFiles::new(by_id));
        let case = deposit.cases.into_iter().next().expect("one recipient, one case");
        let (sender, recipient, process) = partners();
        let delivery = Delivery {
            id: DeliveryId::generate(),
            attempt: 1,
            sender,
            recipient,
            process: Process { code: code.clone(), ..process },
            folder,
            case,
            event: None,
            sequence: 1,
            attachments,
            files: Arc::new(Shared(Arc::clone(&files))),
        };
        Self { delivery, contents, files }
    }

    /// What must be found in no error, no log and no explanation: names, numbers.
    pub fn personal(&self) -> Vec<String> {
        let mut personal = vec![LAST_NAME.to_owned(), self.delivery.folder.external_id.clone()];
        personal.extend(self.delivery.attachments.iter().map(|file| file.file_name.clone()));
        personal
    }
}

/// A depositor, a recipient and a process.
fn partners() -> (Organization, Organization, Process) {
    let facts = fixtures::referential(1);
    let organization = |kind| {
        facts.iter().find_map(|fact| match fact {
            Fact::OrganizationRegistered(organization) if organization.key.kind() == kind => Some(organization.clone()),
            _ => None,
        })
    };
    let process = facts.iter().find_map(|fact| match fact {
        Fact::ProcessRegistered(process) => Some(process.clone()),
        _ => None,
    });
    let found = (organization(OrganizationType::Osl), organization(OrganizationType::Si), process);
    let (Some(sender), Some(recipient), Some(process)) = found else { panic!("fixtures have partners of each kind") };
    (sender, recipient, process)
}
