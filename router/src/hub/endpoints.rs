//! Where the cases of subscriptions are brought: how that is set, tried, paused and taken away.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};

use crate::entry::Fact;
use crate::error::{Error, Faults, Noun};
use crate::model::{
    AccessMode, Check, EndpointRecord, Fallback, MaintenanceWindow, SealedSecret, Subscription, SubscriptionId,
    Timestamp,
};
use crate::ports::{Attachments, Clock, DeliveryError, DeliveryErrorKind, Endpoint, Store, Subject};
use crate::referential::Reference;
use crate::rights::Caller;

use super::again::again;
use super::referential::{ADMINISTRATORS, complete};
use super::{Hub, Ways};

/// An endpoint as an administrator describes it. What it does not name is what holds without it, secrets excepted.
#[derive(Debug, Default, Clone)]
pub struct EndpointDraft {
    /// The way: an access mode; that of the subscription when nothing is said.
    pub mode: Option<String>,
    /// The settings, all of them.
    pub settings: BTreeMap<String, String>,
    /// The secrets that are set, and, without a value, those that are taken away. Nobody can read the others to give them again: they stay,
    /// as long as the way is the same.
    pub secrets: BTreeMap<String, Option<SecretString>>,
    /// The windows of maintenance, such as `22:00-06:00`.
    pub maintenance: Vec<String>,
    /// The next way of what is not picked up.
    pub fallback: Option<FallbackDraft>,
}

/// A fallback as an administrator describes it.
#[derive(Debug, Default, Clone)]
pub struct FallbackDraft {
    /// After how many hours.
    pub after_hours: Option<i64>,
    /// Which way.
    pub mode: Option<String>,
}

/// What became of a trial of the way to an endpoint.
#[derive(Debug)]
pub struct Trial {
    /// What was found on the way, a line each.
    pub found: Vec<String>,
    /// Where it ended, when it did not end well.
    pub failure: Option<DeliveryError>,
}

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// The ways on which this hub goes to recipients.
    pub const fn ways(&self) -> &Ways {
        &self.ways
    }

    /// A subscription that has an endpoint.
    pub fn subscription_with_endpoint(&self, caller: &Caller, id: SubscriptionId) -> Result<Subscription, Error> {
        caller.require(ADMINISTRATORS)?;
        let subscription = self.subscription(caller, id)?;
        if subscription.endpoint.is_none() {
            return Err(Error::NotFound(Noun::Endpoint));
        }
        Ok(subscription)
    }

    /// Sets the endpoint of a subscription, or what it is from now on. Whether it is paused stays.
    pub async fn set_endpoint(
        &self,
        caller: &Caller,
        id: SubscriptionId,
        draft: EndpointDraft,
        faults: Faults,
    ) -> Result<Subscription, Error> {
        again(|| self.set_endpoint_once(caller, id, draft.clone(), faults.clone())).await
    }

    async fn set_endpoint_once(
        &self,
        caller: &Caller,
        id: SubscriptionId,
        draft: EndpointDraft,
        mut faults: Faults,
    ) -> Result<Subscription, Error> {
        caller.require(ADMINISTRATORS)?;
        let now = self.now();
        let writer = self.store.writer(Subject::Referential).await?;
        let current = self.subscription(caller, id)?;
        let record = self.record(&current, &draft, now, &mut faults)?;
        let record = complete(record, faults)?;
        self.put_endpoint(writer, caller, current, Some(record), now).await
    }

    /// Takes the endpoint of a subscription away, with its secrets.
    pub async fn remove_endpoint(&self, caller: &Caller, id: SubscriptionId) -> Result<(), Error> {
        again(|| async {
            caller.require(ADMINISTRATORS)?;
            let writer = self.store.writer(Subject::Referential).await?;
            let current = self.subscription_with_endpoint(caller, id)?;
            self.put_endpoint(writer, caller, current, None, self.now()).await.map(drop)
        })
        .await
    }

    /// Brings nothing to an endpoint from now on, or brings again what waited. Again, it changes nothing more.
    pub async fn pause_endpoint(
        &self,
        caller: &Caller,
        id: SubscriptionId,
        paused: bool,
    ) -> Result<Subscription, Error> {
        again(|| async {
            caller.require(ADMINISTRATORS)?;
            let writer = self.store.writer(Subject::Referential).await?;
            let current = self.subscription_with_endpoint(caller, id)?;
            match current.endpoint.clone() {
                Some(record) if record.is_paused != paused => {
                    // Whoever pauses or resumes it has seen what the hub had done.
                    let record =
                        EndpointRecord { is_paused: paused, failing_since: None, suspended_at: None, ..record };
                    self.put_endpoint(writer, caller, current, Some(record), self.now()).await
                }
                _ => Ok(current),
            }
        })
        .await
    }

    /// Tries the way to an endpoint, paused or not, without delivering anything.
    pub async fn test_endpoint(&self, caller: &Caller, id: SubscriptionId) -> Result<Trial, Error> {
        let subscription = self.subscription_with_endpoint(caller, id)?;
        let record = subscription.endpoint.as_ref().ok_or(Error::NotFound(Noun::Endpoint))?;
        let link = match self.ways.link(&subscription, record) {
            Ok(link) => link,
            Err(faults) => {
                let failure = DeliveryError::new(DeliveryErrorKind::Misconfigured, faults.to_string());
                return Ok(Trial { found: Vec::new(), failure: Some(failure) });
            }
        };
        Ok(match link.test().await {
            Ok(found) => Trial { found, failure: None },
            Err(failure) => Trial { found: Vec::new(), failure: Some(failure) },
        })
    }

    async fn put_endpoint(
        &self,
        writer: S::Writer,
        caller: &Caller,
        current: Subscription,
        record: Option<EndpointRecord>,
        now: Timestamp,
    ) -> Result<Subscription, Error> {
        let changed = Subscription { endpoint: record, updated_at: Some(now), ..current.clone() };
        let before = Fact::Replaced(Reference::Subscription(current).without_secrets());
        self.commit(writer, caller, now, vec![Fact::SubscriptionRegistered(changed.clone()), before]).await?;
        Ok(changed)
    }

    /// The record that a draft describes, or faults.
    fn record(
        &self,
        current: &Subscription,
        draft: &EndpointDraft,
        now: Timestamp,
        faults: &mut Faults,
    ) -> Result<Option<EndpointRecord>, Error> {
        let mut check = Check::new(faults, "");
        let mode = mode(&mut check, draft, current, &self.ways);
        let maintenance = maintenance(&mut check, &draft.maintenance);
        let fallback = draft.fallback.as_ref().map(|draft| fallback(&mut check.inside("fallback"), draft));
        let Some(mode) = mode else { return Ok(None) };
        let former = current.endpoint.as_ref().filter(|record| record.mode == mode);
        let mut secrets = former.map(|record| record.secrets.clone()).unwrap_or_default();
        let mut endpoint = Endpoint { settings: draft.settings.clone(), ..Endpoint::new(current.process.clone()) };
        secrets.retain(|name, _| !draft.secrets.contains_key(name));
        for (name, opened) in former.map(|record| self.ways.opened(current.id, record)).unwrap_or_default() {
            match opened {
                _ if draft.secrets.contains_key(&name) => {}
                Some(secret) => {
                    endpoint.secrets.insert(name, secret);
                }
                None => check
                    .fault(&format!("secrets.{name}"), "cannot be opened with the hub's sealing key; give it again"),
            }
        }
        let given = draft.secrets.iter().filter_map(|(name, secret)| Some((name, secret.as_ref()?)));
        let given: Vec<_> = given.filter(|(_, secret)| !secret.expose_secret().trim().is_empty()).collect();
        endpoint.secrets.extend(given.iter().map(|(name, secret)| ((*name).clone(), (*secret).clone())));
        if let Err(found) = self.ways.check(mode, &endpoint) {
            found.iter().for_each(|fault| check.fault(&fault.path, fault.message.clone()));
            return Ok(None);
        }
        for (name, secret) in given {
            let sealed = self.ways.seal(current.id, name, secret)?;
            secrets.insert(name.clone(), SealedSecret { sealed, set_at: now });
        }
        let is_paused = current.endpoint.as_ref().is_some_and(|record| record.is_paused);
        let suspended_at = current.endpoint.as_ref().and_then(|record| record.suspended_at);
        let settings = endpoint.settings;
        let fallback = fallback.flatten();
        Ok(Some(EndpointRecord {
            mode,
            settings,
            secrets,
            is_paused,
            maintenance,
            fallback,
            changed_at: now,
            failing_since: None,
            suspended_at,
        }))
    }
}

