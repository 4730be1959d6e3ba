//! `fugitive-seeder sign`: sidecars that the engine takes, and what cannot be signed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ed25519_dalek::{Signature, VerifyingKey};
use segment_engine::config::{Config, Trust};
use segment_engine::integrity::{Record, Sidecar, read_batch, read_sidecar};
use segment_engine::piece::Body;
use segment_engine::time::{MediaTime, Timestamp, UnixTime};
use segment_engine::{Engine, Input, Output as Wish};
use segment_engine_native::{SeedKey, default_swarm};

use crate::origin::sample_media;
use crate::stage::{fresh_folder, text_of};

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
    fs::write(folder.join("v180/7.m4s"), "").unwrap();
    for (flags, code, named) in [
        (&["--manifest", "live.mpd", "--base-url", BASE][..], 1, "live.mpd"),
        (&["--manifest", "broken.mpd", "--base-url", BASE], 1, "broken.mpd"),
        (
            &["--manifest", "manifest.mpd", "--base-url", BASE],
            1,
            "v180/7.m4s",
        ),
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
        trust: Trust::Signed(sidecar.signer),
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
