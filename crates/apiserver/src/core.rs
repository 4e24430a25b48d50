//! What every request works on.
//!
//! **Invariant:** nothing here is changed but through the store.

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::access::policy::Everywhere;
use crate::access::tokens::Keys;
use crate::seats::Seats;
use crate::settings::Settings;
use crate::store::Store;

/// The one state behind all connections.
pub(crate) struct Core {
    pub(crate) settings: Settings,
    pub(crate) store: Store,
    pub(crate) keys: Keys,
    /// What is bound to whom in all namespaces.
    pub(crate) everywhere: Everywhere,
    /// How many watches each user has open.
    pub(crate) seats: Seats,
    /// Ends the watches when the server stops.
    pub(crate) stopping: CancellationToken,
}

impl Core {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            keys: Keys::generate(),
            everywhere: Everywhere::default(),
            seats: Seats::default(),
            store: Store::new(settings.clock.clone()),
            settings,
            stopping: CancellationToken::new(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.settings.clock)()
    }

    /// The present as objects carry it: whole seconds.
    pub(crate) fn now_text(&self) -> String {
        timestamp(self.now())
    }

    /// A new random uid.
    pub(crate) fn uid(&self) -> String {
        let mut bytes = [0; 16];
        (self.settings.random)(&mut bytes);
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let number = u128::from_be_bytes(bytes);
        let digits = format!("{number:032x}");
        let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
        parts.join("-")
    }

    /// The five letters that are put after a `generateName`.
    pub(crate) fn suffix(&self, length: usize) -> String {
        const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        let mut bytes = vec![0; length];
        (self.settings.random)(&mut bytes);
        bytes.iter().map(|it| char::from(LETTERS[usize::from(*it) % LETTERS.len()])).collect()
    }

    /// A random number below a limit.
    pub(crate) fn below(&self, limit: u32) -> u32 {
        let mut bytes = [0; 8];
        (self.settings.random)(&mut bytes);
        let number = u64::from_le_bytes(bytes) % u64::from(limit.max(1));
        u32::try_from(number).expect("it is below a 32-bit limit")
    }
}

/// A point in time in the form of `metadata.creationTimestamp`.
pub(crate) fn timestamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
