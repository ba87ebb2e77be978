//! The limits of the server.

use std::num::NonZero;
use std::time::Duration;

/// The limits of the server. A session that fetches needs about 4 MiB; one that does its worst in everything at once, about 16 MiB.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many connections there are at once. Who comes when it is reached is sent away.
    pub connections_max: usize,
    /// How many of them may be of one account.
    pub connections_per_account_max: usize,
    /// How many of them may come from one address; of IPv6, from one network of 64 bits.
    pub connections_per_address_max: usize,
    /// How many of them may not be let in yet, so that strangers never take all of the room.
    pub logins_max: usize,
    /// How long it may take from the connection to the login, and from there to the first request.
    pub login_timeout: Duration,
    /// How many passwords may be tried on one connection.
    pub attempts_max: usize,
    /// How long a refused login takes at least, so that its time tells nothing.
    pub refusal_time: Duration,
    /// How long a session may ask for nothing, or take nothing of what it asked for.
    pub idle_timeout: Duration,
    /// How long the hub may take for one answer, or for the next bytes of a file.
    pub hub_timeout: Duration,
    /// How many files and directories one session may have open.
    pub handles_max: usize,
    /// How many messages one listing shows, and how many names one session remembers: about 40 bytes each.
    pub names_max: usize,
    /// How many bytes one read gets. Clients that ask for more ask again; those that ask what the limits are do not.
    pub read_max_bytes: NonZero<u32>,
    /// How much of a file that was read is kept, for clients whose reads arrive out of order.
    pub window_bytes: u64,
    /// How many files of one session are kept ready to go on; others begin again, which costs time and no memory.
    pub windows_per_session_max: NonZero<usize>,
    /// How many sessions read from files at once, in turns.
    pub readers_max: NonZero<usize>,
    /// How many bytes of requests of one session may wait. Some clients ask for a whole file at once, about 30 bytes for each 32 KiB:
    /// this is enough for 4 GiB.
    pub requests_max_bytes: usize,
    /// After how many bytes in one direction new keys are agreed on, at most 1 GiB.
    pub rekey_bytes: usize,
    /// After how long new keys are agreed on.
    pub rekey_interval: Duration,
    /// How long sessions may take to end what they do when the server stops.
    pub stop_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        const ONE: &str = "invariant: more than none";
        Self {
            connections_max: 64,
            connections_per_account_max: 8,
            connections_per_address_max: 32,
            logins_max: 32,
            login_timeout: Duration::from_secs(30),
            attempts_max: 3,
            refusal_time: Duration::from_secs(1),
            idle_timeout: Duration::from_secs(300),
            hub_timeout: Duration::from_secs(30),
            handles_max: 32,
            names_max: 100_000,
            read_max_bytes: const { NonZero::new(261_120).expect(ONE) },
            window_bytes: 512 * 1024,
            windows_per_session_max: const { NonZero::new(2).expect(ONE) },
            readers_max: const { NonZero::new(8).expect(ONE) },
            requests_max_bytes: 4 << 20,
            rekey_bytes: 1 << 30,
            rekey_interval: Duration::from_secs(3_600),
            stop_timeout: Duration::from_secs(10),
        }
    }
}
