//! How many long requests each user has open.
//!
//! **Invariant:** a seat is given back when it is dropped, however its request ends.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::access::{MASTERS, User};

type Taken = Arc<Mutex<BTreeMap<String, usize>>>;

/// The seats of all users.
#[derive(Debug, Default)]
pub(crate) struct Seats(Taken);

/// One user's place; dropping it frees the place.
#[derive(Debug)]
pub(crate) struct Seat {
    taken: Taken,
    user: String,
}

fn lock(taken: &Taken) -> MutexGuard<'_, BTreeMap<String, usize>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Seats {
    /// A seat for a user who has fewer than `most`; administrators are not counted.
    pub(crate) fn take(&self, user: &User, most: usize) -> Option<Seat> {
        let seat = Seat { taken: Arc::clone(&self.0), user: user.name.clone() };
        let mut taken = lock(&self.0);
        let count = taken.entry(user.name.clone()).or_default();
        let administers = user.groups.iter().any(|it| it == MASTERS);
        *count += 1;
        let fits = administers || *count <= most;
        drop(taken);
        fits.then_some(seat)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        if let Some(count) = taken.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str, groups: &[&str]) -> User {
        let groups = groups.iter().map(|it| (*it).to_owned()).collect();
        User { name: name.to_owned(), uid: String::new(), groups, extra: BTreeMap::new() }
    }

    #[test]
    fn one_user_cannot_take_the_seats_of_others() {
        let seats = Seats::default();
        let (ada, bob) = (user("ada", &[]), user("bob", &[]));

        let held = seats.take(&ada, 1);

        assert!(held.is_some());
        assert!(seats.take(&ada, 1).is_none());
        assert!(seats.take(&bob, 1).is_some());
        drop(held);
        assert!(seats.take(&ada, 1).is_some());
    }

    #[test]
    fn administrators_are_not_counted() {
        let seats = Seats::default();
        let root = user("root", &["system:masters"]);

        let held: Vec<_> = (0..3).map(|_| seats.take(&root, 1)).collect();

        assert!(held.iter().all(Option::is_some));
    }
}
