//! The wall clock. It is used only for what is compared with times from elsewhere: tokens, TURN credentials, packets of
//! other servers. All else uses a clock that is never set.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Tells the time since 1970; zero where the clock is set before that.
pub fn unix_time() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
