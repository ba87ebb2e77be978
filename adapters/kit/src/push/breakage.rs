//! Servers that do not do what servers do.

use navette_router::ports::{DeliveryError, DeliveryErrorKind};

use super::{Bench, Peer, in_time};
use crate::Parcel;

/// A way in which a server is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breakage {
    /// Nobody listens at its address.
    IsNotThere,
    /// It takes the connection and never says a word.
    NeverAnswers,
    /// It goes away after some bytes of the message.
    ClosesInTheMiddle,
    /// It has no room for the message.
    IsFull,
    /// It does not accept the password or the key any more.
    RefusesTheLogin,
    /// Its host key or certificate is another one.
    IsSomebodyElse,
    /// It asks to come back later.
    AsksToWait,
}

impl Breakage {
    /// Every way.
    pub const ALL: [Self; 7] = [
        Self::IsNotThere,
        Self::NeverAnswers,
        Self::ClosesInTheMiddle,
        Self::IsFull,
        Self::RefusesTheLogin,
        Self::IsSomebodyElse,
        Self::AsksToWait,
    ];

    /// What the error may be called.
    const fn kinds(self) -> &'static [DeliveryErrorKind] {
        use DeliveryErrorKind as Kind;
        match self {
            Self::IsNotThere => &[Kind::Unreachable],
            Self::NeverAnswers => &[Kind::TimedOut],
            Self::ClosesInTheMiddle => &[Kind::Interrupted],
            Self::IsFull => &[Kind::Full],
            Self::RefusesTheLogin => &[Kind::LoginRefused],
            Self::IsSomebodyElse => &[Kind::IdentityChanged],
            Self::AsksToWait => &[Kind::Busy],
        }
    }
}

pub(super) async fn a_broken_server_is_told_apart_and_loses_nothing<P: Peer>(bench: &Bench<'_, P>) {
    for (number, breakage) in (50..).zip(Breakage::ALL) {
        let parcel = bench.parcel(number, &[("a.pdf", 2_000_000)]);
        let before = bench.peer.held().await.len();
        if !bench.peer.breaks(breakage).await {
            continue;
        }
        // A link of its own: nobody's connection is kept that was made before.
        let link = bench.link();
        let failed = in_time("a broken server is noticed", link.deliver(&parcel.delivery)).await;
        let Err(failed) = failed else { panic!("nothing is delivered to a broken server: {breakage:?}") };
        assert!(
            breakage.kinds().contains(&failed.kind()),
            "{breakage:?} is told apart: {:?} instead of one of {:?}, {failed}",
            failed.kind(),
            breakage.kinds()
        );
        assert!(failed.may_be_retried(), "a server may be repaired: {breakage:?}");
        says_nothing_of_a_person(&failed, &parcel);
        assert_eq!(
            failed.retry_after().is_some(),
            breakage == Breakage::AsksToWait,
            "an error says how long to wait when the server does, and only then: {breakage:?}"
        );
        assert_eq!(bench.peer.held().await.len(), before, "nothing is seen of what failed: {breakage:?}");
        bench.peer.mends().await;
        let later = in_time("a delivery ends", link.deliver(&parcel.delivery)).await;
        later.unwrap_or_else(|error| panic!("what failed is delivered later: {breakage:?}, {error}"));
        bench.holds_once(&parcel, "what failed and was delivered later arrives once").await;
    }
}

fn says_nothing_of_a_person(error: &DeliveryError, parcel: &Parcel) {
    let words = error.words().map(ToString::to_string).unwrap_or_default();
    let mut said = format!("{error} {words}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        said.push_str(&error.to_string());
        cause = error.source();
    }
    for personal in parcel.personal() {
        assert!(!said.contains(&personal), "an error holds no personal data: {said}");
    }
}
