//! From a request to its answer.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use russh_sftp::protocol::{
    Attrs, Data, ExtendedReply, File, Handle, Name, OpenFlags, Packet, Status, StatusCode, Version,
};

use super::Inboxes;
use super::place::Place;
use super::refusal::{Refusal, done};
use super::session::Session;

/// The packets that a client may send: SSH_FXP_INIT, SSH_FXP_OPEN to SSH_FXP_SYMLINK, SSH_FXP_EXTENDED.
const INIT: u8 = 1;
const REQUESTS: std::ops::RangeInclusive<u8> = 3..=20;
const EXTENDED: u8 = 200;
/// Renames as POSIX does. OpenSSH asks for it before it asks for the older way.
const POSIX_RENAME: &str = "posix-rename@openssh.com";
/// Says what the limits are.
const LIMITS: &str = "limits@openssh.com";
/// The longest packet either side sends, by convention.
const PACKET_MAX_BYTES: u64 = 256 * 1024;

/// What a client sent.
pub(super) enum Sent {
    /// A request.
    Request(Packet),
    /// One that this protocol does not have: the answer to it.
    Unknown(Packet),
    /// Nothing that could be answered.
    Nonsense,
}

/// Reads what a client sent.
pub(super) fn read(mut bytes: Bytes) -> Sent {
    let kind = bytes.first().copied().unwrap_or_default();
    if kind != INIT && !REQUESTS.contains(&kind) && kind != EXTENDED {
        bytes.advance(1);
        return match bytes.try_get_u32() {
            Ok(id) => Sent::Unknown(Refusal::UNSUPPORTED.answer(id)),
            Err(_) => Sent::Nonsense,
        };
    }
    Packet::try_from(&mut bytes).map_or(Sent::Nonsense, Sent::Request)
}

/// The first answer: which version, and what else is understood.
pub(super) fn version() -> Packet {
    let mut version = Version::new();
    for name in [POSIX_RENAME, LIMITS] {
        version.extensions.insert(name.to_owned(), "1".to_owned());
    }
    version.into()
}

/// Does what a request asks for.
pub(super) async fn answer<I: Inboxes>(session: &mut Session<I>, request: Packet) -> Packet {
    let id = request.get_request_id();
    attempt(session, id, request).await.unwrap_or_else(|refusal| refusal.answer(id))
}

async fn attempt<I: Inboxes>(session: &mut Session<I>, id: u32, request: Packet) -> Result<Packet, Refusal> {
    Ok(match request {
        Packet::RealPath(asked) => {
            let path = Place::new(&asked.path).path().ok_or(Refusal::NO_SUCH_FILE)?;
            Name { id, files: vec![File::dummy(path)] }.into()
        }
        Packet::Stat(asked) => Attrs { id, attrs: session.look(&asked.path).await? }.into(),
        Packet::Lstat(asked) => Attrs { id, attrs: session.look(&asked.path).await? }.into(),
        Packet::Fstat(asked) => Attrs { id, attrs: session.look_at(&asked.handle)? }.into(),
        Packet::OpenDir(asked) => Handle { id, handle: session.open_directory(&asked.path).await? }.into(),
        Packet::ReadDir(asked) => Name { id, files: session.list(&asked.handle).await? }.into(),
        Packet::Open(asked) if asked.pflags.bits() == OpenFlags::READ.bits() => {
            Handle { id, handle: session.open(&asked.filename).await? }.into()
        }
        Packet::Read(asked) => Data { id, data: session.read(&asked.handle, asked.offset, asked.len).await? }.into(),
        Packet::Close(asked) => {
            session.close(&asked.handle)?;
            done(id)
        }
        Packet::Remove(asked) => {
            session.remove(&asked.filename).await?;
            done(id)
        }
        Packet::Rename(asked) => {
            session.rename(&asked.oldpath, &asked.newpath).await?;
            done(id)
        }
        Packet::MkDir(asked) => return Err(Session::<I>::make_directory(&asked.path)),
        Packet::Extended(asked) => extended(session, id, &asked.request, asked.data.into()).await?,
        Packet::Open(_) | Packet::Write(_) | Packet::SetStat(_) | Packet::FSetStat(_) | Packet::RmDir(_) => {
            return Err(Refusal::READ_ONLY);
        }
        Packet::ReadLink(_) | Packet::Symlink(_) => return Err(Refusal::UNSUPPORTED),
        // These begin a session, or are answers.
        Packet::Init(_)
        | Packet::Version(_)
        | Packet::Status(_)
        | Packet::Handle(_)
        | Packet::Data(_)
        | Packet::Name(_)
        | Packet::Attrs(_)
        | Packet::ExtendedReply(_) => return Err(Refusal::MALFORMED),
    })
}

async fn extended<I: Inboxes>(
    session: &mut Session<I>,
    id: u32,
    name: &str,
    mut data: Bytes,
) -> Result<Packet, Refusal> {
    match name {
        POSIX_RENAME => {
            let (from, to) = (text(&mut data)?, text(&mut data)?);
            session.rename(&from, &to).await?;
            Ok(done(id))
        }
        LIMITS => {
            let options = &session.shared.options;
            let mut limits = BytesMut::new();
            limits.put_u64(PACKET_MAX_BYTES);
            limits.put_u64(u64::from(options.read_max_bytes.get()));
            // Nobody writes; a limit of 0 would mean that there is none.
            limits.put_u64(u64::from(options.read_max_bytes.get()));
            limits.put_u64(options.handles_max as u64);
            Ok(ExtendedReply { id, data: limits.into() }.into())
        }
        _ => Err(Refusal::UNSUPPORTED),
    }
}

fn text(data: &mut Bytes) -> Result<String, Refusal> {
    let length = data.try_get_u32().map_err(|_| Refusal::MALFORMED)?;
    let length = usize::try_from(length).ok().filter(|length| *length <= data.len()).ok_or(Refusal::MALFORMED)?;
    // What is not UTF-8 is the name of nothing.
    String::from_utf8(data.split_to(length).into()).map_err(|_| Refusal::NO_SUCH_FILE)
}

/// Whether an answer says that what was asked makes no sense: somebody who goes on like that is not a client.
pub(super) const fn is_nonsense(answer: &Packet) -> bool {
    matches!(answer, Packet::Status(Status { status_code: StatusCode::BadMessage, .. }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_a_request_or_none(mut bytes in prop::collection::vec(any::<u8>(), 0..300), kind in 0_u8..=255) {
            bytes.insert(0, kind);
            let _request = read(bytes.into());
        }
    }
}
