//! What is spoken: the settings of the SSH library.

use std::borrow::Cow;
use std::time::Duration;

use russh::keys::{Algorithm, PrivateKey};
use russh::server::Config;
use russh::{Limits, MethodKind, MethodSet, Preferred, SshId, compression, kex};

use super::Options;
use crate::client::CIPHERS;

/// What clients are told that they speak to.
const NAME: &str = "SSH-2.0-Navette";
const KEYS: &[Algorithm] = &[Algorithm::Ed25519];
/// Those of clients that know Ed25519. The largest groups cost a server more than whoever asks for them.
const EXCHANGES: &[kex::Name] = &[
    kex::MLKEM768X25519_SHA256,
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::DH_G16_SHA512,
    kex::DH_G14_SHA256,
    kex::EXTENSION_SUPPORT_AS_SERVER,
    kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER,
];
/// What a small packet expands to cannot be a surprise.
const COMPRESSIONS: &[compression::Name] = &[compression::NONE];
/// More than this is not safe with one key.
const REKEY_MAX_BYTES: usize = 1 << 30;
/// What a client may send before it is told to go on. Requests are short.
const WINDOW_BYTES: u32 = 256 * 1024;
/// How many pieces of answers wait for the library to take them.
const PIECES_MAX: usize = 8;

/// The settings of the library.
pub(super) fn configuration(options: &Options, key: PrivateKey) -> Config {
    let rekey_bytes = options.rekey_bytes.min(REKEY_MAX_BYTES);
    Config {
        server_id: SshId::Standard(Cow::Borrowed(NAME)),
        methods: methods(),
        auth_rejection_time: options.refusal_time,
        // Clients ask first which ways there are, which the library counts as an attempt.
        auth_rejection_time_initial: Some(Duration::ZERO),
        max_auth_attempts: options.attempts_max.saturating_add(1),
        keys: vec![key],
        limits: Limits::new(rekey_bytes, rekey_bytes, options.rekey_interval),
        window_size: WINDOW_BYTES,
        // Not used: what comes is not queued by the library.
        channel_buffer_size: 1,
        event_buffer_size: PIECES_MAX,
        preferred: Preferred {
            kex: Cow::Borrowed(EXCHANGES),
            key: Cow::Borrowed(KEYS),
            cipher: Cow::Borrowed(CIPHERS),
            compression: Cow::Borrowed(COMPRESSIONS),
            ..Preferred::DEFAULT
        },
        // Sessions end earlier; this is for whoever takes nothing of what was sent.
        inactivity_timeout: Some(options.idle_timeout.saturating_add(options.hub_timeout)),
        nodelay: true,
        ..Config::default()
    }
}

/// The ways to log in.
pub(super) fn methods() -> MethodSet {
    MethodSet::from([MethodKind::Password].as_slice())
}
