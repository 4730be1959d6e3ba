//! A seeder with a folder for segments: what is there is not fetched again, whatever ended the one before, and what is
//! wrong there is noticed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use segment_engine::config::{Config, Trust};
use segment_engine::input::{Playback, PlaybackState};
use segment_engine::output::Event;
use segment_engine::stats::Stats;
use segment_engine::time::MediaTime;
use segment_engine_native::{MIN_SHELF, Options, Peer, PeerEvent, SeedKey, Seeder, Shelf, default_swarm};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::origin::{Origin, sample_media};
use crate::scratch::Folder;
use crate::small_disk::small_disk;
use crate::stage::signaling;

const PATIENCE: Duration = Duration::from_secs(30);
/// Three rungs and one audio track, each an init segment and 24 media segments.
const CLIP_SEGMENTS: usize = 4 * 25;
const TRACKS: [&str; 4] = ["v180", "v360", "v540", "a64"];

#[tokio::test]
async fn a_warm_start_fetches_the_manifest_alone_and_serves_all() {
    let (origin, folder) = (Origin::start().await, fresh("warm"));
    let cold = start(&origin, &folder);
    wait_for(&cold, |stats| stats.shelved_segments == CLIP_SEGMENTS as u64).await;
    cold.shutdown().await;
    let before = origin.requests();
    assert_eq!(before, CLIP_SEGMENTS + 1);
    let warm = start(&origin, &folder);
    let stats = wait_for(&warm, |stats| stats.known_digests == CLIP_SEGMENTS as u64).await;
    assert_eq!(stats.shelved_segments, CLIP_SEGMENTS as u64);
    serves_all(&warm, &origin).await;
    let stats = warm.peer().stats().await.unwrap();
    assert_eq!((stats.received.origin, stats.shelf_faults), (0, 0));
    assert_eq!(origin.requests(), before + 1, "the manifest");
    warm.shutdown().await;
}

#[tokio::test]
async fn memory_that_is_smaller_than_the_title_costs_no_second_fetch() {
    let (origin, folder) = (Origin::start().await, fresh("small-memory"));
    let mut config = config(&origin);
    config.store_bytes = 1 << 20;
    let seeder = start_with(config, shelf(&folder));
    wait_for(&seeder, |stats| stats.shelved_segments == CLIP_SEGMENTS as u64).await;
    for _ in 0..2 {
        serves_all(&seeder, &origin).await;
    }
    let stats = seeder.peer().stats().await.unwrap();
    assert!(
        stats.stored_bytes <= 1 << 20 && stats.shelf_reads > 0,
        "{stats:?}"
    );
    assert_eq!(origin.requests(), CLIP_SEGMENTS + 1);
    seeder.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_is_offered_and_sent_what_an_earlier_run_left_on_disk() {
    let (origin, folder, mut tasks) = (Origin::start().await, fresh("viewer"), JoinSet::new());
    let mut options = Options::new(signaling(&mut tasks).await);
    options.udp_addresses = vec!["127.0.0.1:0".parse().unwrap()];
    let start = || {
        let (mut config, mut options) = (config(&origin), options.clone());
        config.store_bytes = 1 << 20;
        options.shelf = Some(shelf(&folder));
        Seeder::start(config, SeedKey::generate(), options).unwrap()
    };
    let cold = start();
    wait_for(&cold, |stats| stats.shelved_segments == CLIP_SEGMENTS as u64).await;
    cold.shutdown().await;
    let warm = start();
    wait_for(&warm, |stats| stats.known_digests == CLIP_SEGMENTS as u64).await;

    let manifest = origin.url("manifest.mpd");
    let viewer = Config {
        trust: Trust::signed(warm.public_key()),
        ..Config::viewer(default_swarm(&manifest).unwrap())
    };
    let viewer = Peer::start(viewer, options).unwrap();
    while viewer.stats().await.unwrap().known_digests < CLIP_SEGMENTS as u64 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let body = fs::read(sample_media().join("manifest.mpd")).unwrap();
    viewer.manifest(&manifest, body).await;
    viewer
        .playback(Playback {
            position: MediaTime::ZERO,
            buffered: Duration::from_secs(6),
            state: PlaybackState::Paused,
        })
        .await;
    // Far enough ahead of the playhead to wait for a peer.
    for number in 5..=24 {
        let name = format!("v540/{number}.m4s");
        let delivery = viewer.demand(origin.url(&name), None).await.unwrap();
        assert!(
            delivery.body.to_vec() == fs::read(sample_media().join(&name)).unwrap(),
            "{name}"
        );
    }
    let (seeder, viewer) = (warm.peer().stats().await.unwrap(), viewer.stats().await.unwrap());
    assert_eq!((seeder.received.origin, seeder.shelf_faults), (0, 0));
    assert!(seeder.shelf_reads >= 12, "memory holds a few: {seeder:?}");
    assert!(
        viewer.received.seeder > 2 << 20,
        "most of it came from disk: {viewer:?}"
    );
    warm.shutdown().await;
}

#[tokio::test]
async fn a_corrupted_byte_on_disk_is_noticed_and_the_segment_fetched_anew() {
    let (origin, folder) = (Origin::start().await, fresh("corrupted"));
    let cold = start(&origin, &folder);
    wait_for(&cold, |stats| stats.shelved_segments == CLIP_SEGMENTS as u64).await;
    cold.shutdown().await;
    let before = origin.requests();
    let damaged = files(&folder, "seg")
        .into_iter()
        .max_by_key(|path| fs::metadata(path).unwrap().len());
    let damaged = damaged.unwrap();
    let mut bytes = fs::read(&damaged).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&damaged, bytes).unwrap();
    let warm = start(&origin, &folder);
    let mut events = warm.peer().subscribe();
    wait_for(&warm, |stats| stats.known_digests == CLIP_SEGMENTS as u64).await;
    serves_all(&warm, &origin).await;
    let mut faults = 0;
    while let Ok(event) = events.try_recv() {
        faults += usize::from(matches!(event, PeerEvent::Engine(Event::ShelfFault { .. })));
    }
    assert_eq!(faults, 1);
    let stats = wait_for(&warm, |stats| stats.shelved_segments == CLIP_SEGMENTS as u64).await;
    assert_eq!(stats.shelf_faults, 1);
    assert_eq!(origin.requests(), before + 2, "the manifest, and the one");
    warm.shutdown().await;
}

