//! `fugitive-seeder sign`: sidecars that the engine takes, and what cannot be signed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use ed25519_dalek::{Signature, VerifyingKey};
use segment_engine::config::{Config, Trust};
use segment_engine::id::SegmentKey;
use segment_engine::integrity::{Record, Sidecar, read_batch, read_sidecar};
use segment_engine::piece::Body;
use segment_engine::time::{MediaTime, Timestamp, UnixTime};
use segment_engine::{Engine, Input, Output as Wish};
use segment_engine_native::{SeedKey, Seeder, default_swarm};

use crate::origin::{Origin, sample_media};
use crate::seeding::{start_with, wait_for};
use crate::stage::{PATIENCE, fresh_folder, text_of};

const BASE: &str = "https://cdn.example/film/";
/// Three rungs and one audio track, each an init segment and 24 media segments.
const CLIP_SEGMENTS: u64 = 4 * 25;

#[test]
fn every_manifest_of_a_folder_gets_a_sidecar_that_the_engine_takes() {
    let folder = copied("all");
    let output = sign(&folder, &["--base-url", BASE]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{told}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for manifest in ["manifest.mpd", "timeline.mpd", "master.m3u8"] {
        let sidecar = fs::read(folder.join(format!("{manifest}.digests"))).unwrap();
        assert_eq!(learned(&folder, manifest, &sidecar), CLIP_SEGMENTS, "{manifest}");
    }
    let sidecars = fs::read_dir(&folder).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().contains(".digests")
    });
    assert_eq!(
        sidecars.count(),
        3,
        "media playlists have none, and nothing is left over"
    );
}

#[test]
fn what_is_signed_is_what_the_files_are() {
    let folder = copied("right");
    assert!(
        sign(&folder, &["--base-url", BASE, "--manifest", "manifest.mpd"])
            .status
            .success()
    );
    let sidecar = read_sidecar(&fs::read(folder.join("manifest.mpd.digests")).unwrap()).unwrap();
    let swarm = default_swarm(&format!("{BASE}manifest.mpd")).unwrap();
    let mut engine = viewer(&sidecar, &swarm);
    let body = fs::read(folder.join("manifest.mpd")).unwrap();
    let url = format!("{BASE}manifest.mpd");
    engine
        .handle_input(Timestamp::ZERO, Input::Manifest { url, body })
        .unwrap();
    let mut records: Vec<_> = sidecar
        .batches
        .iter()
        .flat_map(|batch| read_batch(&batch.message, &swarm).unwrap().records)
        .collect();
    let timeline = engine.timeline();
    for track in timeline.tracks() {
        let (start, end) = (MediaTime::MIN, MediaTime::MAX);
        let media = timeline.segments(track.key, start, end, UnixTime::MAX, usize::MAX);
        for segment in timeline.init_segments(track.key).into_iter().chain(media) {
            let bytes = fs::read(folder.join(segment.url.strip_prefix(BASE).unwrap())).unwrap();
            let record = (segment.key, Record::of(&Body::of(&bytes)));
            let at = records
                .iter()
                .position(|known| *known == record)
                .expect("it is signed as it is");
            records.swap_remove(at);
        }
    }
    assert_eq!(records, [], "nothing else is");
    assert!(!folder.join("master.m3u8.digests").exists());
}

#[test]
fn signing_again_replaces_the_sidecar_and_keeps_the_key() {
    let folder = copied("again");
    let signers = [7, 30].map(|days: u32| {
        let days = days.to_string();
        let flags = [
            "--swarm",
            "film",
            "--manifest",
            "manifest.mpd",
            "--valid-days",
            &days,
        ];
        assert!(sign(&folder, &flags).status.success());
        let sidecar = read_sidecar(&fs::read(folder.join("manifest.mpd.digests")).unwrap()).unwrap();
        let batch = read_batch(&sidecar.batches[0].message, "film").unwrap();
        let lasts = batch.expires.since(batch.made).as_secs();
        (sidecar.signer, lasts, batch.sequence)
    });
    assert_eq!(signers[0].0, signers[1].0);
    assert_eq!([signers[0].1, signers[1].1], [7 * 86_400, 30 * 86_400]);
    assert_ne!(signers[0].2, signers[1].2, "each is a run of its own");
    let key = SeedKey::load_or_create(&folder.with_extension("key")).unwrap();
    assert_eq!(key.public_key(), signers[0].0);
}

