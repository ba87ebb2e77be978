//! The files of a server in memory, and what is wrong with it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use russh_sftp::protocol::{Attrs, Data, File, FileAttributes, Handle, Name, OpenFlags, Status, StatusCode};
use russh_sftp::server::{Handler, StatusReply};

/// What is wrong with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mischief {
    #[default]
    None,
    /// It takes writes and never confirms one.
    SwallowsWrites,
    /// It has room for so many bytes in all.
    IsFullAfter(usize),
    /// It has no room and does not say why.
    FailsAfter(usize),
    /// The new name comes, the old one stays.
    KeepsOldNames,
    /// It says that a file is shorter than what it confirmed.
    LosesBytes,
    /// It lists so many files that are not there.
    Lists(usize),
    /// It never comes to the end of a directory.
    ListsForEver,
}

/// What a server holds. Shared by all its connections.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) directories: Vec<String>,
    pub(crate) mischief: Mischief,
    /// When all files were written, if the server says so, in seconds since 1970.
    pub(crate) written: Option<u32>,
    /// How many batches of names it was asked for.
    pub(crate) batches: usize,
}

impl Disk {
    /// The messages that a recipient's software would find.
    pub(crate) fn messages(&self) -> Vec<&str> {
        let inside = |path: &&String| path.strip_prefix("in/").is_some_and(|name| !name.contains('/'));
        self.files.keys().filter(inside).map(String::as_str).collect()
    }
}

/// One connection.
pub(crate) struct Session {
    disk: Arc<Mutex<Disk>>,
    handles: HashMap<String, (String, usize)>,
    next: u32,
}

impl Session {
    pub(crate) fn new(disk: Arc<Mutex<Disk>>) -> Self {
        Self { disk, handles: HashMap::new(), next: 0 }
    }

    fn handle(&mut self, id: u32, path: String) -> Handle {
        self.next += 1;
        let handle = self.next.to_string();
        self.handles.insert(handle.clone(), (path, 0));
        Handle { id, handle }
    }

    fn attributes(&self, path: &str) -> Result<FileAttributes, StatusReply> {
        let disk = self.disk.lock();
        let path = path.trim_end_matches("/.");
        let mut attributes = FileAttributes::empty();
        if disk.directories.iter().any(|directory| directory == path) {
            attributes.permissions = Some(0o040_755);
            return Ok(attributes);
        }
        let file = disk.files.get(path).ok_or(StatusCode::NoSuchFile)?;
        let lost = if disk.mischief == Mischief::LosesBytes { 1 } else { 0 };
        attributes.permissions = Some(0o100_644);
        attributes.size = Some((file.len() - lost) as u64);
        Ok(attributes)
    }
}

fn done(id: u32) -> Status {
    Status { id, status_code: StatusCode::Ok, error_message: "Ok".to_owned(), language_tag: "en".to_owned() }
}

impl Handler for Session {
    type Error = StatusReply;

    fn unimplemented(&self) -> StatusReply {
        StatusCode::OpUnsupported.into()
    }

    async fn realpath(&mut self, id: u32, _: String) -> Result<Name, StatusReply> {
        Ok(Name { id, files: vec![File::dummy("/")] })
    }

