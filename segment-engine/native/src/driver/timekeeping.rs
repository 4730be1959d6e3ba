//! The clock that a manifest names (`UTCTiming`), asked from time to time: a live title's segments are there by it.

use std::time::Duration;

use segment_engine::timeline::TimeSource;
use tokio::time::Instant;

use super::Driver;
use crate::skew::Dated;

/// How often it is asked, and how soon again where it did not tell the time.
const PERIOD: Duration = Duration::from_secs(600);
const RETRY: Duration = Duration::from_secs(60);

/// Whom to ask, and when.
#[derive(Debug, Default)]
pub(super) struct Timekeeping {
    sources: Vec<TimeSource>,
    due: Option<Instant>,
    has_failed: bool,
}

impl Timekeeping {
    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }
}

impl Driver {
    /// Asks the clock that the manifest names, as soon as it names one, and then from time to time.
    pub(super) fn keep_time(&mut self) {
        if !self.fetches.are_a_seeders() {
            return;
        }
        let named = self.engine.timeline().time_sources();
        let keeping = &mut self.timekeeping;
        if keeping.sources != named {
            named.clone_into(&mut keeping.sources);
            keeping.due = (!named.is_empty()).then(Instant::now);
            keeping.has_failed = false;
            self.skew.ask_anew();
        }
        if keeping.due.is_some_and(|due| due <= Instant::now()) {
            // Until it answers: a request ends in time, and says so.
            keeping.due = Some(Instant::now() + PERIOD);
            self.fetches.ask_time(keeping.sources.clone());
        }
    }

    /// A clock that was asked told the time, or none did; said once, until one does.
    pub(super) fn handle_time(&mut self, told: Result<Dated, String>) {
        match told {
            Ok(dated) if !self.timekeeping.sources.is_empty() => {
                self.timekeeping.has_failed = false;
                if let Some(correction) = self.skew.on_named_clock(dated) {
                    tracing::info!(
                        correction_ms = correction,
                        "goes by the clock that the manifest names"
                    );
                    self.tell_clock();
                }
            }
            // The manifest has ceased to name it.
            Ok(_) => {}
            Err(reason) => {
                self.timekeeping.due = self.timekeeping.due.map(|_| Instant::now() + RETRY);
                if !std::mem::replace(&mut self.timekeeping.has_failed, true) {
                    tracing::warn!(%reason, "no clock that the manifest names tells the time; asked again every minute");
                }
            }
        }
    }
}
