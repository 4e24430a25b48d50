//! A map that is bounded: what has not been used for longest is forgotten first.
//!
//! **Invariant:** `order` has exactly one number for each entry, and the numbers grow with use.

use std::collections::BTreeMap;

/// How many entries are remembered.
const REMEMBERED: usize = 4096;

/// The entries, by key and by when they were used.
pub(super) struct Recent<K, V> {
    entries: BTreeMap<K, (u64, V)>,
    order: BTreeMap<u64, K>,
    uses: u64,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), order: BTreeMap::new(), uses: 0 }
    }
}

impl<K: Clone + Ord, V> Recent<K, V> {
    /// The entry of `key`, made by `new` if there is none. It counts as used.
    pub(super) fn entry(&mut self, key: K, new: impl FnOnce() -> V) -> &mut V {
        self.uses += 1;
        let now = self.uses;
        if let Some((used, _)) = self.entries.get_mut(&key) {
            self.order.remove(&std::mem::replace(used, now));
        } else if self.entries.len() >= REMEMBERED
            && let Some((_, unused)) = self.order.pop_first()
        {
            self.entries.remove(&unused);
        }
        self.order.insert(now, key.clone());
        &mut self.entries.entry(key).or_insert_with(|| (now, new())).1
    }

    /// Forgets the entries that `keep` does not want.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&mut V) -> bool) {
        let order = &mut self.order;
        self.entries.retain(|_, (used, value)| {
            let kept = keep(value);
            if !kept {
                order.remove(used);
            }
            kept
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_outlives_what_is_not() {
        let mut recent = Recent::default();
        recent.entry(0, || "used");
        recent.entry(1, || "unused");

        for number in 2..=REMEMBERED {
            recent.entry(number, || "another");
            recent.entry(0, || "forgotten");
        }

        assert_eq!(*recent.entry(0, || "forgotten"), "used");
        assert_eq!(*recent.entry(1, || "forgotten"), "forgotten");
        assert_eq!((recent.entries.len(), recent.order.len()), (REMEMBERED, REMEMBERED));
    }

    #[test]
    fn what_is_not_kept_makes_room() {
        let mut recent = Recent::default();
        for number in 0..REMEMBERED {
            recent.entry(number, || number);
        }

        recent.retain(|number| *number != REMEMBERED - 1);
        recent.entry(REMEMBERED, || REMEMBERED);

        assert_eq!(*recent.entry(0, || REMEMBERED), 0, "the oldest is still there");
        assert_eq!((recent.entries.len(), recent.order.len()), (REMEMBERED, REMEMBERED));
    }
}