    async fn lstat(&mut self, id: u32, path: String) -> Result<Attrs, StatusReply> {
        Ok(Attrs { id, attrs: self.attributes(&path)? })
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Result<Attrs, StatusReply> {
        let (path, _) = self.handles.get(&handle).ok_or(StatusCode::Failure)?;
        Ok(Attrs { id, attrs: self.attributes(path)? })
    }

    async fn open(
        &mut self,
        id: u32,
        path: String,
        flags: OpenFlags,
        _: FileAttributes,
    ) -> Result<Handle, StatusReply> {
        let parent = path.rsplit_once('/').map_or(".", |(parent, _)| parent).to_owned();
        {
            let mut disk = self.disk.lock();
            if !disk.directories.contains(&parent) {
                return Err(StatusCode::NoSuchFile.into());
            }
            if flags.contains(OpenFlags::CREATE) {
                let file = disk.files.entry(path.clone()).or_default();
                if flags.contains(OpenFlags::TRUNCATE) {
                    file.clear();
                }
            } else if !disk.files.contains_key(&path) {
                return Err(StatusCode::NoSuchFile.into());
            }
        }
        Ok(self.handle(id, path))
    }

    async fn write(&mut self, id: u32, handle: String, at: u64, data: Vec<u8>) -> Result<Status, StatusReply> {
        let mischief = self.disk.lock().mischief;
        if mischief == Mischief::SwallowsWrites {
            return std::future::pending().await;
        }
        let (path, _) = self.handles.get(&handle).ok_or(StatusCode::Failure)?;
        let mut disk = self.disk.lock();
        let held: usize = disk.files.values().map(Vec::len).sum();
        match mischief {
            Mischief::IsFullAfter(most) if held + data.len() > most => {
                return Err(StatusCode::Failure.with_message("write: No space left on device (A-9-X3UGO001)"));
            }
            Mischief::FailsAfter(most) if held + data.len() > most => return Err(StatusCode::Failure.into()),
            _ => {}
        }
        let file = disk.files.get_mut(path).ok_or(StatusCode::Failure)?;
        let at = usize::try_from(at).expect("a place in memory");
        let end = at + data.len();
        if file.len() < end {
            file.resize(end, 0);
        }
        file[at..end].copy_from_slice(&data);
        Ok(done(id))
    }

    async fn read(&mut self, id: u32, handle: String, at: u64, length: u32) -> Result<Data, StatusReply> {
        let (path, _) = self.handles.get(&handle).ok_or(StatusCode::Failure)?;
        let disk = self.disk.lock();
        let file = disk.files.get(path).ok_or(StatusCode::Failure)?;
        let at = usize::try_from(at).expect("a place in memory");
        let end = file.len().min(at + length as usize);
        match file.get(at..end) {
            Some(data) if !data.is_empty() => Ok(Data { id, data: data.to_vec() }),
            _ => Err(StatusCode::Eof.into()),
        }
    }

    async fn close(&mut self, id: u32, handle: String) -> Result<Status, StatusReply> {
        self.handles.remove(&handle);
        Ok(done(id))
    }

    async fn mkdir(&mut self, id: u32, path: String, _: FileAttributes) -> Result<Status, StatusReply> {
        let mut disk = self.disk.lock();
        if disk.directories.contains(&path) {
            return Err(StatusCode::Failure.into());
        }
        disk.directories.push(path);
        Ok(done(id))
    }

    async fn remove(&mut self, id: u32, path: String) -> Result<Status, StatusReply> {
        let removed = self.disk.lock().files.remove(&path);
        removed.map(|_| done(id)).ok_or_else(|| StatusCode::NoSuchFile.into())
    }

    async fn rename(&mut self, id: u32, from: String, to: String) -> Result<Status, StatusReply> {
        let mut disk = self.disk.lock();
        if disk.files.contains_key(&to) {
            return Err(StatusCode::Failure.into());
        }
        let file = disk.files.get(&from).ok_or(StatusCode::NoSuchFile)?.clone();
        if disk.mischief != Mischief::KeepsOldNames {
            disk.files.remove(&from);
        }
        disk.files.insert(to, file);
        Ok(done(id))
    }

    async fn opendir(&mut self, id: u32, path: String) -> Result<Handle, StatusReply> {
        if !self.disk.lock().directories.contains(&path) {
            return Err(StatusCode::NoSuchFile.into());
        }
        Ok(self.handle(id, path))
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Result<Name, StatusReply> {
        const BATCH: usize = 1_000;
        let (path, shown) = self.handles.get_mut(&handle).ok_or(StatusCode::Failure)?;
        let mut disk = self.disk.lock();
        disk.batches += 1;
        let written = disk.written;
        let regular = |name: String, size: usize| {
            let mut attributes = FileAttributes::empty();
            attributes.permissions = Some(0o100_644);
            attributes.size = Some(size as u64);
            attributes.mtime = written;
            File::new(name, attributes)
        };
        let made_up = match disk.mischief {
            Mischief::Lists(count) => count,
            Mischief::ListsForEver => usize::MAX,
            _ => 0,
        };
        if *shown < made_up {
            let names = *shown..(*shown).saturating_add(BATCH).min(made_up);
            *shown = names.end;
            let files = names.map(|number| regular(format!("A-9-AUTRE{number}-DAUA-3.zip"), 100)).collect();
            return Ok(Name { id, files });
        }
        if *shown > made_up {
            return Err(StatusCode::Eof.into());
        }
        *shown += 1;
        let prefix = format!("{path}/");
        let inside = disk.files.iter().filter_map(|(path, bytes)| Some((path.strip_prefix(&prefix)?, bytes.len())));
        let files: Vec<_> = inside.map(|(name, size)| regular(name.to_owned(), size)).collect();
        if files.is_empty() { Err(StatusCode::Eof.into()) } else { Ok(Name { id, files }) }
    }
}
