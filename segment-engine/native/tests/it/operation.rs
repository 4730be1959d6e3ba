//! What an operator does to the real process: reload, stop, check.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;

use crate::follow::live;
use crate::origin::Origin;
use crate::scripted::{Scripted, all, now_ms, status};
use crate::stage::{PATIENCE, Process, client, fresh_folder, text_of};

/// Three rungs and one audio track, each an init segment and 24 media segments.
const CLIP_SEGMENTS: u64 = 4 * 25;

#[tokio::test]
async fn a_hang_up_starts_and_stops_streams_and_leaves_the_rest_alone() {
    let (origin, folder) = (Origin::start().await, fresh_folder("reload"));
    let one = stream("one", &origin.url("manifest.mpd"));
    let two = stream("two", &origin.url("timeline.mpd"));
    let three = stream("three", &origin.url("master.m3u8"));
    let file = write(&folder, &[&one, &two]);
    let process = Process::start(&["--config", text_of(&file)]).await;
    process.until_warm("one", CLIP_SEGMENTS).await;
    process.until_warm("two", CLIP_SEGMENTS).await;

    write(&folder, &[&one, &three]);
    process.signal("HUP");
    process.until_warm("three", CLIP_SEGMENTS).await;
    process.until("two", |stream| stream.is_none()).await;
    assert_eq!(origin.count("/manifest.mpd"), 1, "what did not change goes on");
    assert_eq!(origin.count("/timeline.mpd"), 1);

    write(&folder, &[&format!("{one}max_peers = 3\n"), &three]);
    process.signal("HUP");
    let again = async {
        while origin.count("/manifest.mpd") < 2 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, again)
        .await
        .expect("what changed starts anew");
    process.until_warm("one", CLIP_SEGMENTS).await;
    assert_eq!(origin.count("/master.m3u8"), 1);
}

#[tokio::test]
async fn what_keeps_a_stream_from_being_well_is_said_with_where_and_why() {
    let (origin, folder) = (Origin::start().await, fresh_folder("unwell"));
    let one = stream("one", &origin.url("manifest.mpd")) + "renditions = [\"720p\"]\n";
    let secret = "ws://user:secret@127.0.0.1:9/v1/ws?t=secret";
    let file = write(&folder, &[&format!("{one}signaling = {secret:?}\n")]);
    let process = Process::start(&["--config", text_of(&file)]).await;
    process.until_logged("no rendition is called \"720p\"").await;
    process.until_logged("signaling cannot be reached").await;
    let ready = process.text("readyz").await;
    assert!(
        ready.contains("no rendition is called \"720p\"; there are"),
        "{ready}"
    );
    let log = process.log();
    assert_eq!(log.matches("signaling cannot be reached").count(), 1, "{log}");
    assert!(
        log.contains("127.0.0.1:9/v1/ws") && log.contains("refused"),
        "{log}"
    );
    assert!(!log.contains("secret"), "{log}");
}

#[tokio::test]
async fn a_sidecar_that_does_not_come_is_said_once_and_without_what_may_be_secret() {
    let (origin, folder) = (Origin::start().await, fresh_folder("sidecar-away"));
    let sidecars = Scripted::start(|_| {
        // As soon again as is allowed: 5 s.
        let mut response = status(503);
        let soon = HeaderValue::from_static("max-age=1");
        response.headers_mut().insert(CACHE_CONTROL, soon);
        response
    })
    .await;
    let broken = sidecars.url("a?t=secret");
    let closed = "http://user:secret@127.0.0.1:9/b?t=secret";
    let tables = [("one", "manifest.mpd", &*broken), ("two", "timeline.mpd", closed)];
    let tables = tables.map(|(name, manifest, digests)| {
        format!("{}digests = {digests:?}\n", stream(name, &origin.url(manifest)))
    });
    let file = write(&folder, &[&tables[0], &tables[1]]);
    let process = Process::start(&["--config", text_of(&file)]).await;
    let said = |log: &str| log.matches("sidecar of digests cannot be fetched").count();
    process.until_log(|log| said(log) == 2).await;
    while sidecars.asked().len() < 2 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let log = process.log();
    assert_eq!(said(&log), 2, "once for each: {log}");
    assert!(log.contains("127.0.0.1:9/b") && !log.contains("secret"), "{log}");
}

