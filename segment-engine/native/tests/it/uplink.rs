//! The upload limit of the process: each stream's share of it, and what a seeder does that is told a limit.

use std::collections::BTreeMap;
use std::time::Duration;

use segment_engine::config::{BitsPerSecond, Config, Trust};
use segment_engine::input::{Playback, PlaybackState};
use segment_engine::time::MediaTime;
use segment_engine_native::{Options, Peer, SeedKey, Seeder};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::operation::{stream, write_with};
use crate::origin::Origin;
use crate::stage::{PATIENCE, Process, fetched, fresh_folder, signaling, text_of, until};

/// Three rungs and one audio track, each an init segment and 24 media segments.
const CLIP_SEGMENTS: u64 = 4 * 25;
/// More than is sent at a limit of 0: what was saved up, or one request in its place.
const SAVED: u64 = 256 << 10;

#[tokio::test]
async fn shares_follow_the_settings_and_the_streams_that_run() {
    let (origin, folder) = (Origin::start().await, fresh_folder("uplink"));
    let one = stream("one", &origin.url("manifest.mpd"));
    let two = stream("two", &origin.url("timeline.mpd"));
    let three = stream("three", &origin.url("master.m3u8")) + "upload_mbit = 8\n";
    let total = |mbit: u64| format!("total_upload_mbit = {mbit}\n");
    let file = write_with(&folder, &total(80), &[&one, &two]);
    let process = Process::start(&["--config", text_of(&file)]).await;
    until_shared(
        &process,
        Some(10_000_000),
        &[("one", 5_000_000), ("two", 5_000_000)],
    )
    .await;
    for (top, streams, limit, shares) in [
        // One starts, and has a limit of its own.
        (
            total(80),
            &[&*one, &*two, &*three][..],
            Some(10_000_000),
            &[("one", 4_500_000), ("three", 1_000_000), ("two", 4_500_000)][..],
        ),
        // The total changes.
        (
            total(12),
            &[&one, &two, &three],
            Some(1_500_000),
            &[("one", 500_000), ("three", 500_000), ("two", 500_000)],
        ),
        // One ends.
        (
            total(12),
            &[&one, &three],
            Some(1_500_000),
            &[("one", 750_000), ("three", 750_000)],
        ),
        (total(12), &[&three], Some(1_500_000), &[("three", 1_000_000)]),
        (total(12), &[&one], Some(1_500_000), &[("one", 1_500_000)]),
        // There is none any more.
        (String::new(), &[&one], None, &[]),
        (total(8), &[&one], Some(1_000_000), &[("one", 1_000_000)]),
    ] {
        write_with(&folder, &top, streams);
        process.signal("HUP");
        until_shared(&process, limit, shares).await;
    }
    assert!(!process.log().contains("ERROR"), "{}", process.log());
    assert_eq!(
        origin.count("/timeline.mpd"),
        1,
        "no stream starts anew for its share"
    );
}

#[tokio::test]
async fn a_total_that_cannot_be_used_changes_nothing() {
    let (origin, folder) = (Origin::start().await, fresh_folder("bad-uplink"));
    let one = stream("one", &origin.url("manifest.mpd"));
    let two = stream("two", &origin.url("timeline.mpd"));
    let file = write_with(&folder, "total_upload_mbit = 80\n", &[&one]);
    let process = Process::start(&["--config", text_of(&file)]).await;
    let before = (Some(10_000_000), [("one", 10_000_000)]);
    until_shared(&process, before.0, &before.1).await;
    let bad_key = format!("{two}key = \"/no/such/folder/key\"\n");
    for (nth, (top, streams)) in [
        ("total_upload_mbit = 0\n", &[&*one][..]),
        ("total_upload_mbit = 1\n", &[&one, &two]),
        ("total_upload_mbit = 8\n", &[&one, &bad_key]),
    ]
    .into_iter()
    .enumerate()
    {
        write_with(&folder, top, streams);
        process.signal("HUP");
        process
            .until_log(|log| log.matches("nothing was changed").count() == nth + 1)
            .await;
        until_shared(&process, before.0, &before.1).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seeder_sends_no_more_than_it_is_told_to_and_goes_on_when_it_may() {
    let (origin, mut tasks) = (Origin::start().await, JoinSet::new());
    let mut options = Options::new(signaling(&mut tasks).await);
    options.udp_addresses = vec!["127.0.0.1:0".parse().unwrap()];
    let manifest = origin.url("manifest.mpd");
    let config = Config::seeder("film", &manifest);
    let seeder = Seeder::start(config, SeedKey::generate(), options.clone()).unwrap();
    seeder.peer().set_upload_limit(Some(BitsPerSecond(0))).await;
    let config = Config {
        trust: Trust::signed(seeder.public_key()),
        ..Config::viewer("film")
    };
    let viewer = Peer::start(config, options).unwrap();
    until(|| async { viewer.stats().await.unwrap().known_digests == CLIP_SEGMENTS }).await;
    let body = fetched(&manifest).await;
    viewer.manifest(manifest, body).await;
    viewer.demand(origin.url("v540/1.m4s"), None).await.unwrap();
    let playback = Playback {
        position: MediaTime::ZERO,
        buffered: Duration::from_secs(2),
        state: PlaybackState::Paused,
    };
    viewer.playback(playback).await;

    until(|| async { seeder.peer().stats().await.unwrap().refused > 5 }).await;
    let sent = seeder.peer().stats().await.unwrap().uploaded;
    assert!(sent <= SAVED, "{sent} bytes");
    seeder.peer().set_upload_limit(None).await;
    until(|| async { viewer.stats().await.unwrap().received.seeder > 2 * SAVED }).await;
    viewer.shutdown().await;
    seeder.shutdown().await;
}

/// Waits until the figures tell this limit and these shares, in bytes per second, and no others.
async fn until_shared(process: &Process, total: Option<u64>, shares: &[(&str, u64)]) {
    let shares: BTreeMap<_, _> = shares
        .iter()
        .map(|(name, share)| ((*name).to_owned(), *share))
        .collect();
    let waiting = async {
        loop {
            let figures = process.text("metrics").await;
            if read(&figures) == (total, shares.clone()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    if timeout(PATIENCE, waiting).await.is_err() {
        let figures = read(&process.text("metrics").await);
        panic!("{total:?} {shares:?} never came: {figures:?}");
    }
}

/// The limit and the shares that are among the figures.
fn read(figures: &str) -> (Option<u64>, BTreeMap<String, u64>) {
    let figure = |line: &str, name: &str| {
        let rest = line.strip_prefix(&format!("fugitive_seeder_{name}"))?;
        let (label, value) = rest.split_once(' ')?;
        Some((label.to_owned(), value.parse().unwrap()))
    };
    let total = figures
        .lines()
        .find_map(|line| figure(line, "total_upload_limit_bytes_per_second"));
    let share = |line| {
        let (label, share) = figure(line, "upload_share_bytes_per_second")?;
        let name = label.strip_prefix("{stream=\"")?.strip_suffix("\"}")?;
        Some((name.to_owned(), share))
    };
    let shares = figures.lines().filter_map(share);
    (total.map(|(_, total)| total), shares.collect())
}
