//! Whether what the paths name can be reached.

use std::fs::File;
use std::path::Path;

use rustix::fs::Access;

use super::{Configuration, Fault};

/// Everything that cannot be reached.
pub(super) fn faults(configuration: &Configuration) -> Vec<Fault> {
    let tls = &configuration.tls;
    let mail = &configuration.mail;
    let (kafka, cassandra) = (&configuration.storage.cluster.kafka, &configuration.storage.cluster.cassandra);
    let files = [
        ("tls.certificate", &tls.certificate),
        ("tls.key", &tls.key),
        ("deliveries.former_sealing_key", &configuration.deliveries.former_sealing_key),
        ("deliveries.authorities", &configuration.deliveries.authorities),
        ("mail.authorities", &mail.authorities),
        ("mail.password_file", &mail.password_file),
        ("storage.cluster.kafka.authorities", &kafka.authorities),
        ("storage.cluster.kafka.password_file", &kafka.password_file),
        ("storage.cluster.cassandra.authorities", &cassandra.authorities),
        ("storage.cluster.cassandra.password_file", &cassandra.password_file),
    ];
    let unreadable =
        files.into_iter().filter_map(|(key, path)| readable(path.as_deref()?).err().map(|why| Fault::new(key, why)));
    let directories = [
        ("storage.directory", Some(configuration.storage.directory.as_path())),
        ("deliveries.sealing_key", configuration.deliveries.sealing_key.as_deref().and_then(Path::parent)),
        ("sftp.host_key", configuration.sftp.host_key.as_deref().and_then(Path::parent)),
        ("tokens.master_key", configuration.tokens.master_key.as_deref().and_then(Path::parent)),
    ];
    let unwritable =
        directories.into_iter().filter_map(|(key, path)| writable(path?).err().map(|why| Fault::new(key, why)));
    unreadable.chain(unwritable).collect()
}

fn readable(path: &Path) -> Result<(), String> {
    File::open(path).map(drop).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

/// The directory, or what of its path exists, is a directory in which this process may write.
fn writable(path: &Path) -> Result<(), String> {
    let here = Path::new(".");
    let ancestors = path.ancestors().map(|ancestor| if ancestor.as_os_str().is_empty() { here } else { ancestor });
    let existing = ancestors.into_iter().find(|ancestor| ancestor.exists()).unwrap_or(here);
    if !existing.is_dir() {
        return Err(format!("{} cannot be made: {} is not a directory", path.display(), existing.display()));
    }
    rustix::fs::access(existing, Access::WRITE_OK | Access::EXEC_OK)
        .map_err(|error| format!("{} cannot be written: {}: {error}", path.display(), existing.display()))
}
