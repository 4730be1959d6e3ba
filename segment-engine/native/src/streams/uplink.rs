//! The uplink of the process, which is one for all streams: its limit, divided among them each second by what they use and
//! ask for, and anew as soon as one comes or goes.

mod division;
mod shares;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use segment_engine::config::BitsPerSecond;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::{LOOK, Running};

use self::division::{Counted, Division, Told};

/// How often the limit is divided anew.
const PERIOD: Duration = Duration::from_secs(1);

/// The limit of all streams together, and each one's share of it.
#[derive(Debug, Default)]
pub(crate) struct Uplink {
    division: Mutex<Division<Arc<Running>>>,
    /// Told when the total or the streams have changed.
    changed: Notify,
}

/// The limit and its division, as they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UploadShares {
    /// The limit of all streams together.
    pub(crate) total: BitsPerSecond,
    /// The share of each stream, by its name.
    pub(crate) streams: BTreeMap<String, BitsPerSecond>,
}

impl Uplink {
    /// Sets the limit of all streams together; returns the one before. Streams that run are told of it by
    /// [`Uplink::divide_anew`], or within a second.
    pub(super) fn set_total(&self, total: Option<BitsPerSecond>) -> Option<BitsPerSecond> {
        self.division().set_total(total)
    }

    /// Has the limit divided anew at once.
    pub(super) fn divide_anew(&self) {
        self.changed.notify_one();
    }

    /// The limit that a stream is to be started with, by its own.
    pub(super) fn first(&self, own: Option<BitsPerSecond>) -> Option<BitsPerSecond> {
        self.division().first(own)
    }

    /// Counts in a stream that was started with its first limit.
    pub(super) fn begin(&self, running: &Arc<Running>) {
        let spec = running.spec();
        let own = spec.engine().upload_limits.total;
        self.division()
            .begin(&spec.name, Arc::clone(running), own, Instant::now());
        self.changed.notify_one();
    }

    /// Leaves a stream out that admits no requests any more: what it has queued was within its share when it was admitted.
    pub(super) fn end(&self, name: &str) {
        self.division().end(name);
        self.changed.notify_one();
    }

    /// The shares; `None` where there is no limit.
    pub(crate) fn shares(&self) -> Option<UploadShares> {
        let division = self.division();
        Some(UploadShares {
            total: division.total()?,
            streams: division.shares().into_iter().collect(),
        })
    }

    /// Divides the limit for as long as it is polled.
    pub(super) async fn govern(self: Arc<Self>) {
        let mut looks = interval(PERIOD);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.changed.notified() => {}
                _ = looks.tick() => self.look().await,
            }
            let changes = self.division().divide();
            tell(&changes.lowered).await;
            // Who answers has taken what it was told before.
            join_all(changes.lowered.iter().map(|(running, _)| count(running))).await;
            tell(&changes.raised).await;
        }
    }

    /// Asks each stream what it has counted.
    async fn look(&self) {
        let handles = {
            let division = self.division();
            if division.total().is_none() {
                return;
            }
            division.handles()
        };
        let looks = handles.into_iter().map(|(number, running)| async move {
            // One that has stopped, or does not answer, keeps its share until it is left out.
            let counted = count(&running).await?;
            Some((number, Instant::now(), counted))
        });
        for (number, now, counted) in join_all(looks).await.into_iter().flatten() {
            self.division().note(number, now, counted);
        }
    }

    fn division(&self) -> MutexGuard<'_, Division<Arc<Running>>> {
        self.division.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells engines their limits.
async fn tell(limits: &[Told<Arc<Running>>]) {
    let told = limits.iter().map(|(running, limit)| async move {
        running.seeder().peer().set_upload_limit(*limit).await;
    });
    join_all(told).await;
}

/// Asks a stream what it has counted.
async fn count(running: &Running) -> Option<Counted> {
    let stats = timeout(LOOK, running.seeder().peer().stats()).await;
    let stats = stats.ok().flatten()?;
    Some(Counted {
        uploaded: stats.uploaded,
        refused: stats.refused,
    })
}