#[tokio::test]
async fn streams_share_the_folder_on_disk_and_one_of_another_name_finds_its_part() {
    let (origin, folder) = (Origin::start().await, fresh_folder("disk"));
    let disk = folder.join("disk");
    let flags = ["--cache-dir", text_of(&disk), "--cache-mib", "64"];
    let one = stream("one", &origin.url("manifest.mpd"));
    let two = stream("two", &origin.url("timeline.mpd"));
    let file = write(&folder, &[&one, &two]);
    let all = [&["--config", text_of(&file)], &flags[..]].concat();
    let process = Process::start(&all).await;
    for name in ["one", "two"] {
        process.until_warm(name, CLIP_SEGMENTS).await;
        process.until(name, all_on_disk).await;
    }
    let fetched = origin.requests();
    assert_eq!(fetched as u64, 2 * (CLIP_SEGMENTS + 1));

    write(&folder, &[&stream("uno", &origin.url("manifest.mpd")), &two]);
    process.signal("HUP");
    process.until("uno", all_on_disk).await;
    process.until("one", |stream| stream.is_none()).await;
    assert_eq!(origin.requests(), fetched + 1, "the manifest");

    process.signal("KILL");
    process.ended().await;
    let process = Process::start(&all).await;
    for name in ["uno", "two"] {
        process.until(name, all_on_disk).await;
    }
    let figures = process.text("metrics").await;
    for figure in [
        "fugitive_seeder_cache_segments{stream=\"uno\"} 100",
        "fugitive_seeder_cache_segments{stream=\"two\"} 100",
        "fugitive_seeder_cache_faults_total{stream=\"two\"} 0",
        "fugitive_seeder_dropped_datagrams_total 0",
    ] {
        assert!(figures.contains(figure), "{figure}: {figures}");
    }
    assert_eq!(origin.requests(), fetched + 3, "both manifests");
}

#[tokio::test]
async fn a_hang_up_moves_swarms_between_streams() {
    let (origin, folder) = (Origin::start().await, fresh_folder("moved"));
    let disk = folder.join("disk");
    let of =
        |name, manifest, swarm: &str| stream(name, &origin.url(manifest)) + &format!("swarm = {swarm:?}\n");
    let one = of("one", "manifest.mpd", "a");
    let file = write(&folder, &[&one, &of("two", "timeline.mpd", "b")]);
    let flags = ["--cache-dir", text_of(&disk), "--cache-mib", "64"];
    let process = Process::start(&[&["--config", text_of(&file)], &flags[..]].concat()).await;
    for name in ["one", "two"] {
        process.until_warm(name, CLIP_SEGMENTS).await;
    }
    for (tables, swarms) in [
        // They change places.
        (
            [of("one", "manifest.mpd", "b"), of("two", "timeline.mpd", "a")].to_vec(),
            [("one", "b"), ("two", "a")].to_vec(),
        ),
        // A new one takes the place of one that goes on elsewhere.
        (
            [of("one", "manifest.mpd", "c"), of("three", "timeline.mpd", "b")].to_vec(),
            [("one", "c"), ("three", "b")].to_vec(),
        ),
    ] {
        let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
        write(&folder, &tables);
        process.signal("HUP");
        for (name, swarm) in swarms {
            process
                .until(name, |stream| {
                    stream.is_some_and(|stream| {
                        stream["swarm"] == swarm && stream["segments"]["signed"] == CLIP_SEGMENTS
                    })
                })
                .await;
        }
        let log = process.log();
        assert!(!log.contains("ERROR"), "{log}");
    }
    assert!(
        process
            .text("metrics")
            .await
            .contains("fugitive_seeder_streams 2")
    );
}

