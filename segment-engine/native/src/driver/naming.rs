//! Whether the manifest has what the settings name: a rendition that is misspelt is seeded by nobody, and looks like a seeder
//! that is done.

use std::time::Duration;

use segment_engine::config::Renditions;
use segment_engine::timeline::Track;
use tokio::time::Instant;

use crate::figures::RenditionState;

/// How long after a manifest was first read the renditions that it lacks are logged: playlists of HLS come one after
/// another.
const GRACE: Duration = Duration::from_secs(5);
/// How many renditions a line names at most.
const MAX_NAMED: usize = 16;

/// The names of the settings, and what was said of them.
#[derive(Debug, Default)]
pub(super) struct Naming {
    listed: Vec<String>,
    /// Whether a manifest was read.
    is_read: bool,
    /// When the names are compared with the manifest.
    due: Option<Instant>,
    /// The state that was logged last.
    said: RenditionState,
}

impl Naming {
    /// Compares these names, if there are any, with the manifests to come.
    pub(super) fn new(renditions: &Renditions) -> Self {
        let listed = match renditions {
            Renditions::All | Renditions::Wanted => Vec::new(),
            Renditions::Listed(names) => names.clone(),
        };
        Self {
            listed,
            ..Self::default()
        }
    }

    /// A manifest was read.
    pub(super) fn on_timeline(&mut self, now: Instant) {
        self.is_read = true;
        if !self.listed.is_empty() {
            self.due.get_or_insert(now + GRACE);
        }
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Logs what the manifest lacks, once it is due and unless that was logged before.
    pub(super) fn look(&mut self, now: Instant, tracks: &[Track]) {
        if self.due.is_none_or(|due| now < due) {
            return;
        }
        self.due = None;
        let state = self.state(tracks);
        if state == self.said {
            return;
        }
        match &state {
            RenditionState::Found => tracing::info!("the manifest has all renditions that are named"),
            RenditionState::Lacking(reason) => tracing::warn!(%reason, "some renditions are not seeded"),
            RenditionState::Absent(reason) => tracing::warn!(%reason, "nothing is seeded"),
        }
        self.said = state;
    }

    /// Whether the manifest has what is named.
    pub(super) fn state(&self, tracks: &[Track]) -> RenditionState {
        let is =
            |name: &str, track: &Track| name == track.representation || name.parse() == Ok(track.bandwidth);
        let is_there = |name: &&String| tracks.iter().any(|track| is(name, track));
        let absent: Vec<_> = self.listed.iter().filter(|name| !is_there(name)).collect();
        if !self.is_read || absent.is_empty() {
            return RenditionState::Found;
        }
        let there = tracks.iter().map(describe);
        let reason = format!(
            "no rendition is called {}; there are {}",
            several(absent.iter().map(|name| format!("{name:?}"))),
            several(there)
        );
        if absent.len() == self.listed.len() {
            return RenditionState::Absent(reason);
        }
        RenditionState::Lacking(reason)
    }
}

/// A rendition by both of its names.
fn describe(track: &Track) -> String {
    format!("{:?} ({} bit/s)", track.representation, track.bandwidth)
}

fn several(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(MAX_NAMED);
    let named: Vec<_> = names.take(MAX_NAMED).collect();
    let named = named.join(", ");
    if more > 0 {
        return format!("{named} and {more} more");
    }
    named
}

#[cfg(test)]
mod tests;