#[tokio::test]
async fn two_streams_share_one_folder() {
    let (origin, folder) = (Origin::start().await, fresh("two"));
    let shelf = shelf(&folder);
    let second = Config::seeder("second", origin.url("timeline.mpd"));
    let seeders = [
        start_with(config(&origin), Arc::clone(&shelf)),
        start_with(second, Arc::clone(&shelf)),
    ];
    for seeder in &seeders {
        wait_for(seeder, |stats| stats.shelved_segments == CLIP_SEGMENTS as u64).await;
    }
    let again = Seeder::start(config(&origin), SeedKey::generate(), options(shelf));
    assert!(again.is_err(), "a stream that runs already");
    for seeder in seeders {
        seeder.shutdown().await;
    }
    assert_eq!(files(&folder, "seg").len(), 2 * CLIP_SEGMENTS);
}

#[tokio::test]
async fn a_killed_seeder_fetches_nothing_again_that_was_there_whole() {
    let origin = Origin::slow(Duration::from_millis(20)).await;
    let folder = fresh("killed");
    let mut rounds = 0;
    loop {
        let (had, before) = (files(&folder, "seg").len(), origin.requests());
        let mut seeder = Process::start(&origin, &folder);
        rounds += 1;
        // Killed amid its writes, a few segments further each time.
        let enough = (had + 30).min(CLIP_SEGMENTS);
        seeder.until(|| files(&folder, "seg").len() >= enough).await;
        seeder.kill().await;
        let (has, asked) = (files(&folder, "seg").len(), origin.requests() - before);
        assert!(
            asked <= 1 + CLIP_SEGMENTS - had,
            "round {rounds}: {asked} requests with {had} there"
        );
        if had == CLIP_SEGMENTS {
            break;
        }
        assert!(has > had);
    }
    assert!(rounds >= 3, "it was killed twice at least before it had all");
    plant_parts(&folder);
    let before = origin.requests();
    let mut last = Process::start(&origin, &folder);
    last.until(|| origin.requests() >= before + 2).await;
    assert!(files(&folder, "part").is_empty(), "it was removed before that");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(
        origin.requests(),
        before + 2,
        "the manifest, and the one that was cut short"
    );
    last.kill().await;
    let heir = start(&origin, &folder);
    wait_for(&heir, |stats| stats.known_digests == CLIP_SEGMENTS as u64).await;
    serves_all(&heir, &origin).await;
    assert_eq!(heir.peer().stats().await.unwrap().shelf_faults, 0);
    assert_eq!(origin.requests(), before + 3, "the manifest");
    fs::remove_file(folder.with_extension("key")).unwrap();
    heir.shutdown().await;
}

