//! A seeder that stops in good order, before a real viewer's eyes.

use std::time::Duration;

use segment_engine::config::{Config, Trust};
use segment_engine::input::{Playback, PlaybackState};
use segment_engine::piece::PIECE;
use segment_engine::time::MediaTime;
use segment_engine_native::{Options, Peer, SeedKey, Seeder};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::origin::Origin;
use crate::stage::{PATIENCE, fetched, signaling, until};

/// Three rungs and one audio track, each an init segment and 24 media segments.
const CLIP_SEGMENTS: u64 = 4 * 25;
/// So much has to be queued for a drain to have something to do.
const QUEUED: u64 = 40_000;
/// What is queued is counted in whole pieces, and the last of a segment is shorter: as much as those of the two segments
/// between which the queue may stand.
const ROUNDED_UP: u64 = 2 * PIECE as u64;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_queued_for_a_viewer_reaches_it_before_the_seeder_ends() {
    let (origin, mut tasks) = (Origin::start().await, JoinSet::new());
    let mut options = Options::new(signaling(&mut tasks).await);
    options.udp_addresses = vec!["127.0.0.1:0".parse().unwrap()];
    let manifest = origin.url("manifest.mpd");
    let config = Config::seeder("film", &manifest);
    let seeder = Seeder::start(config, SeedKey::generate(), options.clone()).unwrap();
    until(|| async { seeder.peer().stats().await.unwrap().known_digests == CLIP_SEGMENTS }).await;
    let config = Config {
        trust: Trust::signed(seeder.public_key()),
        ..Config::viewer("film")
    };
    let viewer = Peer::start(config, options).unwrap();
    until(|| async { viewer.stats().await.unwrap().known_digests == CLIP_SEGMENTS }).await;
    watch(&viewer, &manifest, &origin).await;

    let queued = async {
        loop {
            let figures = seeder.peer().figures().await.unwrap();
            if figures.upload_queue > QUEUED {
                return figures.stats.uploaded + figures.upload_queue - ROUNDED_UP;
            }
        }
    };
    let promised = timeout(PATIENCE, queued).await.expect("something is queued");
    seeder.drain(Duration::from_secs(5)).await;
    assert!(seeder.peer().figures().await.is_none(), "it has stopped");
    until(|| async { viewer.stats().await.unwrap().seeders == 0 }).await;
    let received = viewer.stats().await.unwrap().received.seeder;
    assert!(
        received >= promised,
        "{received} of {promised} bytes that were promised"
    );
    viewer.shutdown().await;
}

/// Plays the largest rung from its start: all of it is wanted from peers ahead.
async fn watch(viewer: &Peer, manifest: &str, origin: &Origin) {
    let body = fetched(manifest).await;
    viewer.manifest(manifest, body).await;
    viewer.demand(origin.url("v540/1.m4s"), None).await.unwrap();
    viewer
        .playback(Playback {
            position: MediaTime::ZERO,
            buffered: Duration::from_secs(2),
            state: PlaybackState::Playing,
        })
        .await;
}