fn mode(check: &mut Check<'_>, draft: &EndpointDraft, current: &Subscription, ways: &Ways) -> Option<AccessMode> {
    let own = current.access_mode.filter(|mode| mode.is_pushed()).map(|mode| mode.as_str().to_owned());
    let word = draft.mode.clone().or(own);
    let Some(word) = word else {
        check.fault(
            "mode",
            "required property is missing; the subscription's access mode is none for which the hub goes out",
        );
        return None;
    };
    let mode = word.parse::<AccessMode>().ok().filter(|mode| ways.adapter(*mode).is_some());
    if mode.is_none() {
        check.fault("mode", format!("is not a way of this hub; it has {}", ways.words()));
    }
    mode
}

fn maintenance(check: &mut Check<'_>, texts: &[String]) -> Vec<MaintenanceWindow> {
    if texts.len() > EndpointRecord::WINDOWS_MAX {
        check.fault("maintenance", format!("holds more than {} windows; join some", EndpointRecord::WINDOWS_MAX));
    }
    let mut windows = Vec::new();
    for (index, text) in texts.iter().enumerate().take(EndpointRecord::WINDOWS_MAX) {
        match text.trim().parse() {
            Ok(window) => windows.push(window),
            Err(_) => check.fault(
                &format!("maintenance[{index}]"),
                "is not a part of a day; write it like 22:00-06:00, or 22:00-06:00-04:00 with an offset from UTC",
            ),
        }
    }
    windows
}

fn fallback(check: &mut Check<'_>, draft: &FallbackDraft) -> Option<Fallback> {
    let hours = check.required("after_hours", draft.after_hours);
    let after_hours = hours.and_then(|hours| {
        let fits = u16::try_from(hours).ok().filter(|hours| (1..=Fallback::HOURS_MAX).contains(hours));
        if fits.is_none() {
            check.fault("after_hours", format!("is not a number of hours from 1 to {}", Fallback::HOURS_MAX));
        }
        fits
    });
    let mode = check.word::<AccessMode>("mode", draft.mode.clone(), "PORTAIL, API");
    if mode.is_some_and(AccessMode::is_pushed) {
        check.fault("mode", "is not a known value; use one of PORTAIL, API");
        return None;
    }
    Some(Fallback { after_hours: after_hours?, mode: mode? })
}
