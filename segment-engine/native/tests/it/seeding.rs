//! A seeder warms up from its origin, whatever the origin is like, with no signaling to be had.

use std::time::Duration;

use segment_engine::config::Config;
use segment_engine::output::Event;
use segment_engine::stats::Stats;
use segment_engine_native::{Options, PeerEvent, SeedKey, Seeder};
use signaling_proto::client::ClientEvent;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::origin::Origin;

const PATIENCE: Duration = Duration::from_secs(30);
/// Three rungs and one audio track, each an init segment and 24 media segments.
const CLIP_SEGMENTS: usize = 4 * 25;

#[tokio::test]
async fn fetches_every_segment_once_and_knows_its_digest() {
    for manifest in ["manifest.mpd", "timeline.mpd"] {
        let origin = Origin::start().await;
        let seeder = start(&origin.url(manifest));
        let stats = wait_for(&seeder, |stats| stats.known_digests >= CLIP_SEGMENTS as u64).await;
        assert_eq!(stats.known_digests, CLIP_SEGMENTS as u64);
        assert_eq!(stats.stored_segments, CLIP_SEGMENTS as u64);
        assert_eq!(stats.received.origin, stats.stored_bytes);
        assert_eq!(seeder.peer().available_segments().await, Some(CLIP_SEGMENTS));
        assert_eq!(
            origin.requests(),
            CLIP_SEGMENTS + 1,
            "each segment and the manifest, once"
        );
        seeder.shutdown().await;
    }
}

#[tokio::test]
async fn an_origin_that_comes_late_is_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let seeder = start(&format!("http://{address}/manifest.mpd"));
    let mut events = seeder.peer().subscribe();
    let unreachable = |event: &PeerEvent| matches!(event, PeerEvent::Engine(Event::ManifestUnreachable { retry_in_ms, .. }) if *retry_in_ms > 0);
    next_event(&mut events, unreachable).await;
    let origin = Origin::on(TcpListener::bind(address).await.unwrap());
    wait_for(&seeder, |stats| stats.stored_segments > 0).await;
    drop(origin);
    seeder.shutdown().await;
}

#[tokio::test]
async fn a_manifest_that_is_none_is_told() {
    let origin = Origin::start().await;
    let seeder = start(&origin.url("README.md"));
    let mut events = seeder.peer().subscribe();
    next_event(
        &mut events,
        |event| matches!(event, PeerEvent::Engine(Event::ManifestRejected { reason }) if !reason.is_empty()),
    )
    .await;
    seeder.shutdown().await;
}

#[tokio::test]
async fn signaling_that_is_away_is_told_and_tried_again() {
    let origin = Origin::start().await;
    let seeder = start(&origin.url("manifest.mpd"));
    let mut events = seeder.peer().subscribe();
    for _ in 0..2 {
        next_event(&mut events, |event| {
            matches!(event, PeerEvent::Signaling(ClientEvent::Lost { .. }))
        })
        .await;
    }
    seeder.shutdown().await;
}

#[tokio::test]
async fn a_dropped_seeder_makes_no_more_requests() {
    let origin = Origin::start().await;
    let seeder = start(&origin.url("manifest.mpd"));
    wait_for(&seeder, |stats| stats.stored_segments > 0).await;
    drop(seeder);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let requests = origin.requests();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(origin.requests(), requests);
}

/// A seeder whose signaling refuses connections.
fn start(manifest: &str) -> Seeder {
    start_with(manifest, |_| {})
}

/// The same with a configuration of its own.
pub(crate) fn start_with(manifest: &str, change: impl FnOnce(&mut Config)) -> Seeder {
    let options = Options::new("ws://127.0.0.1:9/v1/ws");
    let mut config = Config::seeder("test", manifest);
    change(&mut config);
    Seeder::start(config, SeedKey::generate(), options).unwrap()
}

pub(crate) async fn wait_for(seeder: &Seeder, enough: impl Fn(&Stats) -> bool) -> Stats {
    let waiting = async {
        loop {
            let stats = seeder.peer().stats().await.expect("the seeder runs");
            if enough(&stats) {
                return stats;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, waiting)
        .await
        .expect("the seeder gets there in time")
}

pub(crate) async fn next_event(
    events: &mut tokio::sync::broadcast::Receiver<PeerEvent>,
    wanted: impl Fn(&PeerEvent) -> bool,
) -> PeerEvent {
    let waiting = async {
        loop {
            let event = events.recv().await.expect("the seeder runs");
            if wanted(&event) {
                return event;
            }
        }
    };
    timeout(PATIENCE, waiting).await.expect("the event comes in time")
}
