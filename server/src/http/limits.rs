//! How often one address may try codes that are wrong. Right ones are never counted, so that a class behind one
//! address is never locked out.

use std::net::IpAddr;
use std::num::NonZeroU32;

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
