//! Asks the clock that a manifest names (`UTCTiming`) from time to time: a live title's segments become available by
//! it.

use std::time::Duration;

use segment_engine::timeline::TimeSource;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::Driver;
use crate::skew::Dated;

/// How often it is asked, and how soon again if it did not tell the time or the manifest names another: a manifest may
/// do so whenever it is read.
const PERIOD: Duration = Duration::from_secs(600);
const RETRY: Duration = Duration::from_secs(60);

/// The sources of the time to ask, and when to ask them.
#[derive(Debug, Default)]
pub(super) struct Timekeeping {
    sources: Vec<TimeSource>,
    due: Option<Instant>,
    asked: Option<Instant>,
    /// The pending answer: one at a time.
    asking: Option<AbortHandle>,
    round: u64,
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
            if let Some(asking) = keeping.asking.take() {
                asking.abort();
            }
            // What the last one told stands until this one has told the time.
            let now = Instant::now();
            let soonest = keeping.asked.map_or(now, |asked| now.max(asked + RETRY));
            keeping.due = (!named.is_empty()).then_some(soonest);
            if named.is_empty() {
                self.skew.go_by_origin();
            }
        }
        if keeping.due.is_some_and(|due| due <= Instant::now()) {
            keeping.asked = Some(Instant::now());
            keeping.due = Some(Instant::now() + PERIOD);
            keeping.round += 1;
            let asking = self.fetches.ask_time(keeping.round, keeping.sources.clone());
            keeping.asking = Some(asking);
        }
    }

    /// A clock that was asked told the time, or none did; said once, until one does.
    pub(super) fn handle_time(&mut self, round: u64, told: Result<Dated, String>) {
        let keeping = &mut self.timekeeping;
        // One that was given up may have answered already.
        if round != keeping.round || keeping.asking.take().is_none() {
            return;
        }
        match told {
            Ok(dated) => {
                keeping.has_failed = false;
                if let Some(correction) = self.skew.on_named_clock(dated) {
                    tracing::info!(
                        correction_ms = correction,
                        "goes by the clock that the manifest names"
                    );
                    self.tell_clock();
                }
            }
            Err(reason) => {
                keeping.due = Some(Instant::now() + RETRY);
                if !std::mem::replace(&mut keeping.has_failed, true) {
                    tracing::warn!(%reason, "no clock that the manifest names tells the time; asked again every minute");
                }
            }
        }
    }
}
