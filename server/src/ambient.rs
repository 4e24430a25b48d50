//! Time and chance, passed in so that tests choose both.
//!
//! **Invariant:** only the program's `main` and the tests make these; everything else is handed them.

use std::sync::Arc;

use jiff::Timestamp;

/// The wall clock.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Fills a buffer with random bytes.
pub type Random = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// Both together. Cheap to clone.
#[derive(Clone)]
pub struct Ambient {
    /// The wall clock.
    pub clock: Clock,
    /// The source of randomness.
    pub random: Random,
}

impl std::fmt::Debug for Ambient {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Ambient")
    }
}

/// Letters and digits that cannot be taken for one another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

impl Ambient {
    /// The same randomness as numbers.
    pub fn numbers(&self) -> Arc<dyn Fn() -> u64 + Send + Sync> {
        let random = Arc::clone(&self.random);
        Arc::new(move || {
            let mut bytes = [0; 8];
            random(&mut bytes);
            u64::from_le_bytes(bytes)
        })
    }

    /// Milliseconds since 1970.
    pub fn now(&self) -> i64 {
        (self.clock)().as_millisecond()
    }

    /// `length` random letters and digits, five bits each.
    pub fn letters(&self, length: usize) -> String {
        let mut bytes = vec![0; length];
        (self.random)(&mut bytes);
        bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
    }

    /// A new id: 130 bits.
    pub fn id(&self) -> String {
        self.letters(26)
    }

    /// A new secret: 260 bits.
    pub fn secret(&self) -> String {
        self.letters(52)
    }
}

/// The digest under which a secret is kept.
pub fn digest(secret: &str) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(secret.as_bytes()).iter().fold(String::new(), |mut text, byte| {
        use std::fmt::Write as _;
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}
