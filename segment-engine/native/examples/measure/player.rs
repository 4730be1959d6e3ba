//! A viewer with an engine: the project's native peer, which takes from the seeder alone.

use std::time::Duration;

use anyhow::{Result, ensure};
use segment_engine_native::segment_engine::config::{Config, Trust};
use segment_engine_native::segment_engine::input::{Playback, PlaybackState};
use segment_engine_native::segment_engine::output::PublicKey;
use segment_engine_native::segment_engine::stats::Stats;
use segment_engine_native::segment_engine::time::MediaTime;
use segment_engine_native::{Options, Peer};
use tokio::time::{Instant, sleep, timeout};

use crate::origin::Origin;
use crate::seeder::SWARM;
use crate::signaling::Signaling;

/// How long a link to the seeder may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of segments that a viewer keeps.
const STORE: u64 = 16 << 20;

/// A viewer in the swarm; gone when dropped.
#[derive(Debug)]
pub(crate) struct Player {
    peer: Peer,
}

impl Player {
    /// Starts a viewer that links to the seeder and to nobody else.
    pub(crate) fn start(signaling: &Signaling, key: PublicKey) -> Result<Self> {
        let config = Config {
            trust: Trust::signed(key),
            min_target_peers: 1,
            max_target_peers: 1,
            store_bytes: STORE,
            ..Config::viewer(SWARM)
        };
        let options = Options {
            udp_addresses: vec!["127.0.0.1:0".parse()?],
            ..Options::new(signaling.url())
        };
        Ok(Self {
            peer: Peer::start(config, options)?,
        })
    }

    /// Waits for the link, and tells the viewer of the title.
    pub(crate) async fn join(&self, origin: &Origin) -> Result<()> {
        let begun = Instant::now();
        while self.stats().await.seeders == 0 {
            ensure!(begun.elapsed() < PATIENCE, "a viewer found no seeder");
            sleep(Duration::from_millis(20)).await;
        }
        self.peer.manifest(origin.manifest_url(), origin.manifest()).await;
        Ok(())
    }

    /// Tells where playback stands: the next segment is this one, and so much is ready before it.
    pub(crate) async fn tell(&self, origin: &Origin, next: u64, buffered: Duration) {
        let start = origin.shape.there(next.saturating_sub(1));
        let buffered = buffered.min(start);
        let position = i64::try_from((start - buffered).as_micros()).unwrap_or(i64::MAX);
        let playback = Playback {
            position: MediaTime::from_micros(position),
            buffered,
            state: PlaybackState::Playing,
        };
        self.peer.playback(playback).await;
    }

    /// Fetches a segment; returns whether it came in time.
    pub(crate) async fn fetch(&self, origin: &Origin, number: u64, patience: Duration) -> bool {
        let demand = self.peer.demand(origin.segment_url(number), None);
        matches!(timeout(patience, demand).await, Ok(Ok(_)))
    }

    pub(crate) async fn stats(&self) -> Stats {
        self.peer.stats().await.unwrap_or_default()
    }

    pub(crate) async fn shutdown(self) {
        self.peer.shutdown().await;
    }
}
