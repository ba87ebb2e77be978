//! How many connections there are, and whose.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Options;

/// Where all connections are counted.
#[derive(Debug)]
pub(super) struct Seats {
    counts: Mutex<Counts>,
    all_max: usize,
    strangers_max: usize,
    per_address_max: usize,
    per_account_max: usize,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    strangers: usize,
    addresses: HashMap<IpAddr, usize>,
    accounts: HashMap<String, usize>,
}

/// A connection's place; free again when this is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    address: IpAddr,
    account: Option<String>,
}

impl Seats {
    pub(super) fn new(options: &Options) -> Arc<Self> {
        Arc::new(Self {
            counts: Mutex::default(),
            all_max: options.connections_max,
            strangers_max: options.logins_max,
            per_address_max: options.connections_per_address_max,
            per_account_max: options.connections_per_account_max,
        })
    }

    /// A place for a connection, or the option that leaves none.
    pub(super) fn take(self: &Arc<Self>, from: IpAddr) -> Result<Seat, &'static str> {
        let address = neighbourhood(from);
        let mut counts = self.lock();
        let near = counts.addresses.get(&address).copied().unwrap_or_default();
        if counts.all >= self.all_max {
            return Err("connections_max");
        }
        if counts.strangers >= self.strangers_max {
            return Err("logins_max");
        }
        if near >= self.per_address_max {
            return Err("connections_per_address_max");
        }
        counts.all += 1;
        counts.strangers += 1;
        counts.addresses.insert(address, near + 1);
        drop(counts);
        Ok(Seat { seats: Arc::clone(self), address, account: None })
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// It is this account's from now on, or the option that leaves no place.
    pub(super) fn belongs_to(&mut self, account: &str) -> Result<(), &'static str> {
        let mut counts = self.seats.lock();
        if self.account.is_some() {
            return Ok(());
        }
        let taken = counts.accounts.get(account).copied().unwrap_or_default();
        if taken >= self.seats.per_account_max {
            return Err("connections_per_account_max");
        }
        counts.accounts.insert(account.to_owned(), taken + 1);
        counts.strangers -= 1;
        self.account = Some(account.to_owned());
        Ok(())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.seats.lock();
        counts.all -= 1;
        leave(&mut counts.addresses, &self.address);
        match &self.account {
            Some(account) => leave(&mut counts.accounts, account),
            None => counts.strangers -= 1,
        }
    }
}

fn leave<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// What one caller has of addresses: one of IPv4, a network of 64 bits of IPv6.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_is_kept_and_each_place_is_free_again() {
        let options = Options {
            connections_max: 4,
            logins_max: 2,
            connections_per_address_max: 3,
            connections_per_account_max: 2,
            ..Options::default()
        };
        let seats = Seats::new(&options);
        let [near, far] = ["2001:db8::1", "192.0.2.1"].map(|address| address.parse::<IpAddr>().unwrap());
        let (mut first, mut second) = (seats.take(near).unwrap(), seats.take("2001:db8::2".parse().unwrap()).unwrap());
        assert_eq!(seats.take(far).err(), Some("logins_max"));
        assert_eq!((first.belongs_to("a"), second.belongs_to("a")), (Ok(()), Ok(())));
        let mut third = seats.take(near).unwrap();
        assert_eq!(third.belongs_to("a"), Err("connections_per_account_max"));
        assert_eq!(seats.take(near).err(), Some("connections_per_address_max"));
        let fourth = seats.take(far).unwrap();
        assert_eq!(seats.take(far).err(), Some("connections_max"));
        drop((first, second, third, fourth));
        let counts = seats.lock();
        assert_eq!((counts.all, counts.strangers, counts.addresses.len(), counts.accounts.len()), (0, 0, 0, 0));
    }
}