#[tokio::test]
async fn a_full_disk_does_not_stop_a_seeder() {
    let Some(folder) = small_disk("shelf::a_full_disk_does_not_stop_a_seeder", "2m") else {
        return;
    };
    let origin = Origin::start().await;
    let seeder = start(&origin, &folder);
    let stats = wait_for(&seeder, |stats| stats.known_digests == CLIP_SEGMENTS as u64).await;
    assert_eq!(stats.stored_segments, CLIP_SEGMENTS as u64, "memory has them all");
    assert!(stats.shelved_bytes < 2 << 20, "the disk is full: {stats:?}");
    serves_all(&seeder, &origin).await;
    assert_eq!(origin.requests(), CLIP_SEGMENTS + 1);
    seeder.shutdown().await;
}

#[test]
fn a_folder_that_cannot_be_used_ends_with_code_2_and_one_line() {
    for (flags, named) in [
        (&["--cache-dir", "/proc/no"][..], "cache_dir"),
        (&["--cache-mib", "100"], "cache_dir"),
        (&["--cache-dir", "/tmp/x", "--cache-mib", "1"], "cache_mib"),
    ] {
        let key = fresh("key");
        let output = command("http://127.0.0.1:9/a.mpd", &key)
            .args(flags)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains(named), "{text}");
    }
}

/// A seeder's process; killed when the test is done with it.
struct Process(Child);

impl Process {
    fn start(origin: &Origin, folder: &Path) -> Self {
        let mut command = command(&origin.url("manifest.mpd"), &folder.with_extension("key"));
        command.arg("--cache-dir").arg(folder);
        Self(
            command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        )
    }

    async fn until(&mut self, is_so: impl Fn() -> bool) {
        let waiting = async {
            while !is_so() {
                assert!(self.0.try_wait().unwrap().is_none(), "it runs");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(PATIENCE, waiting).await.expect("it gets there in time");
    }

    /// Ends it as the kernel does, in the midst of what it does.
    async fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
        // What it had sent to the origin by then is counted, and not as the next one's.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Ended already, as a rule.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command(manifest: &str, key: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fugitive-seeder"));
    command.args([
        "--manifest",
        manifest,
        "--signaling",
        "ws://127.0.0.1:9/v1/ws",
        "--key",
    ]);
    command.arg(key);
    command
}

/// What a crash may leave: a segment cut short under its own name, and one under that of a part.
fn plant_parts(folder: &Path) {
    let whole = files(folder, "seg");
    let bytes = fs::read(&whole[0]).unwrap();
    fs::write(&whole[0], &bytes[..bytes.len() / 2]).unwrap();
    fs::write(whole[1].with_extension("part"), &bytes[..100]).unwrap();
}

fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let streams = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = streams.flat_map(|stream| fs::read_dir(stream.path()).into_iter().flatten().flatten());
    let mut paths: Vec<PathBuf> = files.map(|file| file.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|found| found == end));
    paths.sort();
    paths
}

fn fresh(name: &str) -> Folder {
    Folder::absent(&format!("it-shelf-{name}"))
}

fn shelf(folder: &Path) -> Arc<Shelf> {
    Shelf::open(folder, MIN_SHELF).unwrap()
}

/// As the binary names it.
fn config(origin: &Origin) -> Config {
    let manifest = origin.url("manifest.mpd");
    Config::seeder(default_swarm(&manifest).unwrap(), manifest)
}

fn options(shelf: Arc<Shelf>) -> Options {
    let mut options = Options::new("ws://127.0.0.1:9/v1/ws");
    options.shelf = Some(shelf);
    options
}

fn start(origin: &Origin, folder: &Path) -> Seeder {
    start_with(config(origin), shelf(folder))
}

fn start_with(config: Config, shelf: Arc<Shelf>) -> Seeder {
    Seeder::start(config, SeedKey::generate(), options(shelf)).unwrap()
}

/// Every segment comes through the seeder as the origin has it.
async fn serves_all(seeder: &Seeder, origin: &Origin) {
    let names = || {
        (1..=24)
            .map(|number| format!("{number}.m4s"))
            .chain(["init.mp4".to_owned()])
    };
    for path in TRACKS
        .iter()
        .flat_map(|track| names().map(move |name| format!("{track}/{name}")))
    {
        let delivery = seeder.peer().demand(origin.url(&path), None).await.unwrap();
        let file = sample_media().join(&path);
        assert!(delivery.body.to_vec() == fs::read(file).unwrap(), "{path}");
    }
}

async fn wait_for(seeder: &Seeder, enough: impl Fn(&Stats) -> bool) -> Stats {
    let waiting = async {
        loop {
            let stats = seeder.peer().stats().await.expect("the seeder runs");
            if enough(&stats) {
                return stats;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, waiting)
        .await
        .expect("the seeder gets there in time")
}
