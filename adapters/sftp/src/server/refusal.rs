//! What a client is told when it does not get what it asked for. The sentence is shown by most clients, and never names a file.

use russh_sftp::protocol::{Packet, StatusCode};

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Refusal {
    code: StatusCode,
    sentence: &'static str,
}

impl Refusal {
    /// The end of a file or of a listing, which is no fault.
    pub(super) const END: Self = Self { code: StatusCode::Eof, sentence: "the end is reached" };
    pub(super) const NO_SUCH_FILE: Self = Self::missing("there is nothing of this name");
    pub(super) const GONE: Self =
        Self::missing("this message was acknowledged already, or is another one by now: list the directory again");
    pub(super) const READ_ONLY: Self = Self::denied("messages can be read, renamed to done/ and removed, nothing else");
    pub(super) const RENAME: Self =
        Self::denied("a message can only be renamed to done/ under its own name, which acknowledges it");
    pub(super) const NOT_A_FILE: Self = Self::failed("this is a directory");
    pub(super) const NOT_A_DIRECTORY: Self = Self::failed("this is a file");
    pub(super) const NO_SUCH_HANDLE: Self = Self::failed("this handle is not open");
    pub(super) const EXISTS: Self = Self::failed("the directory is there already");
    pub(super) const TOO_MANY_HANDLES: Self =
        Self::failed("this session has too many files open: close one, or connect again");
    pub(super) const TOO_MANY_NAMES: Self =
        Self::failed("this session knows as many names as it may: acknowledge what was listed, or connect again");
    pub(super) const TRY_LATER: Self = Self::failed("the hub cannot answer at the moment: try again later");
    pub(super) const UNREADABLE: Self = Self::failed("the hub cannot read this message at the moment: try again later");
    pub(super) const UNFIT: Self =
        Self::failed("this case is larger than a message can be (4 GiB): fetch it through the interface");
    pub(super) const UNSUPPORTED: Self =
        Self { code: StatusCode::OpUnsupported, sentence: "this server does not do that" };
    pub(super) const MALFORMED: Self = Self { code: StatusCode::BadMessage, sentence: "this is not a request" };

    const fn missing(sentence: &'static str) -> Self {
        Self { code: StatusCode::NoSuchFile, sentence }
    }

    const fn denied(sentence: &'static str) -> Self {
        Self { code: StatusCode::PermissionDenied, sentence }
    }

    const fn failed(sentence: &'static str) -> Self {
        Self { code: StatusCode::Failure, sentence }
    }

    /// As the answer to the request `id`.
    pub(super) fn answer(self, id: u32) -> Packet {
        Packet::status(id, self.code, self.sentence, "en")
    }
}

/// The answer to a request that was done.
pub(super) fn done(id: u32) -> Packet {
    Packet::status(id, StatusCode::Ok, "done", "en")
}