#[tokio::test]
async fn a_key_that_is_gone_changes_nothing_and_no_other_is_made() {
    let (origin, folder) = (Origin::start().await, fresh_folder("gone-key"));
    let one = stream("one", &origin.url("manifest.mpd"));
    let file = write(&folder, &[&one]);
    let process = Process::start(&["--config", text_of(&file)]).await;
    process.until_warm("one", CLIP_SEGMENTS).await;
    let key = folder.join("key");
    std::fs::remove_file(&key).unwrap();
    for (nth, table) in [&one, &stream("another", &origin.url("manifest.mpd"))]
        .into_iter()
        .enumerate()
    {
        write(&folder, &[table]);
        process.signal("HUP");
        process
            .until_log(|log| log.matches("nothing was changed").count() == nth + 1)
            .await;
        assert!(!key.exists(), "{table}");
    }
    let log = process.log();
    assert!(log.contains("cannot read the key file"), "{log}");
    assert_eq!(origin.count("/manifest.mpd"), 1, "it was never started again");
}

#[tokio::test]
async fn a_file_that_cannot_be_used_changes_nothing() {
    let (origin, folder) = (Origin::start().await, fresh_folder("bad-reload"));
    let one = stream("one", &origin.url("manifest.mpd"));
    let file = write(&folder, &[&one]);
    let process = Process::start(&["--config", text_of(&file)]).await;
    process.until_warm("one", CLIP_SEGMENTS).await;
    let two = stream("two", &origin.url("timeline.mpd"));
    for bad in [
        "no TOML".to_owned(),
        stream("one", "no URL"),
        format!("{one}[[stream]]\n"),
        format!("{two}key = \"/no/such/folder/key\"\n"),
        format!("{two}token_file = \"/no/such/token\"\n"),
        format!("{one}max_peers = 3\ntoken_file = \"/no/such/token\"\n"),
        format!("{one}max_peers = 3\norigin_headers = [\"x-pass=file:/no/such/pass\"]\n"),
    ] {
        write(&folder, &[&bad]);
        process.signal("HUP");
        // Long enough for a reload, which takes some milliseconds.
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert!(process.stream("two").await.is_none(), "{bad}");
        let one = process.stream("one").await.expect(&bad);
        assert_eq!(one["segments"]["stored"], CLIP_SEGMENTS, "{bad}");
    }
    assert_eq!(origin.count("/manifest.mpd"), 1, "it was never started again");
    write(&folder, &[&one, &two]);
    process.signal("HUP");
    process.until_warm("two", CLIP_SEGMENTS).await;
}

#[tokio::test]
async fn renewed_secrets_are_told_after_a_hang_up_by_streams_that_go_on_and_by_the_proxy() {
    let folder = fresh_folder("secrets");
    let valid = Arc::new(Mutex::new("first"));
    let asked_for = Arc::clone(&valid);
    let origin = Scripted::start(move |asked| {
        let valid = *asked_for.lock().unwrap();
        if asked.headers.get("x-pass").is_none_or(|told| told != valid) {
            return status(403);
        }
        match asked.path.as_str() {
            "notes.txt" => all("what no manifest names"),
            _ => live(asked, now_ms()),
        }
    })
    .await;
    let pass = folder.join("pass");
    std::fs::write(&pass, "first").unwrap();
    let table = stream("one", &origin.url("clock.mpd"));
    let file = write(
        &folder,
        &[&format!(
            "{table}origin_headers = [\"x-pass=file:{}\"]\n",
            pass.display()
        )],
    );
    let process = Process::start(&["--config", text_of(&file), "--proxy"]).await;
    let stored =
        |stream: Option<&serde_json::Value>| stream.and_then(|stream| stream["bytes"]["origin"].as_u64());
    process
        .until("one", |stream| stored(stream) > Some(100_000))
        .await;
    for path in ["one/clock.mpd", "one/notes.txt"] {
        assert_eq!(process.get(path).await.status(), 200, "{path}");
    }
    *valid.lock().unwrap() = "second";
    std::fs::write(&pass, "second").unwrap();
    process.signal("HUP");
    let before = stored(process.stream("one").await.as_ref()).unwrap();
    process
        .until("one", |stream| stored(stream) > Some(before + 150_000))
        .await;
    assert_eq!(process.get("one/notes.txt").await.status(), 200);
    let manifests = origin.asked_for("clock.mpd");
    let whole = manifests
        .iter()
        .filter(|asked| asked.status == 200 && asked.headers.contains_key("x-pass"));
    assert_eq!(
        whole.count(),
        2,
        "the seeder's first, and the proxy's: the stream was not started again"
    );
}

