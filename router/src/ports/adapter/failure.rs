//! How a delivery fails, and what that means for the next attempt.

use std::error;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::PeerWords;

/// Who has to do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Blame {
    /// Whoever runs the hub.
    Ours,
    /// Whoever runs the recipient's server, or wrote down how to reach it.
    Theirs,
    /// Nobody's server: this message can never be delivered this way.
    Message,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $blame:ident, $retried:literal, $sentence:literal;)+) => {
        /// What kind of failure: who is to act and whether to try again follow from it. Also a label of metrics.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum DeliveryErrorKind {
            $($(#[$doc])* #[serde(rename = $word)] $variant,)+
        }

        impl DeliveryErrorKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its word in metrics and in the ledger.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Who has to do something about it.
            pub const fn blame(self) -> Blame {
                match self { $(Self::$variant => Blame::$blame),+ }
            }

            /// Whether the same attempt may succeed later with nobody touching the message or the settings.
            pub const fn may_be_retried(self) -> bool {
                match self { $(Self::$variant => $retried),+ }
            }

            const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence),+ }
            }
        }
    };
}

kinds! {
    /// Its name is unknown, or nobody answers there.
    Unreachable = "unreachable", Theirs, true, "the server cannot be reached";
    /// It did not answer within the limit.
    TimedOut = "timed_out", Theirs, true, "the server did not answer in time";
    /// The connection ended in the middle.
    Interrupted = "interrupted", Theirs, true, "the connection was cut";
    /// It asks us to come back later, or cannot at the moment.
    Busy = "busy", Theirs, true, "the server asks to come back later";
    /// It has no room.
    Full = "full", Theirs, true, "the server has no space left";
    /// It does not let us in: user, password, key, signature. Somebody has to correct that, and may do so at any time.
    LoginRefused = "login_refused", Theirs, true, "the server refuses the login";
    /// It lets us in and forbids what has to be done there.
    Forbidden = "forbidden", Theirs, true, "the server does not allow it";
    /// Something expected there is missing: a directory.
    Missing = "missing", Theirs, true, "what should be on the server is not there";
    /// It is not the server we know: host key, certificate. Nothing was sent.
    IdentityChanged = "identity_changed", Theirs, true, "the server is not the one that is known";
    /// It does not speak as it should.
    Protocol = "protocol", Theirs, true, "the server does not speak as it should";
    /// It says that this endpoint is closed for good.
    Gone = "gone", Theirs, false, "the endpoint is closed for good";
    /// It understood the message and will not have it, ever.
    Rejected = "rejected", Message, false, "the server refuses this message";
    /// The message cannot be put into the form of this adapter.
    Unfit = "unfit", Message, false, "this message cannot be delivered this way";
    /// Another message is where this one has to be.
    Taken = "taken", Message, false, "another message has the name of this one";
    /// The settings contradict what the hub allows.
    Misconfigured = "misconfigured", Ours, false, "the endpoint's settings cannot be used";
    /// The hub could not read what it was to deliver.
    Source = "source", Ours, true, "the hub cannot read the files to deliver";
    /// Something of the hub itself failed.
    Internal = "internal", Ours, true, "the hub cannot deliver at the moment";
}

/// Why an attempt failed. Its text holds no personal data.
#[derive(Debug)]
pub struct DeliveryError {
    kind: DeliveryErrorKind,
    explanation: String,
    retry_after: Option<Duration>,
    words: Option<PeerWords>,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

impl DeliveryError {
    /// The longest wait that is believed; a server that asks for more is tried again then.
    pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(24 * 60 * 60);
    /// The longest explanation, in characters.
    pub const EXPLANATION_MAX_CHARS: usize = 500;

    /// A failure, in words that help whoever runs the recipient's server: what was tried, what happened, what to do.
    pub fn new(kind: DeliveryErrorKind, explanation: impl Into<String>) -> Self {
        let mut explanation: String = explanation.into();
        if let Some((end, _)) = explanation.char_indices().nth(Self::EXPLANATION_MAX_CHARS) {
            explanation.truncate(end);
        }
        Self { kind, explanation, retry_after: None, words: None, source: None }
    }

    /// The same, not to be repeated before so long.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait.min(Self::RETRY_AFTER_MAX));
        self
    }

    /// The same, with what the peer said.
    #[must_use]
    pub fn said(mut self, words: PeerWords) -> Self {
        self.words = (!words.as_str().is_empty()).then_some(words);
        self
    }

    /// The same, with its cause for the log. It must hold no personal data.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kind of failure.
    pub const fn kind(&self) -> DeliveryErrorKind {
        self.kind
    }

    /// Who has to do something about it.
    pub const fn blame(&self) -> Blame {
        self.kind.blame()
    }

    /// Whether trying again may help.
    pub const fn may_be_retried(&self) -> bool {
        self.kind.may_be_retried()
    }

    /// How long to wait at least, when the peer said so.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// What happened and what to do, in our words.
    pub fn explanation(&self) -> &str {
        &self.explanation
    }

    /// What the peer said.
    pub const fn words(&self) -> Option<&PeerWords> {
        self.words.as_ref()
    }
}

impl fmt::Display for DeliveryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.kind.sentence())?;
        if !self.explanation.is_empty() {
            write!(formatter, ": {}", self.explanation)?;
        }
        Ok(())
    }
}

impl error::Error for DeliveryError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn error::Error + 'static))
    }
}
