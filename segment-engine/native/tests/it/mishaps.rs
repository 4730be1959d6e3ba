//! What goes wrong around real seeders while viewers are linked to them: signaling that is started anew, clocks that are off
//! by minutes, an origin that changes its mind.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use segment_engine::config::{Config, Trust};
use segment_engine::input::{Playback, PlaybackState};
use segment_engine::integrity::{read_batch, read_sidecar};
use segment_engine::time::MediaTime;
use segment_engine_native::{Options, Peer, SeedKey, Seeder, parse_public_key};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::follow::{live, live_and_dated, number};
use crate::scripted::{Scripted, all, now_ms, tagged};
use crate::stage::{
    PATIENCE, Process, fetched, fresh_folder, signaling, signaling_on, text_of, until_stats as until,
};

/// Starts a process that seeds a live stream, and waits until it has joined.
async fn start(manifest: &str, signaling: &str, folder: &str) -> Process {
    let key = fresh_folder(folder).join("key");
    let flags = [
        "--manifest",
        manifest,
        "--swarm",
        "live",
        "--signaling",
        signaling,
    ];
    let more = ["--key", text_of(&key), "--udp-address", "127.0.0.1:0"];
    let process = Process::start(&[&flags[..], &more[..]].concat()).await;
    joined(&process).await;
    process
}

async fn joined(process: &Process) {
    process
        .until("stream", |stream| {
            stream.is_some_and(|stream| stream["health"]["state"] == "ok")
        })
        .await;
}

