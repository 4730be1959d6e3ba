//! The wall clock. Only what is compared with times of elsewhere goes by it: tokens, TURN credentials, packets of other
//! servers. All else goes by a clock that is never set.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Tells the time since 1970; none where the clock is set before that.
pub fn unix_time() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
