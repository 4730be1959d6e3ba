//! A stream goes over from one key to another: seeders of both keys serve one swarm, before real viewers' eyes.

use std::fs;
use std::time::Duration;

use segment_engine::config::{Config, Renditions, Trust};
use segment_engine::input::{Playback, PlaybackState};
use segment_engine::output::PublicKey;
use segment_engine::stats::Stats;
use segment_engine::time::MediaTime;
use segment_engine_native::{Options, Peer, SeedKey, Seeder};
use tokio::task::JoinSet;

use crate::origin::{Origin, sample_media};
use crate::stage::{signaling, until_stats as until};

/// The rungs that each seeder has, so that nobody else signs them; an init segment and 24 media segments each.
const OLD: &str = "v540";
const NEW: &str = "v360";
const SEGMENTS: u64 = 25;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_accepts_both_keys_takes_what_either_signed_and_who_accepts_one_nothing_of_the_other() {
    let stage = Stage::set().await;
    let keys = [SeedKey::generate(), SeedKey::generate()];
    let [old_key, new_key] = [keys[0].public_key(), keys[1].public_key()];
    let old = stage.seed(OLD, &keys[0], new_key);
    let new = stage.seed(NEW, &keys[1], old_key);
    for seeder in [&old, &new] {
        until(seeder.peer(), |stats| stats.known_digests == SEGMENTS).await;
    }
    for rung in [OLD, NEW] {
        let both = stage.viewer(&[old_key, new_key]);
        until(&both, |stats| stats.known_digests == 2 * SEGMENTS).await;
        stage.watch(&both, rung).await;
        // Either seeder passes on what the other signed, before the link to that is up.
        let stats = until(&both, |stats| stats.received.seeder > 0 && stats.seeders == 2).await;
        assert_eq!(stats.violations, 0, "{rung}");
        both.shutdown().await;
    }

    let behind = stage.viewer(&[old_key]);
    let is_told = |stats: &Stats| stats.known_digests >= SEGMENTS && stats.violations > 0;
    until(&behind, is_told).await;
    stage.watch(&behind, NEW).await;
    let url = stage.origin.url(&format!("{NEW}/1.m4s"));
    behind.demand(url, None).await.unwrap();
    let stats = behind.stats().await.unwrap();
    assert_eq!(stats.known_digests, SEGMENTS, "those of the old key");
    assert_eq!(stats.received.seeder + stats.received.peer, 0);
    for seeder in [old, new] {
        assert_eq!(seeder.peer().stats().await.unwrap().violations, 0);
        seeder.shutdown().await;
    }
    behind.shutdown().await;
}

struct Stage {
    origin: Origin,
    options: Options,
    _signaling: JoinSet<()>,
}

impl Stage {
    async fn set() -> Self {
        let mut tasks = JoinSet::new();
        let mut options = Options::new(signaling(&mut tasks).await);
        options.udp_addresses = vec!["127.0.0.1:0".parse().unwrap()];
        Self {
            origin: Origin::start().await,
            options,
            _signaling: tasks,
        }
    }

    /// A seeder of one rung, which accepts another key beside its own.
    fn seed(&self, rung: &str, key: &SeedKey, accepted: PublicKey) -> Seeder {
        let mut config = Config::seeder("film", self.origin.url("manifest.mpd"));
        config.seeding.renditions = Renditions::Listed(vec![rung.to_owned()]);
        config.trust = Trust::signed(accepted);
        Seeder::start(config, key.clone(), self.options.clone()).unwrap()
    }

    fn viewer(&self, keys: &[PublicKey]) -> Peer {
        let config = Config {
            trust: Trust::Signed(keys.to_vec()),
            ..Config::viewer("film")
        };
        Peer::start(config, self.options.clone()).unwrap()
    }

    /// Has a viewer want a rung: all of it is asked of peers ahead.
    async fn watch(&self, viewer: &Peer, rung: &str) {
        let body = fs::read(sample_media().join("manifest.mpd")).unwrap();
        viewer.manifest(self.origin.url("manifest.mpd"), body).await;
        let first = self.origin.url(&format!("{rung}/1.m4s"));
        viewer.demand(first, None).await.unwrap();
        viewer
            .playback(Playback {
                position: MediaTime::ZERO,
                buffered: Duration::from_secs(2),
                state: PlaybackState::Playing,
            })
            .await;
    }
}
