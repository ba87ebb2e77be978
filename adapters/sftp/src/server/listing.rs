//! Lists the inbox page by page. Only the names are remembered.

use navette_router::model::{NotificationId, Timestamp};
use navette_router::ports::Error;
use russh_sftp::protocol::File;

use super::attributes;
use super::names::{Names, Shown};
use super::place::DONE;
use super::{Inboxes, Waiting};

/// How many messages one answer shows; each brings the records of its files with it.
pub(super) const PAGE: usize = 50;

/// How far a listing came.
#[derive(Debug)]
pub(super) struct Listing {
    number: u32,
    after: Option<NotificationId>,
    progress: Progress,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// Nothing was shown yet.
    Begun,
    /// There may be more.
    Going,
    /// Everything was shown, or as much as may be.
    Over,
}

impl Listing {
    /// One that begins.
    pub(super) const fn new(names: &mut Names) -> Self {
        Self { number: names.begin_listing(), after: None, progress: Progress::Begun }
    }

    /// The next files; none at the end. The directory `done` comes first.
    pub(super) async fn next<I: Inboxes>(
        &mut self,
        names: &mut Names,
        inboxes: &I,
        account: &I::Account,
        since: Timestamp,
    ) -> Result<Vec<File>, Error> {
        let mut files = Vec::new();
        while files.is_empty() && self.progress != Progress::Over {
            let page = inboxes.waiting(account, self.after, PAGE).await?;
            if self.progress == Progress::Begun {
                files.push(File::new(DONE, attributes::of_directory(since)));
                self.progress = Progress::Going;
            }
            self.show(&page, names, &mut files);
        }
        Ok(files)
    }

    fn show(&mut self, page: &[Waiting], names: &mut Names, files: &mut Vec<File>) {
        for waiting in page {
            let name = waiting.name();
            match names.list(self.number, &name, waiting.id) {
                Shown::Yes => files.push(File::new(name, attributes::of_message(waiting))),
                Shown::No => {}
                Shown::Full => {
                    self.progress = Progress::Over;
                    return;
                }
            }
            self.after = Some(waiting.id);
        }
        if page.len() < PAGE {
            names.end_listing(self.number, self.after);
            self.progress = Progress::Over;
        }
    }
}