#[test]
fn what_lies_outside_of_the_folder_is_not_signed() {
    let folder = copied("outside");
    let mpd = |media: &str| {
        format!(
            "<MPD type=\"static\" mediaPresentationDuration=\"PT2S\"><Period><AdaptationSet contentType=\"video\">\
             <SegmentTemplate duration=\"2\" media=\"{media}\"/><Representation id=\"a\" bandwidth=\"1\"/>\
             </AdaptationSet></Period></MPD>"
        )
    };
    std::os::unix::fs::symlink("/etc/hostname", folder.join("linked.m4s")).unwrap();
    for media in [
        "../$Number$.m4s",
        "https://other.example/$Number$.m4s",
        "linked.m4s?$Number$",
    ] {
        fs::write(folder.join("bad.mpd"), mpd(media)).unwrap();
        let output = sign(&folder, &["--base-url", BASE, "--manifest", "bad.mpd"]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{media}: {text}");
        assert!(
            text.contains("outside") && text.lines().count() == 1,
            "{media}: {text}"
        );
    }
    assert!(!folder.join("bad.mpd.digests").exists());
}

#[test]
fn what_cannot_be_signed_is_named_and_leaves_no_sidecar() {
    let folder = copied("cannot");
    fs::write(
        folder.join("live.mpd"),
        "<MPD type=\"dynamic\" availabilityStartTime=\"2026-01-01T00:00:00Z\"><Period id=\"1\">\
        <AdaptationSet contentType=\"video\"><SegmentTemplate duration=\"2\" media=\"v180/$Number$.m4s\"/>\
        <Representation id=\"a\" bandwidth=\"1\"/></AdaptationSet></Period></MPD>",
    )
    .unwrap();
    fs::write(folder.join("broken.mpd"), "<MPD").unwrap();
    for (flags, code, named) in [
        (&["--manifest", "live.mpd", "--base-url", BASE][..], 1, "live.mpd"),
        (&["--manifest", "broken.mpd", "--base-url", BASE], 1, "broken.mpd"),
        (&["--manifest", "none.mpd", "--base-url", BASE], 1, "none.mpd"),
        (
            &["--base-url", "ftp://cdn.example/", "--manifest", "manifest.mpd"],
            2,
            "base-url",
        ),
        (&["--swarm", "film"], 2, "--swarm"),
        (&[], 2, "--base-url"),
    ] {
        let output = sign(&folder, flags);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{flags:?}: {text}");
        assert!(text.contains(named), "{flags:?}: {text}");
    }
    assert!(!folder.join("manifest.mpd.digests").exists());
}

/// Two renditions, each a file with its index.
const ONE_FILE_EACH: &str = r#"<MPD type="static" mediaPresentationDuration="PT48S"><Period>
    <AdaptationSet contentType="video"><Representation id="v" bandwidth="150000"><BaseURL>v180.mp4</BaseURL>
    <SegmentBase indexRange="V"><Initialization range="v"/></SegmentBase></Representation></AdaptationSet>
    <AdaptationSet contentType="audio"><Representation id="a" bandwidth="64000"><BaseURL>a64.mp4</BaseURL>
    <SegmentBase indexRange="A"><Initialization range="a"/></SegmentBase></Representation></AdaptationSet>
    </Period></MPD>"#;

#[tokio::test]
async fn a_film_of_one_file_with_an_index_is_signed_as_a_running_seeder_signs_it() {
    let folder = of_one_file_each("one-file");
    let output = sign(&folder, &["--swarm", "film"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    let signed = read_sidecar(&fs::read(folder.join("film.mpd.digests")).unwrap()).unwrap();

    let origin = Origin::of(&folder).await;
    let seeder = start_with(&origin.url("film.mpd"), |_| {});
    // An init segment, an index and 24 subsegments, twice.
    wait_for(&seeder, |stats| stats.known_digests >= 52).await;
    let running = until_signed(&seeder, 52).await;
    let records = records(&signed);
    assert_eq!(records.len(), 52);
    assert_eq!(records, running);
    seeder.shutdown().await;
}

#[test]
fn what_is_left_out_is_counted_by_its_reason_and_the_exit_code_says_so() {
    let folder = copied("left-out");
    for gone in ["v180/7.m4s", "v180/8.m4s", "v360/init.mp4"] {
        fs::remove_file(folder.join(gone)).unwrap();
    }
    fs::write(folder.join("a64/3.m4s"), "").unwrap();
    fs::remove_file(folder.join("v540/1.m4s")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", folder.join("v540/1.m4s")).unwrap();
    let output = sign(&folder, &["--base-url", BASE, "--manifest", "manifest.mpd"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{told}");
    for line in [
        "left out: 3 segments without a file in the folder; the first: \"https://cdn.example/film/v180/7.m4s\"",
        "left out: 1 segments outside of the folder; the first: \"https://cdn.example/film/v540/1.m4s\"",
        "left out: 1 segments that are empty, cut short or larger than 64 MiB; the first: \"https://cdn.example/film/a64/3.m4s\"",
    ] {
        let line = format!("manifest.mpd: {line}\n");
        assert!(told.contains(&line), "{line}{told}");
    }
    assert_eq!(told.matches("left out").count(), 3, "{told}");
    let sidecar = fs::read(folder.join("manifest.mpd.digests")).unwrap();
    assert_eq!(learned(&folder, "manifest.mpd", &sidecar), CLIP_SEGMENTS - 5);
}

#[test]
fn files_whose_index_cannot_be_read_are_left_out_and_the_rest_is_signed() {
    for (name, spoil, signed, told) in [
        (
            "no-index",
            Spoil::Index,
            28,
            &["1 renditions whose index cannot be read"][..],
        ),
        (
            "cut-short",
            Spoil::Cut,
            51,
            &["1 segments that are empty, cut short"],
        ),
        (
            "cut-in-the-index",
            Spoil::CutInIndex,
            27,
            &[
                "1 renditions whose index cannot be read",
                "1 segments that are empty, cut short",
            ],
        ),
    ] {
        let folder = of_one_file_each(name);
        let path = folder.join("v180.mp4");
        let mut bytes = fs::read(&path).unwrap();
        let index = fs::read(folder.join("v180/init.mp4")).unwrap().len();
        match spoil {
            Spoil::Index => bytes[index + 4..index + 8].copy_from_slice(b"free"),
            Spoil::Cut => drop(bytes.pop()),
            Spoil::CutInIndex => bytes.truncate(index + 40),
        }
        fs::write(&path, bytes).unwrap();
        let output = sign(&folder, &["--swarm", "film"]);
        let lines = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(3), "{name}: {lines}");
        for told in told {
            assert!(
                lines.contains(&format!("film.mpd: left out: {told}")),
                "{name}: {lines}"
            );
        }
        assert_eq!(lines.matches("left out").count(), told.len(), "{name}: {lines}");
        let sidecar = read_sidecar(&fs::read(folder.join("film.mpd.digests")).unwrap()).unwrap();
        assert_eq!(records(&sidecar).len(), signed, "{name}");
    }
}

#[test]
fn a_playlist_that_is_not_there_and_a_rendition_that_has_no_place_are_left_out() {
    let folder = copied("playlists");
    fs::remove_file(folder.join("v360.m3u8")).unwrap();
    let output = sign(&folder, &["--swarm", "film", "--manifest", "master.m3u8"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{told}");
    let line = "master.m3u8: left out: 1 playlists without a file in the folder, all of their segments";
    assert!(told.contains(line), "{told}");
    assert!(told.contains("75 segments"), "{told}");

    let mpd = fs::read_to_string(folder.join("manifest.mpd")).unwrap();
    let sub_numbers = mpd.replacen("</Period>", "<AdaptationSet contentType=\"text\">\
        <SegmentTemplate media=\"$SubNumber$.m4s\" duration=\"2\"/><Representation id=\"odd\" bandwidth=\"1\"/>\
        </AdaptationSet></Period>", 1);
    fs::write(folder.join("odd.mpd"), sub_numbers).unwrap();
    let output = sign(&folder, &["--swarm", "film", "--manifest", "odd.mpd"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(
        told.contains("odd.mpd: left out: 1 renditions that the manifest does not place"),
        "{told}"
    );
    assert!(told.contains("the first: \"odd\""), "{told}");
    assert!(told.contains("100 segments"), "{told}");
}

/// What is done to a file with an index.
#[derive(Debug, Clone, Copy)]
enum Spoil {
    /// The index is another box.
    Index,
    /// The last byte is missing.
    Cut,
    /// All after the first half of the index is missing.
    CutInIndex,
}

/// A folder with a film of two files, each with its index, beside the segments that they are made of.
fn of_one_file_each(name: &str) -> PathBuf {
    let folder = copied(name);
    let mut mpd = ONE_FILE_EACH.to_owned();
    for (track, index_range, init_range) in [("v180", "\"V\"", "\"v\""), ("a64", "\"A\"", "\"a\"")] {
        let part = |name: &str| fs::read(folder.join(track).join(name)).unwrap();
        let init = part("init.mp4");
        let media: Vec<_> = (1..=24).map(|number| part(&format!("{number}.m4s"))).collect();
        let index = index_of(&media);
        let (first, end) = (init.len(), init.len() + index.len());
        mpd = mpd.replace(index_range, &format!("\"{first}-{}\"", end - 1));
        mpd = mpd.replace(init_range, &format!("\"0-{}\"", first - 1));
        let whole = [init, index, media.concat()].concat();
        fs::write(folder.join(format!("{track}.mp4")), whole).unwrap();
    }
    for other in ["manifest.mpd", "timeline.mpd", "master.m3u8"] {
        fs::remove_file(folder.join(other)).unwrap();
    }
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "m3u8") {
            fs::remove_file(path).unwrap();
        }
    }
    fs::write(folder.join("film.mpd"), mpd).unwrap();
    folder
}

/// A segment index box, of subsegments of 2 s.
fn index_of(media: &[Vec<u8>]) -> Vec<u8> {
    let count = u32::try_from(media.len()).unwrap();
    let fields = [0, 1, 1, 0, 0, count];
    let references = media
        .iter()
        .flat_map(|bytes| [u32::try_from(bytes.len()).unwrap(), 2, 0]);
    let fields: Vec<u8> = fields
        .into_iter()
        .chain(references)
        .flat_map(u32::to_be_bytes)
        .collect();
    let size = u32::try_from(8 + fields.len()).unwrap();
    [&size.to_be_bytes(), &b"sidx"[..], &fields].concat()
}

/// What a sidecar vouches for; nothing twice.
fn records(sidecar: &Sidecar) -> BTreeMap<SegmentKey, Record> {
    let batches = sidecar.batches.iter();
    let read = batches.map(|batch| read_batch(&batch.message, &sidecar.swarm).unwrap());
    read.flat_map(|batch| batch.records).collect()
}

/// What a seeder vouches for, once that is so much.
async fn until_signed(seeder: &Seeder, segments: usize) -> BTreeMap<SegmentKey, Record> {
    let waiting = async {
        loop {
            if let Some(sidecar) = seeder.peer().sidecar().await {
                let records = records(&read_sidecar(&sidecar).unwrap());
                if records.len() >= segments {
                    return records;
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap()
}

/// How many digests an engine learns of a sidecar whose signatures it has checked.
fn learned(folder: &Path, manifest: &str, bytes: &[u8]) -> u64 {
    let sidecar = read_sidecar(bytes).unwrap();
    let swarm = default_swarm(&format!("{BASE}{manifest}")).unwrap();
    let mut engine = viewer(&sidecar, &swarm);
    let body = fs::read(folder.join(manifest)).unwrap();
    let url = format!("{BASE}{manifest}");
    engine
        .handle_input(Timestamp::ZERO, Input::Manifest { url, body })
        .unwrap();
    let told = Input::Sidecar(bytes.to_vec().into());
    engine.handle_input(Timestamp::ZERO, told).unwrap();
    while let Some(wish) = engine.poll_output() {
        let Wish::CheckSignature {
            check,
            key,
            message,
            signature,
        } = wish
        else {
            continue;
        };
        let key = VerifyingKey::from_bytes(&key.0).unwrap();
        let valid = key
            .verify_strict(&message, &Signature::from_bytes(&signature.0))
            .is_ok();
        assert!(valid);
        let told = Input::SignatureChecked { check, valid };
        engine.handle_input(Timestamp::ZERO, told).unwrap();
    }
    engine.stats().known_digests
}

/// A viewer that goes by the sidecar's signer.
fn viewer(sidecar: &Sidecar, swarm: &str) -> Engine {
    assert_eq!(sidecar.swarm, swarm);
    let config = Config {
        trust: Trust::signed(sidecar.signer),
        ..Config::viewer(swarm)
    };
    let mut engine = Engine::new(config, [1; 32], Timestamp::ZERO).unwrap();
    let batch = read_batch(&sidecar.batches[0].message, swarm).unwrap();
    engine
        .handle_input(Timestamp::ZERO, Input::Clock(batch.made))
        .unwrap();
    engine
}

fn sign(folder: &Path, flags: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fugitive-seeder"))
        .args([
            "sign",
            text_of(folder),
            "--key",
            text_of(&folder.with_extension("key")),
        ])
        .args(flags)
        .output()
        .unwrap()
}

/// A copy of the clip, with its links.
fn copied(name: &str) -> PathBuf {
    let folder = fresh_folder(&format!("sign-{name}"));
    fs::remove_dir(&folder).unwrap();
    let status = Command::new("cp")
        .arg("-R")
        .arg(sample_media())
        .arg(&folder)
        .status()
        .unwrap();
    assert!(status.success());
    folder
}
