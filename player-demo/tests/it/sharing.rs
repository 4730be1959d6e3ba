//! Native viewers, a seeder, signaling and an origin: segments over real WebRTC, and over HTTP when that ends.

use std::time::Duration;

use segment_engine_native::segment_engine::config::{Config, Trust};
use segment_engine_native::segment_engine::input::{Playback, PlaybackState};
use segment_engine_native::segment_engine::output::{Delivery, Event};
use segment_engine_native::segment_engine::stats::{SourceBytes, Stats};
use segment_engine_native::segment_engine::time::MediaTime;
use segment_engine_native::{Options, Peer, PeerEvent, SeedKey, Seeder, hex, parse_public_key};
use tokio::time::timeout;

use crate::demo::{Demo, client, media};

const PATIENCE: Duration = Duration::from_secs(30);
/// Three rungs and one audio track, each an init segment and 24 media segments.
const CLIP_SEGMENTS: u64 = 4 * 25;
/// The live stream began a window of 40 s before the demo did: as many init segments, and 20 media segments of each.
const WINDOW_SEGMENTS: u64 = 4 * 21;

#[tokio::test]
async fn a_viewer_is_fed_by_the_demos_own_seeder() {
    let demo = Demo::start(&[]);
    let config: serde_json::Value = fetch_json(&demo.url("/config.json")).await;
    let key = config["digestKey"].as_str().unwrap().to_owned();
    for stream in ["vod", "timeline"] {
        let viewer = Viewer::join(&demo, stream, &key).await;
        viewer
            .wait_for(|stats| stats.seeders == 1 && stats.known_digests == CLIP_SEGMENTS)
            .await;
        let names = match stream {
            "vod" => ["v360/1.m4s", "v360/8.m4s"],
            _ => ["v360/t0.m4s", "v360/t179200.m4s"],
        };
        let first = viewer.demand(names[0]).await;
        viewer.fetched_ahead().await;
        let later = viewer.demand(names[1]).await;
        for (delivery, name) in [(&first, names[0]), (&later, names[1])] {
            assert_eq!(
                delivery.body.to_vec(),
                std::fs::read(media().join(name)).unwrap(),
                "{name}"
            );
        }
        let (first_length, later_length) = (first.body.len(), later.body.len());
        assert_eq!(
            first.sources,
            SourceBytes {
                origin: first_length,
                ..SourceBytes::default()
            }
        );
        assert_eq!(
            later.sources,
            SourceBytes {
                seeder: later_length,
                ..SourceBytes::default()
            }
        );
        viewer.peer.shutdown().await;
    }
}

#[tokio::test]
async fn live_segments_are_shared_too() {
    let demo = Demo::start(&[]);
    let config: serde_json::Value = fetch_json(&demo.url("/config.json")).await;
    let viewer = Viewer::join(&demo, "live", config["digestKey"].as_str().unwrap()).await;
    viewer
        .wait_for(|stats| stats.seeders == 1 && stats.known_digests >= WINDOW_SEGMENTS - 4)
        .await;
    // Number 15 is some 10 s behind the edge: the seeder has it, whatever the last four are that it has not. Of the highest
    // rung nothing is fetched from the origin to see whether a higher one could be kept up.
    viewer.demand("v540/10.m4s").await;
    viewer.wait_for(|stats| stats.verified >= 5).await;
    let delivery = viewer.demand("v540/15.m4s").await;
    assert_eq!(
        delivery.sources,
        SourceBytes {
            seeder: delivery.body.len(),
            ..SourceBytes::default()
        }
    );
    viewer.peer.shutdown().await;
}

#[tokio::test]
async fn http_takes_over_when_the_seeder_dies() {
    let demo = Demo::start(&["--no-seeder"]);
    let (seeder, key) = seed(&demo);
    let viewer = Viewer::join(&demo, "vod", &key).await;
    viewer
        .wait_for(|stats| stats.seeders == 1 && stats.known_digests == CLIP_SEGMENTS)
        .await;
    viewer.demand("v360/1.m4s").await;
    viewer.fetched_ahead().await;
    let before = viewer.demand("v360/8.m4s").await;
    assert_eq!(before.sources.seeder, before.body.len());

    // Cut off without a word, as a crash would.
    drop(seeder);
    let after = viewer.demand("v540/12.m4s").await;
    assert_eq!(
        after.body.to_vec(),
        std::fs::read(media().join("v540/12.m4s")).unwrap()
    );
    assert_eq!(after.sources.origin, after.body.len(), "{:?}", after.sources);
    viewer.peer.shutdown().await;
}