/// A viewer of the live stream, that plays some seconds behind its edge.
async fn watch(process: &Process, manifest: &str, base: &Scripted, signaling: &str) -> Peer {
    let stream = process.stream("stream").await.unwrap();
    let key = parse_public_key(stream["publicKey"].as_str().unwrap()).unwrap();
    let config = Config {
        trust: Trust::signed(key),
        ..Config::viewer("live")
    };
    let mut options = Options::new(signaling);
    options.udp_addresses = vec!["127.0.0.1:0".parse().unwrap()];
    let viewer = Peer::start(config, options).unwrap();
    until(&viewer, |stats| stats.seeders == 1 && stats.known_digests > 0).await;
    let body = fetched(manifest).await;
    viewer.manifest(manifest, body).await;
    let now = u64::try_from(now_ms() / 1_000).unwrap();
    let first = base.url(&format!("{}.m4s", now - 2));
    viewer.demand(first, None).await.unwrap();
    viewer
        .playback(Playback {
            position: MediaTime::ZERO + Duration::from_secs(now - 3),
            buffered: Duration::from_secs(2),
            state: PlaybackState::Playing,
        })
        .await;
    viewer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seeder_comes_back_to_signaling_that_is_started_anew_and_viewers_go_on_meanwhile() {
    let origin = Scripted::start(|asked| live(asked, now_ms())).await;
    let manifest = origin.url("clock.mpd");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut tasks = JoinSet::new();
    let signaling = signaling_on(listener, &mut tasks);
    let process = start(&manifest, &signaling, "restart").await;
    let viewer = watch(&process, &manifest, &origin, &signaling).await;
    until(&viewer, |stats| stats.received.seeder > 0).await;

    tasks.shutdown().await;
    process
        .until("stream", |stream| {
            stream.is_some_and(|stream| stream["health"]["state"] != "ok")
        })
        .await;
    let before = viewer.stats().await.unwrap().received.seeder;
    // Three segments more.
    let stats = until(&viewer, |stats| stats.received.seeder >= before + 150_000).await;
    assert_eq!(stats.seeders, 1, "the link outlives signaling");

    let listener = TcpListener::bind(address).await.unwrap();
    let again = signaling_on(listener, &mut tasks);
    assert_eq!(again, signaling);
    joined(&process).await;
    let newcomer = watch(&process, &manifest, &origin, &signaling).await;
    until(&newcomer, |stats| stats.received.seeder > 0).await;
    for viewer in [viewer, newcomer] {
        viewer.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_minutes_off_makes_nothing_late_or_early() {
    for ahead in [300_000, -300_000] {
        let origin = Scripted::start(move |asked| live_and_dated(asked, now_ms() + ahead)).await;
        let mut tasks = JoinSet::new();
        let signaling = signaling(&mut tasks).await;
        let process = start(&origin.url("clock.mpd"), &signaling, &format!("clock{ahead}")).await;
        let from = (now_ms() + ahead) / 1_000;
        let sent = |asked: &crate::scripted::Asked| {
            number(&asked.path).filter(|number| asked.status == 200 && *number > from + 3)
        };
        let came = async {
            while !origin.asked().iter().any(|asked| sent(asked).is_some()) {
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(PATIENCE, came).await.expect("it is followed at its edge");
        // A first look by the machine's own clock is over when the first response has told the date.
        let early = origin.asked().into_iter().filter(|asked| {
            number(&asked.path).is_some_and(|number| number * 1_000 > asked.at + ahead + 1_000)
        });
        assert_eq!(
            early.count(),
            0,
            "nothing is asked for seconds before it is there"
        );
        process
            .until("stream", |stream| {
                stream.is_some_and(|stream| stream["segments"]["signed"].as_u64() > Some(4))
            })
            .await;
        let sidecar = process.get("digests/stream").await.bytes().await.unwrap();
        let sidecar = read_sidecar(&sidecar).unwrap();
        let newest = read_batch(&sidecar.batches[0].message, "live").unwrap();
        let off = newest.made.as_millis() - (now_ms() + ahead);
        assert!(off.abs() < 4_000, "signed {off} ms off the origin's clock");
    }
}

/// Four segments of 2 s.
const FILM: &str = r#"<MPD type="static" mediaPresentationDuration="PT8S"><Period><AdaptationSet contentType="video">
    <SegmentTemplate duration="2" media="$Number$.m4s"/><Representation id="v" bandwidth="160000"/></AdaptationSet>
    </Period></MPD>"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_under_its_url_is_told_to_all_who_are_linked() {
    let edition = Arc::new(AtomicUsize::new(1));
    let current = Arc::clone(&edition);
    let origin = Scripted::start(move |asked| match asked.path.as_str() {
        "film.mpd" => all(FILM),
        path => {
            let edition = current.load(Ordering::SeqCst);
            let edition = if path == "3.m4s" { edition } else { 1 };
            tagged(
                asked,
                vec![u8::try_from(edition).unwrap(); 50_000],
                &edition.to_string(),
            )
        }
    })
    .await;
    let (manifest, mut tasks) = (origin.url("film.mpd"), JoinSet::new());
    let mut options = Options::new(signaling(&mut tasks).await);
    options.udp_addresses = vec!["127.0.0.1:0".parse().unwrap()];
    let mut config = Config::seeder("film", &manifest);
    config.seeding.recheck = Some(Duration::from_secs(1));
    let seeder = Seeder::start(config, SeedKey::generate(), options.clone()).unwrap();
    let viewers = [0, 1].map(|_| {
        let config = Config {
            trust: Trust::signed(seeder.public_key()),
            ..Config::viewer("film")
        };
        Peer::start(config, options.clone()).unwrap()
    });
    for viewer in &viewers {
        until(viewer, |stats| stats.seeders == 1 && stats.known_digests == 4).await;
        viewer.manifest(&manifest, FILM.into()).await;
    }
    edition.store(2, Ordering::SeqCst);
    let changed = async {
        while seeder.peer().stats().await.unwrap().received.origin <= 4 * 50_000 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, changed).await.expect("it is looked at again");
    // It is signed within 250 ms, and told.
    sleep(Duration::from_secs(2)).await;
    let asked = origin
        .asked_for("3.m4s")
        .iter()
        .filter(|asked| asked.status == 200)
        .count();
    for viewer in &viewers {
        // A session's first segment is not risked on peers.
        viewer.demand(origin.url("1.m4s"), None).await.unwrap();
        viewer
            .playback(Playback {
                position: MediaTime::ZERO,
                buffered: Duration::from_secs(2),
                state: PlaybackState::Paused,
            })
            .await;
        let delivery = viewer.demand(origin.url("3.m4s"), None).await.unwrap();
        assert_eq!(delivery.body.to_vec(), vec![2; 50_000], "the second edition");
        assert_eq!(
            delivery.sources.origin, 0,
            "by the word of the seeder: {:?}",
            delivery.sources
        );
    }
    let again = origin
        .asked_for("3.m4s")
        .iter()
        .filter(|asked| asked.status == 200)
        .count();
    assert_eq!(again, asked);
    for viewer in viewers {
        assert_eq!(viewer.stats().await.unwrap().violations, 0);
        viewer.shutdown().await;
    }
    seeder.shutdown().await;
}
