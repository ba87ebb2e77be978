//! Cases: many cases, many recipients, many notifications.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::future::join_all;
use navette_router::hub::NotificationQuery;
use navette_router::model::NotificationId;
use navette_router::ports::{InboxQuery, Store, Subject};
use navette_router::{Caller, Error, Noun};

use super::fixtures::{Deposit, File, entry, osl, recipient, si, urgent_process};
use super::inboxes::notify;
use super::{Backend, HubOf, open, open_with_partners, reopen, steps};

/// A change of address that goes to every town.
pub async fn a_folder_of_four_thousand_cases_is_kept_and_notified<B: Backend>(backend: B) {
    const RECIPIENTS: usize = 40;
    const CASES: usize = 4_000;
    let hub = open(&backend).await;
    let recipients: Vec<usize> = (0..CASES).map(|index| index % RECIPIENTS).collect();
    let deposit = Deposit::new(&urgent_process(), &recipients, 1);
    for fact in [deposit.deposited(), deposit.completed()] {
        let writer = hub.store().writer(Subject::Folder(deposit.folder.id)).await.expect("a writer");
        hub.store().commit(writer, entry(vec![fact])).await.expect("the folder is committed");
    }
    let hub = reopen(&backend, hub).await;
    let folder = hub.store().folder(deposit.folder.id).await.expect("a read").expect("the folder is there");
    assert_eq!(folder.cases, deposit.folder.cases);
    let cases = hub.store().cases(&folder.cases).await.expect("a read");
    let found: Vec<_> = cases.iter().map(|case| (case.id, &case.external_id, &case.recipient)).collect();
    let expected: Vec<_> = deposit.cases.iter().map(|case| (case.id, &case.external_id, &case.recipient)).collect();
    assert!(found == expected, "the cases are not what was deposited, in that order");
    assert!(cases.iter().all(|case| case.transmitted_at.is_some()));
    for number in [0, RECIPIENTS / 2, RECIPIENTS - 1] {
        let query = InboxQuery {
            recipient: Some(recipient(number)),
            processes: vec![],
            priority: vec![],
            offset: 0,
            limit: CASES,
        };
        let page = hub.store().inbox(&query).await.expect("the inbox is read");
        let own = deposit.cases.iter().filter(|case| case.recipient == recipient(number)).map(|case| case.id);
        assert!(page.notifications.iter().map(|sent| sent.case).eq(own), "inbox of recipient {number}");
        assert_eq!(page.total, (CASES / RECIPIENTS) as u64);
    }
}

/// And nobody finds another's.
pub async fn thirty_recipients_each_find_their_own_case<B: Backend>(backend: B) {
    const RECIPIENTS: usize = 30;
    let hub = open_with_partners(&backend, RECIPIENTS).await;
    let recipients: Vec<usize> = (0..RECIPIENTS).collect();
    let file = File::pdf(1);
    let folder = steps::deposit(&hub, &osl(), &urgent_process(), &recipients, std::slice::from_ref(&file)).await;
    for (number, case) in folder.cases.iter().enumerate() {
        let caller = si(number, &urgent_process());
        let waiting = steps::waiting(&hub, &caller).await;
        assert_eq!(waiting.iter().map(|view| view.notification.case).collect::<Vec<_>>(), [case.id]);
        let view = hub.case(&caller, case.id, false).await.expect("its own case");
        let attachment = view.attachments.first().expect("its file").id;
        assert_eq!(steps::download(&hub, &caller, case.id, attachment).await.expect("its file"), file.bytes);
        let other = si((number + 1) % RECIPIENTS, &urgent_process());
        assert!(matches!(hub.case(&other, case.id, false).await, Err(Error::Forbidden)));
    }
}

/// Two clients with the same credential read page by page and delete what they read: each notification falls to one of them, and
/// neither ever sees again what it deleted.
pub async fn ten_thousand_waiting_are_taken_exactly_once_by_two_who_compete<B: Backend>(backend: B) {
    const FOLDERS: usize = 20;
    const CASES: usize = 500;
    let hub = Arc::new(open_with_partners(&backend, 1).await);
    let mut expected = HashSet::new();
    for _ in 0..FOLDERS {
        expected.extend(notify(hub.store(), &urgent_process(), &[0; CASES]).await.iter().map(|sent| sent.id));
    }
    assert_eq!(expected.len(), FOLDERS * CASES);
    let caller = si(0, &urgent_process());
    let takers = [100, 70].map(|limit| tokio::spawn(take_everything::<B>(Arc::clone(&hub), caller.clone(), limit)));
    let mut taken = Vec::new();
    for taker in takers {
        taken.extend(taker.await.expect("a taker ends well"));
    }
    assert_eq!(taken.len(), expected.len(), "something was taken twice, or not at all");
    assert!(taken.into_iter().collect::<HashSet<_>>() == expected);
    assert!(steps::waiting(&hub, &caller).await.is_empty());
}

async fn take_everything<B: Backend>(hub: Arc<HubOf<B>>, caller: Caller, limit: usize) -> Vec<NotificationId> {
    let mut taken = Vec::new();
    let mut deleted = HashSet::new();
    loop {
        let query = NotificationQuery { limit: Some(limit), ..NotificationQuery::default() };
        let page = hub.notifications(&caller, query).await.expect("the inbox is read");
        let ids: Vec<NotificationId> = page.notifications.iter().map(|view| view.notification.id).collect();
        if ids.is_empty() && page.total == 0 {
            return taken;
        }
        assert!(ids.iter().all(|id| !deleted.contains(id)), "what was deleted is shown again");
        let results = join_all(ids.iter().map(|id| hub.delete_notification(&caller, *id))).await;
        for (id, result) in ids.into_iter().zip(results) {
            match result {
                Ok(()) => taken.push(id),
                Err(Error::NotFound(Noun::Notification)) => {}
                Err(error) => panic!("a notification cannot be deleted: {error}"),
            }
            deleted.insert(id);
        }
    }
}
