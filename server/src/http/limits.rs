//! How often one address may try codes that are wrong, and how much one person or address may hold open. Right codes are
//! never counted, so that a class behind one address is never locked out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use governor::{Quota, RateLimiter};

type Limiter = RateLimiter<
    IpAddr,
    governor::state::keyed::HashMapStateStore<IpAddr>,
    governor::clock::DefaultClock,
>;

/// Counts wrong codes by address.
pub struct WrongCodes(Limiter);

impl std::fmt::Debug for WrongCodes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("WrongCodes")
    }
}

impl Default for WrongCodes {
    fn default() -> Self {
        const A_MINUTE: NonZeroU32 = NonZeroU32::new(60).expect("sixty is not zero");
        Self(RateLimiter::hashmap(Quota::per_minute(A_MINUTE)))
    }
}

impl WrongCodes {
    /// Counts a wrong code; `false` when there were too many.
    pub fn count(&self, address: IpAddr) -> bool {
        if self.0.len() > 10_000 {
            self.0.retain_recent();
        }
        self.0.check_key(&address).is_ok()
    }
}

/// What stays open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A stream of events.
    Events,
    /// A window that shows a shell.
    Terminal,
}

impl Kind {
    /// How many of them one person may hold: more windows than anybody looks at.
    pub fn most(self) -> usize {
        match self {
            Self::Events => 32,
            Self::Terminal => 48,
        }
    }
}

/// How many of a kind one address may hold: as many as a school behind one router, or everybody behind a proxy.
const MOST_OF_ADDRESS: usize = 20_000;

/// Who holds too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The person.
    Person,
    /// All who come from the address.
    Address,
}

/// Who holds something open.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Holder {
    Person(String),
    Address(IpAddr),
}

/// Counts what is held open. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Open(Arc<Mutex<HashMap<(Kind, Holder), usize>>>);

impl Open {
    /// Holds one more, until what is returned is dropped.
    ///
    /// `person` is a learner, or an instructor's session.
    pub fn hold(&self, kind: Kind, person: &str, address: IpAddr) -> Result<Held, Refused> {
        let person = (kind, Holder::Person(person.to_owned()));
        let address = (kind, Holder::Address(address));
        let mut counts = self.counts();
        let count = |key| counts.get(key).copied().unwrap_or_default();
        if count(&address) >= MOST_OF_ADDRESS {
            return Err(Refused::Address);
        }
        if count(&person) >= kind.most() {
            return Err(Refused::Person);
        }
        for key in [&person, &address] {
            *counts.entry(key.clone()).or_default() += 1;
        }
        Ok(Held { open: self.clone(), keys: [person, address] })
    }

    /// How many of a kind are held open by all.
    pub fn count(&self, kind: Kind) -> usize {
        let of_people =
            |(of, holder): &&(Kind, Holder)| *of == kind && matches!(holder, Holder::Person(_));
        let counts = self.counts();
        counts.iter().filter(|(key, _)| of_people(key)).map(|(_, count)| count).sum()
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<(Kind, Holder), usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Something that is held open. Dropping it gives the place back.
#[derive(Debug)]
pub struct Held {
    open: Open,
    keys: [(Kind, Holder); 2],
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut counts = self.open.counts();
        for key in &self.keys {
            if let Some(count) = counts.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(key);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_holds_so_many_and_gets_a_place_back() {
        let (open, here) = (Open::default(), IpAddr::from([10, 0, 0, 1]));
        let one_more = |person: &str| open.hold(Kind::Events, person, here);
        let mut held: Vec<Held> = (0..32).map(|_| one_more("ada").unwrap()).collect();

        assert_eq!(one_more("ada").unwrap_err(), Refused::Person);
        assert!(one_more("bea").is_ok(), "others are not touched");
        assert!(open.hold(Kind::Terminal, "ada", here).is_ok(), "each kind counts by itself");
        held.pop();
        assert!(one_more("ada").is_ok());
        held.clear();
        assert!(open.counts().is_empty(), "nothing is left of who has gone");
    }

    #[test]
    fn an_address_holds_so_many_whoever_comes_from_it() {
        let (open, here) = (Open::default(), IpAddr::from([10, 0, 0, 1]));
        let one_more =
            |number: usize| open.hold(Kind::Terminal, &format!("learner {number}"), here);
        let held: Vec<Held> =
            (0..MOST_OF_ADDRESS).map(|number| one_more(number).unwrap()).collect();

        assert_eq!(one_more(MOST_OF_ADDRESS).unwrap_err(), Refused::Address);
        let elsewhere = IpAddr::from([10, 0, 0, 2]);
        assert!(open.hold(Kind::Terminal, "somebody", elsewhere).is_ok());
        drop(held);
    }
}
