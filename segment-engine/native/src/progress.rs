//! Tells an operator how far a seeder has got with the title: one line a second at most, while something comes.

use std::fmt;
use std::time::Duration;

use segment_engine::output::{Event, Source};
use segment_engine_native::{Peer, PeerEvent};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};

/// The least time between two lines.
const PERIOD: Duration = Duration::from_secs(1);

/// What has come from the origin.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Progress {
    segments: usize,
    bytes: u64,
    available: usize,
}

/// Follows a seeder for ever; cancel it by dropping.
pub(crate) async fn report(peer: &Peer) {
    let mut events = peer.subscribe();
    let mut progress = Progress::default();
    let mut due: Option<Instant> = None;
    loop {
        let line = async {
            match due {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            event = events.recv() => match event {
                Ok(event) if progress.note(&event) => due = due.or_else(|| Some(Instant::now() + PERIOD)),
                // A reporter that lags misses some counts and no more.
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            },
            () = line => {
                due = None;
                progress.available = peer.available_segments().await.unwrap_or(0);
                tracing::info!("{progress}");
            }
        }
    }
}

impl Progress {
    /// Counts an event; says whether there is news.
    fn note(&mut self, event: &PeerEvent) -> bool {
        let PeerEvent::Engine(Event::SegmentReceived {
            bytes,
            source: Source::Origin,
            ..
        }) = event
        else {
            return false;
        };
        self.segments += 1;
        self.bytes += bytes;
        true
    }
}

impl fmt::Display for Progress {
    /// Writes `12/96 segments, 3.1 MB`; a live title that runs on counts what came and what is in its window.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.bytes / 100_000;
        let megabytes = format_args!("{}.{} MB", tenths / 10, tenths % 10).to_string();
        if self.segments > self.available {
            return write!(
                f,
                "{} segments, {megabytes}; {} available now",
                self.segments, self.available
            );
        }
        write!(f, "{}/{} segments, {megabytes}", self.segments, self.available)
    }
}

#[cfg(test)]
mod tests;
