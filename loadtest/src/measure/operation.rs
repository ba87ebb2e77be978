//! What takes time, by name.

macro_rules! operations {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $said:literal;)*) => {
        /// What takes time.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Operation { $($(#[$doc])* $variant,)* }

        impl Operation {
            /// All of them, in the order of a dossier's life.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word of objectives and results.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// What it is, for people.
            pub(crate) const fn said(self) -> &'static str {
                match self { $(Self::$variant => $said,)* }
            }
        }
    };
}

operations! {
    /// A token is asked for.
    Token = "token", "token asked for";
    /// A folder is announced.
    Announce = "announce", "folder announced";
    /// A file is sent.
    Upload = "upload", "file sent, to its acknowledgement";
    /// A folder is completed.
    Complete = "complete", "folder completed";
    /// All of a deposit, from the instant at which it was to arrive.
    Deposit = "deposit", "whole deposit, from the intended instant";
    /// From the acknowledgement of a deposit until it is seen in the inbox of a recipient that looks again and again.
    Visible = "visible", "acknowledged to visible in a watched inbox";
    /// An inbox is read.
    Poll = "poll", "inbox read";
    /// A case is read.
    Read = "read", "case read";
    /// A file is fetched.
    Fetch = "fetch", "file fetched and compared";
    /// An event is posted.
    Answer = "answer", "event posted";
    /// A notification is deleted.
    Delete = "delete", "notification deleted";
    /// From the acknowledgement of a deposit until a recipient, at its own pace, has all of it.
    Delivered = "delivered", "acknowledged to delivered, at the recipient's pace";
    /// The depositor reads an event and sets it to received.
    Acknowledge = "acknowledge", "answer read and acknowledged";
    /// From the answer of a recipient until the depositor is told.
    Returned = "returned", "answered to known by the depositor";
}
