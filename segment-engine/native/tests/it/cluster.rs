//! Several real seeders of one stream: what they ask of the origin together, and who goes on when one is gone.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::follow::{live, number};
use crate::scripted::{Scripted, now_ms};
use crate::stage::{Process, fresh_folder, signaling, text_of};

/// A process that seeds with that key.
async fn start(manifest: &str, key: &Path, signaling: &str) -> Process {
    let flags = [
        "--manifest",
        manifest,
        "--swarm",
        "live",
        "--key",
        text_of(key),
        "--signaling",
        signaling,
        "--udp-address",
        "127.0.0.1:0",
    ];
    let process = Process::start(&flags).await;
    process
        .until("stream", |stream| {
            stream.is_some_and(|stream| stream["health"]["state"] == "ok")
        })
        .await;
    process
}

/// Waits until each has so many seeders for peers.
async fn met(processes: &[&Process], seeders: u64) {
    for process in processes {
        process
            .until("stream", |stream| {
                stream.is_some_and(|stream| stream["peers"]["seeders"] == seeders)
            })
            .await;
    }
}

/// How often each segment of a span was sent, by its number.
fn sent(origin: &Scripted, from: i64, to: i64) -> BTreeMap<i64, usize> {
    let mut counts: BTreeMap<i64, usize> = (from..to).map(|number| (number, 0)).collect();
    let asked = origin.asked();
    let sent = asked.iter().filter(|asked| asked.status == 200);
    for count in sent.filter_map(|asked| number(&asked.path)) {
        if let Some(count) = counts.get_mut(&count) {
            *count += 1;
        }
    }
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_seeders_of_a_live_stream_fetch_each_segment_once() {
    for manifest in ["clock.mpd", "listed.mpd"] {
        let origin = Scripted::start(|asked| live(asked, now_ms())).await;
        let (folder, mut tasks) = (fresh_folder(&format!("cluster-{manifest}")), JoinSet::new());
        let (key, signaling) = (folder.join("key"), signaling(&mut tasks).await);
        let one = start(&origin.url(manifest), &key, &signaling).await;
        let other = start(&origin.url(manifest), &key, &signaling).await;
        met(&[&one, &other], 1).await;
        // By then both know what the other follows.
        sleep(Duration::from_secs(2)).await;
        let from = now_ms() / 1_000 + 1;
        sleep(Duration::from_secs(12)).await;
        let to = now_ms() / 1_000 - 1;
        let counts = sent(&origin, from, to);
        let all: usize = counts.values().sum();
        assert!(
            counts.len() >= 9 && counts.values().all(|count| *count > 0),
            "{counts:?}"
        );
        assert!(
            all <= counts.len() + 1,
            "{manifest}: {all} requests for {} segments: {counts:?}",
            counts.len()
        );
        for process in [&one, &other] {
            let stream = process.stream("stream").await.unwrap();
            let from_the_other = stream["bytes"]["seeder"].as_u64().unwrap();
            assert!(from_the_other >= 50_000, "{stream}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seeder_whose_fellow_is_killed_goes_on_with_every_segment() {
    let origin = Scripted::start(|asked| live(asked, now_ms())).await;
    let (folder, mut tasks) = (fresh_folder("cluster-killed"), JoinSet::new());
    let (key, signaling) = (folder.join("key"), signaling(&mut tasks).await);
    let one = start(&origin.url("clock.mpd"), &key, &signaling).await;
    let other = start(&origin.url("clock.mpd"), &key, &signaling).await;
    met(&[&one, &other], 1).await;
    sleep(Duration::from_secs(3)).await;
    other.signal("KILL");
    let from = now_ms() / 1_000 + 1;
    sleep(Duration::from_secs(10)).await;
    let to = now_ms() / 1_000 - 4;
    let counts = sent(&origin, from, to);
    assert!(
        counts.len() >= 5 && counts.values().all(|count| *count > 0),
        "each within 4 s, before anything says that it is gone: {counts:?}"
    );
}