#[tokio::test]
async fn two_keys_can_overlap_as_two_streams_of_one_manifest() {
    let (origin, folder) = (Origin::start().await, fresh_folder("rotation"));
    let manifest = origin.url("manifest.mpd");
    let old = format!(
        "{}swarm = \"film\"\nkey = {:?}\n",
        stream("old", &manifest),
        folder.join("old.key")
    );
    let new = format!(
        "{}swarm = \"film-2\"\nkey = {:?}\n",
        stream("new", &manifest),
        folder.join("new.key")
    );
    let file = write(&folder, &[&old]);
    let process = Process::start(&["--config", text_of(&file)]).await;
    process.until_warm("old", CLIP_SEGMENTS).await;
    write(&folder, &[&old, &new]);
    process.signal("HUP");
    process.until_warm("new", CLIP_SEGMENTS).await;
    let key = |stream: serde_json::Value| stream["publicKey"].as_str().unwrap().to_owned();
    let (old, new) = (
        process.stream("old").await.unwrap(),
        process.stream("new").await.unwrap(),
    );
    assert_ne!(key(old), key(new));
}

#[tokio::test]
async fn what_is_being_answered_is_answered_before_the_end() {
    let (origin, folder) = (Origin::start().await, fresh_folder("drain"));
    let file = write(&folder, &[&stream("one", &origin.url("manifest.mpd"))]);
    let process = Process::start(&["--config", text_of(&file), "--proxy"]).await;
    process.until_warm("one", CLIP_SEGMENTS).await;
    let slow = tokio::spawn(client().get(process.url("one/README.md?slow")).send());
    tokio::time::sleep(Duration::from_millis(500)).await;
    process.signal("TERM");
    let answer = slow.await.unwrap().expect("it is answered");
    assert_eq!(answer.status(), 200);
    assert_eq!(process.ended().await.code(), Some(0));
}

#[tokio::test]
async fn players_have_all_of_the_time_where_there_are_no_peers_and_whoever_is_cut_is_counted() {
    let (origin, folder) = (Origin::start().await, fresh_folder("cut"));
    for (drain_ms, cut) in [(3_000, 0), (200, 1)] {
        let table = stream("one", &origin.url("manifest.mpd"));
        let file = write_with(&folder, &format!("drain_ms = {drain_ms}\n"), &[&table]);
        let process = Process::start(&["--config", text_of(&file), "--proxy"]).await;
        process.until_warm("one", CLIP_SEGMENTS).await;
        let slow = tokio::spawn(client().get(process.url("one/README.md?slow")).send());
        tokio::time::sleep(Duration::from_millis(300)).await;
        process.signal("TERM");
        assert_eq!(slow.await.unwrap().is_err(), cut > 0);
        process
            .until_logged(&format!("stopped players_cut={cut} peers_cut=0"))
            .await;
        assert_eq!(process.ended().await.code(), Some(0));
    }
}

#[tokio::test]
async fn what_takes_a_restart_is_said_as_long_as_it_differs_from_what_runs() {
    let (origin, folder) = (Origin::start().await, fresh_folder("restart"));
    let table = stream("one", &origin.url("manifest.mpd"));
    let file = write(&folder, &[&table]);
    let process = Process::start(&["--config", text_of(&file)]).await;
    // Twice as the start was not, and once as it was.
    for (top, said) in [
        ("interfaces = [\"lo\"]\n", 1),
        ("interfaces = [\"lo\"]\n", 2),
        ("", 2),
    ] {
        write_with(&folder, top, &[&table]);
        let read = process.log().matches("were read again").count();
        process.signal("HUP");
        process
            .until_log(|log| log.matches("were read again").count() > read)
            .await;
        let log = process.log();
        assert_eq!(log.matches("at the next start only").count(), said, "{log}");
    }
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let (origin, folder) = (Origin::start().await, fresh_folder("at-once"));
    let file = write(&folder, &[&stream("one", &origin.url("manifest.mpd"))]);
    let process = Process::start(&["--config", text_of(&file), "--proxy"]).await;
    process.until_warm("one", CLIP_SEGMENTS).await;
    let slow = tokio::spawn(client().get(process.url("one/README.md?slow")).send());
    tokio::time::sleep(Duration::from_millis(500)).await;
    process.signal("TERM");
    process.until_log(|log| log.contains("stopping")).await;
    process.signal("TERM");
    assert_eq!(process.ended().await.code(), Some(1));
    assert!(slow.await.unwrap().is_err(), "it waited for the answer");
}