#[tokio::test]
async fn viewers_feed_each_other_after_the_seeder_has_left() {
    let demo = Demo::start(&["--no-seeder"]);
    let (seeder, key) = seed(&demo);
    let first = Viewer::join(&demo, "vod", &key).await;
    first
        .wait_for(|stats| stats.seeders == 1 && stats.known_digests == CLIP_SEGMENTS)
        .await;
    let names = ["v360/8.m4s", "v360/9.m4s", "v360/10.m4s"];
    first.demand("v360/1.m4s").await;
    first.fetched_ahead().await;
    for name in names {
        first.demand(name).await;
    }
    let second = Viewer::join(&demo, "vod", &key).await;
    second
        .wait_for(|stats| stats.peers == 1 && stats.known_digests == CLIP_SEGMENTS)
        .await;
    seeder.shutdown().await;
    second.wait_for(|stats| stats.seeders == 0).await;
    second.demand("v360/1.m4s").await;
    second.fetched_ahead().await;
    for name in names {
        let delivery = second.demand(name).await;
        assert_eq!(
            delivery.body.to_vec(),
            std::fs::read(media().join(name)).unwrap(),
            "{name}"
        );
        assert_eq!(
            delivery.sources.peer,
            delivery.body.len(),
            "{name}: {:?}",
            delivery.sources
        );
    }
    assert!(first.stats().await.uploaded > 0);
    first.peer.shutdown().await;
    second.peer.shutdown().await;
}

#[tokio::test]
async fn a_seeder_with_another_key_feeds_nobody() {
    let demo = Demo::start(&["--no-seeder"]);
    let (seeder, _) = seed(&demo);
    let trusted = hex(&SeedKey::generate().public_key().0);
    let viewer = Viewer::join(&demo, "vod", &trusted).await;
    let mut events = viewer.peer.subscribe();
    let refused = async {
        while !matches!(
            events.recv().await.unwrap(),
            PeerEvent::Engine(Event::DigestsRejected { .. })
        ) {}
    };
    timeout(PATIENCE, refused)
        .await
        .expect("the digests are refused in time");
    viewer.demand("v360/1.m4s").await;
    let delivery = viewer.demand("v360/8.m4s").await;
    assert_eq!(
        delivery.sources.origin,
        delivery.body.len(),
        "{:?}",
        delivery.sources
    );
    viewer.peer.shutdown().await;
    seeder.shutdown().await;
}

#[tokio::test]
async fn two_seeders_of_one_key_meet_through_signaling_and_share_what_they_fetch() {
    let demo = Demo::start(&[]);
    let key = SeedKey::generate();
    let start = || {
        let config = Config::seeder("cluster", demo.url("/live/manifest.mpd"));
        Seeder::start(config, key.clone(), options(&demo)).unwrap()
    };
    let seeders = [start(), start()];
    for seeder in &seeders {
        let shares = async {
            loop {
                let stats = seeder.peer().stats().await.unwrap();
                if stats.seeders == 1 && stats.received.seeder > 200_000 {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(PATIENCE, shares)
            .await
            .expect("each has segments from the other");
    }
    for seeder in seeders {
        seeder.shutdown().await;
    }
}

/// A seeder of the film in this process, and the key that it signs with.
fn seed(demo: &Demo) -> (Seeder, String) {
    let config = Config::seeder("player-demo/vod", demo.url("/media/manifest.mpd"));
    let seeder = Seeder::start(config, SeedKey::generate(), options(demo)).unwrap();
    let key = hex(&seeder.public_key().0);
    (seeder, key)
}

fn options(demo: &Demo) -> Options {
    let mut options = Options::new(demo.signaling());
    options.udp_addresses = vec!["127.0.0.1:0".parse().unwrap()];
    options
}

/// A native viewer of one of the demo's streams.
struct Viewer {
    peer: Peer,
    base: String,
}

impl Viewer {
    async fn join(demo: &Demo, stream: &str, key: &str) -> Self {
        let manifest = match stream {
            "live" => "/live/manifest.mpd",
            "timeline" => "/media/timeline.mpd",
            _ => "/media/manifest.mpd",
        };
        let config = Config {
            trust: Trust::signed(parse_public_key(key).unwrap()),
            ..Config::viewer(format!("player-demo/{stream}"))
        };
        let peer = Peer::start(config, options(demo)).unwrap();
        let url = demo.url(manifest);
        let body = client()
            .get(&url)
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap()
            .to_vec();
        let base = url.rsplit_once('/').unwrap().0.to_owned();
        peer.manifest(url, body).await;
        // The first segment is fetched over HTTP at once, and those far ahead leave time to ask peers.
        peer.playback(Playback {
            position: MediaTime::ZERO,
            buffered: Duration::from_secs(20),
            state: PlaybackState::Paused,
        })
        .await;
        Self { peer, base }
    }

    async fn demand(&self, name: &str) -> Delivery {
        let demand = self.peer.demand(format!("{}/{name}", self.base), None);
        timeout(PATIENCE, demand)
            .await
            .expect("an answer in time")
            .unwrap()
    }

    /// Waits until what follows the first segment has come from peers, as far as number 9 at least.
    async fn fetched_ahead(&self) {
        self.wait_for(|stats| stats.verified >= 8).await;
    }

    async fn stats(&self) -> Stats {
        self.peer.stats().await.expect("the viewer runs")
    }

    async fn wait_for(&self, enough: impl Fn(&Stats) -> bool) {
        let waiting = async {
            while !enough(&self.stats().await) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        if timeout(PATIENCE, waiting).await.is_err() {
            panic!("not in time: {:?}", self.stats().await);
        }
    }
}

async fn fetch_json(url: &str) -> serde_json::Value {
    client().get(url).send().await.unwrap().json().await.unwrap()
}
