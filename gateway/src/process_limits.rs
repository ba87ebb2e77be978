//! What the system lets this process have.

use rustix::process::{Resource, Rlimit};

/// Descriptors that are needed beside those of connections: journal, tables, volumes, listeners.
const OTHER_DESCRIPTORS: u64 = 1024;

/// Raises the number of file descriptors that the process may have to what the system lets it, and complains in the log if that is
/// too few for this many connections.
pub fn raise_descriptors(max_connections: usize) {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
        if let Err(error) = rustix::process::setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, "the number of file descriptors cannot be raised");
        }
    }
    let available = rustix::process::getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let needed = (max_connections as u64).saturating_add(OTHER_DESCRIPTORS);
    if available < needed {
        tracing::warn!(
            available,
            needed,
            "too few file descriptors for server.max_connections; raise the limit or lower the key"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_becomes_what_the_system_allows() {
        raise_descriptors(1);
        let limit = rustix::process::getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }
}