#[test]
fn a_check_says_what_a_start_would_do_and_does_nothing() {
    let folder = fresh_folder("check");
    let key = folder.join("new.key");
    let two = format!(
        "{}key = {key:?}\n",
        stream("two", "http://127.0.0.1:9/two.mpd?token=secret")
    );
    let file = write(&folder, &[&stream("one", "http://127.0.0.1:9/one.mpd"), &two]);
    let disk = folder.join("to/be/made");
    let output = run(&[
        "--config",
        text_of(&file),
        "--http",
        "127.0.0.1:0",
        "--cache-dir",
        text_of(&disk),
        "--check",
    ]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    for part in [
        "one.mpd",
        "two.mpd",
        "would make the key",
        "127.0.0.1:0",
        "10240 MiB",
        text_of(&disk),
    ] {
        assert!(told.contains(part), "{told}");
    }
    assert!(!told.contains("secret"), "{told}");
    assert!(!key.exists() && !folder.join("to").exists());
}

#[test]
fn a_check_finds_what_a_start_would_fail_of() {
    let folder = fresh_folder("check-fails");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let one = stream("one", "http://127.0.0.1:9/one.mpd");
    let broken = folder.join("broken.key");
    std::fs::write(&broken, "no key").unwrap();
    let empty = folder.join("empty");
    std::fs::write(&empty, "\n").unwrap();
    for (tail, flags, named) in [
        (
            "key = \"/no/such/folder/key\"\n".to_owned(),
            &[][..],
            "/no/such/folder/key",
        ),
        (format!("key = {broken:?}\n"), &[], "broken.key"),
        (
            "token_file = \"/no/such/token\"\n".to_owned(),
            &[],
            "/no/such/token",
        ),
        (String::new(), &["--http", &address], &address),
        (String::new(), &["--udp-address", "192.0.2.1:0"], "192.0.2.1"),
        (String::new(), &["--cache-dir", "/proc/no"], "cache_dir"),
        (String::new(), &["--cache-dir", text_of(&broken)], "cache_dir"),
        (
            String::new(),
            &["--certificate", "/no/such/folder/dtls"],
            "/no/such/folder/dtls",
        ),
        (
            format!("origin_headers = [\"x-pass=file:{}\"]\n", empty.display()),
            &[],
            "it is empty",
        ),
        (String::new(), &["--interface", "nope0"], "nope0"),
        (String::new(), &["--certificate", text_of(&broken)], "broken.key"),
    ] {
        let file = write(&folder, &[&format!("{one}{tail}")]);
        let output = run(&[&["--config", text_of(&file), "--check"], flags].concat());
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{named}: {text}");
        assert!(
            text.contains(named) && text.lines().count() == 1,
            "{named}: {text}"
        );
    }
}

/// All of the clip is on disk, and vouched for.
fn all_on_disk(stream: Option<&serde_json::Value>) -> bool {
    stream.is_some_and(|stream| {
        stream["segments"]["on_disk"] == CLIP_SEGMENTS && stream["segments"]["signed"] == CLIP_SEGMENTS
    })
}

pub(crate) fn stream(name: &str, manifest: &str) -> String {
    format!("[[stream]]\nname = {name:?}\nmanifest = {manifest:?}\n")
}

/// Writes a settings file with these streams.
pub(crate) fn write(folder: &Path, streams: &[&str]) -> PathBuf {
    write_with(folder, "", streams)
}

/// The same with settings of the whole process.
pub(crate) fn write_with(folder: &Path, top: &str, streams: &[&str]) -> PathBuf {
    let path = folder.join("seeder.toml");
    let head = format!(
        "signaling = \"ws://127.0.0.1:9/v1/ws\"\nkey = {:?}\n{top}",
        folder.join("key")
    );
    std::fs::write(&path, head + &streams.concat()).unwrap();
    path
}

fn run(flags: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fugitive-seeder"))
        .args(flags)
        .output()
        .unwrap()
}
