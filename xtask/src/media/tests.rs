//! The committed clip is whole: checksums hold, and each manifest lists exactly the files that are there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::*;

fn committed() -> PathBuf {
    workspace::root().join("sample-media")
}

fn read(name: &str) -> String {
    fs::read_to_string(committed().join(name)).unwrap()
}

/// Media files by the folder they lie in: real ones, and links with what they lead to.
fn files_on_disk() -> (BTreeSet<String>, BTreeMap<String, String>) {
    let mut files = BTreeSet::new();
    let mut links = BTreeMap::new();
    for id in LADDER.iter().map(|rung| rung.id).chain([AUDIO_ID]) {
        for entry in fs::read_dir(committed().join(id)).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{id}/{}", entry.file_name().to_string_lossy());
            if entry.file_type().unwrap().is_symlink() {
                let target = fs::read_link(entry.path()).unwrap();
                links.insert(name, format!("{id}/{}", target.to_string_lossy()));
                continue;
            }
            files.insert(name);
        }
    }
    (files, links)
}

/// Reads the manifest the way a player does, with a few lines instead of a parser: ours is of a known shape.
fn files_in_mpd(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for set in text.split("<AdaptationSet").skip(1) {
        let media = attribute(set, "media");
        let starts = segment_starts(set);
        for representation in set.split("<Representation").skip(1) {
            let id = attribute(representation, "id");
            names.insert(format!("{id}/init.mp4"));
            for (number, start) in (1..).zip(&starts) {
                let number: u32 = number;
                let name = media.replace("$RepresentationID$", id);
                names.insert(
                    name.replace("$Number$", &number.to_string())
                        .replace("$Time$", &start.to_string()),
                );
            }
        }
    }
    names
}

fn segment_starts(set: &str) -> Vec<u64> {
    let template = set.split("<SegmentTemplate").nth(1).unwrap();
    let timescale: u64 = attribute(template, "timescale").parse().unwrap();
    let end = timescale * u64::from(COMMITTED_SECONDS);
    if !template.contains("<SegmentTimeline>") {
        let duration: usize = attribute(template, "duration").parse().unwrap();
        return (0..end).step_by(duration).collect();
    }
    let mut starts = Vec::new();
    let mut time = 0;
    for run in template.split("<S ").skip(1) {
        let run = run.split("/>").next().unwrap();
        let repeat: u64 = if run.contains("r=\"") {
            attribute(run, "r").parse().unwrap()
        } else {
            0
        };
        for _ in 0..=repeat {
            starts.push(time);
            time += attribute(run, "d").parse::<u64>().unwrap();
        }
    }
    assert_eq!(time, end, "the timeline ends with the clip");
    starts
}

fn attribute<'a>(text: &'a str, name: &str) -> &'a str {
    let start = format!("{name}=\"");
    let (_, rest) = text
        .split_once(&start)
        .unwrap_or_else(|| panic!("no attribute {name}"));
    rest.split('"').next().unwrap()
}

#[test]
fn checksums_hold_for_every_file() {
    let expected = read(sums::FILE);
    assert_eq!(sums::write(&committed()).unwrap(), expected);
    assert_eq!(
        expected.lines().count(),
        4 * 25 + 2 + 5,
        "init and 24 segments in 4 tracks, 2 MPDs, 5 playlists"
    );
}

#[test]
fn manifest_by_number_lists_exactly_the_files() {
    let (files, _) = files_on_disk();
    assert_eq!(files_in_mpd(&read("manifest.mpd")), files);
}

#[test]
fn manifest_by_time_lists_exactly_the_links_and_each_leads_to_its_number() {
    let (files, links) = files_on_disk();
    let inits = files.iter().filter(|file| file.ends_with("init.mp4")).cloned();
    let expected: BTreeSet<String> = links.keys().cloned().chain(inits).collect();
    assert_eq!(files_in_mpd(&read("timeline.mpd")), expected);

    for (link, target) in &links {
        let time = link.split_once("/t").unwrap().1.trim_end_matches(".m4s");
        let bytes = fs::read(committed().join(target)).unwrap();
        assert_eq!(
            boxes::decode_time(&bytes).unwrap().to_string(),
            time,
            "{link} -> {target}"
        );
    }
}

#[test]
fn playlists_list_exactly_the_files() {
    let (files, _) = files_on_disk();
    let mut listed = BTreeSet::new();
    let master = read("master.m3u8");
    for id in LADDER.iter().map(|rung| rung.id).chain([AUDIO_ID]) {
        assert!(master.contains(&format!("{id}.m3u8")));
        let playlist = read(&format!("{id}.m3u8"));
        listed.insert(attribute(&playlist, "URI").to_owned());
        listed.extend(
            playlist
                .lines()
                .filter(|line| !line.starts_with('#'))
                .map(str::to_owned),
        );
    }
    assert_eq!(listed, files);
}

#[test]
fn clip_fits_into_git() {
    let bytes: u64 = sums::media_files(&committed())
        .unwrap()
        .iter()
        .map(|file| committed().join(file).metadata().unwrap().len())
        .sum();
    assert!(bytes < 10_000_000, "{bytes} bytes");
}

#[test]
fn video_and_audio_segments_begin_within_one_audio_frame_of_each_other() {
    for number in 1..=COMMITTED_SECONDS / SEGMENT_SECONDS {
        let nominal = u64::from((number - 1) * SEGMENT_SECONDS);
        for rung in LADDER {
            let bytes = fs::read(committed().join(rung.id).join(format!("{number}.m4s"))).unwrap();
            assert_eq!(boxes::decode_time(&bytes).unwrap(), nominal * 12_800);
        }
        let bytes = fs::read(committed().join(AUDIO_ID).join(format!("{number}.m4s"))).unwrap();
        let late = boxes::decode_time(&bytes).unwrap() - nominal * 48_000;
        assert!(
            late < adts::SAMPLES_PER_FRAME,
            "audio segment {number} is {late} samples late"
        );
    }
}
