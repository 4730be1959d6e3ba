//! A look at a folder finds whole segments, removes what a crash left, and leaves what is not ours.

use std::time::Duration;

use segment_engine::id::{ByteRange, SegmentKind, TrackKey};
use segment_engine::integrity::Record;
use segment_engine::piece::Body;

use super::super::file::{put_in_place, write_part};
use super::*;
use crate::scratch::Folder;
use crate::shelf::tests::place;

fn folder(name: &str) -> Folder {
    let folder = Folder::absent(&format!("folder-{name}"));
    fs::create_dir_all(&*folder).unwrap();
    folder
}

/// Writes a segment as a shelf does, used so many seconds after 1970.
fn put(folder: &Path, place: &Place, used: u64) -> PathBuf {
    let body = Body::of(&vec![7; 20_000]);
    let entry = ShelfEntry {
        key: place.key,
        record: Record::of(&body),
    };
    let path = path(folder, place);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let part = part_path(&path);
    write_part(&part, &header(place.stream, &entry), &body).unwrap();
    put_in_place(&part, &path).unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(used))
        .unwrap();
    path
}

fn times(survey: &Survey) -> Vec<i64> {
    survey.found.iter().map(|found| found.entry.key.time).collect()
}

#[test]
fn whole_segments_are_found_in_the_order_of_their_use() {
    let folder = folder("order");
    for (stream, time, used) in [("a", 1, 300), ("b", 2, 100), ("a", 3, 200)] {
        put(&folder, &place(stream, time), used);
    }
    let survey = survey(&folder, 100, || false);
    assert_eq!(times(&survey), [2, 3, 1]);
    assert_eq!(survey.found[0].stream, StreamId::of("wss://s.example", "b"));
    assert_eq!((survey.removed, survey.foreign), (0, 0));
}

#[test]
fn over_the_bound_those_of_use_last_stay() {
    let folder = folder("bound");
    for time in 0..40 {
        put(&folder, &place("a", time), 1_000 - (time * 7 % 40) as u64);
    }
    let survey = survey(&folder, 10, || false);
    let mut kept: Vec<i64> = (0..40).collect();
    kept.sort_by_key(|time| std::cmp::Reverse(time * 7 % 40));
    assert_eq!((times(&survey), survey.removed), (kept[30..].to_vec(), 30));
    assert!(
        kept[..30]
            .iter()
            .all(|time| !path(&folder, &place("a", *time)).exists())
    );
}

#[test]
fn what_a_crash_left_is_removed() {
    let folder = folder("crash");
    let whole = put(&folder, &place("a", 1), 1);
    let short = put(&folder, &place("a", 2), 2);
    let garbled = put(&folder, &place("a", 3), 3);
    let empty = put(&folder, &place("a", 4), 4);
    let part = part_path(&put(&folder, &place("a", 5), 5));
    fs::rename(path(&folder, &place("a", 5)), &part).unwrap();
    fs::write(&short, &fs::read(&short).unwrap()[..10_000]).unwrap();
    let mut bytes = fs::read(&garbled).unwrap();
    bytes[20] ^= 1;
    fs::write(&garbled, bytes).unwrap();
    fs::write(&empty, b"").unwrap();
    let survey = survey(&folder, 100, || false);
    assert_eq!((times(&survey), survey.removed), (vec![1], 4));
    assert!(whole.exists());
    assert!([short, garbled, empty, part].iter().all(|path| !path.exists()));
}

#[test]
fn what_cannot_be_read_is_not_taken_for_damaged() {
    let folder = folder("unreadable");
    let damaged = folder.join("damaged");
    fs::write(&damaged, b"short").unwrap();
    assert!(matches!(find(&damaged), Look::Useless));
    assert!(matches!(find(&folder.join("gone")), Look::Useless));
    // A folder can be opened, and fails when it is read.
    assert!(matches!(find(&folder), Look::Unreadable));
}

#[test]
fn a_segment_under_another_name_is_removed() {
    let folder = folder("names");
    let one = put(&folder, &place("a", 1), 1);
    fs::rename(&one, path(&folder, &place("a", 2))).unwrap();
    let other = put(&folder, &place("b", 1), 1);
    let moved = path(&folder, &place("a", 1));
    fs::rename(&other, &moved).unwrap();
    let survey = survey(&folder, 100, || false);
    assert_eq!((times(&survey), survey.removed), (vec![], 2));
}

#[test]
fn what_is_not_ours_is_left_alone() {
    let folder = folder("foreign");
    let own = put(&folder, &place("a", 1), 1);
    let foreign = [
        folder.join("README"),
        own.with_file_name("notes.txt"),
        own.with_file_name("0123.seg"),
        own.with_extension("bak"),
    ];
    for path in &foreign {
        fs::write(path, b"mine").unwrap();
    }
    fs::create_dir(folder.join("photos")).unwrap();
    fs::write(
        folder.join("photos/0123456789abcdef0123456789abcdef.seg"),
        b"mine",
    )
    .unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/hostname", path(&folder, &place("a", 2))).unwrap();
    let survey = survey(&folder, 100, || false);
    assert_eq!((times(&survey), survey.removed), (vec![1], 0));
    assert!(foreign.iter().all(|path| path.exists()));
    assert!(
        folder
            .join("photos/0123456789abcdef0123456789abcdef.seg")
            .exists()
    );
    assert_eq!(survey.foreign, 5 + usize::from(cfg!(unix)));
}

#[test]
fn a_look_ends_when_nobody_wants_to_know() {
    let folder = folder("over");
    put(&folder, &place("a", 1), 1);
    assert!(survey(&folder, 100, || true).found.is_empty());
    let unreadable = survey(Path::new("/no/such/folder"), 100, || false);
    assert_eq!((unreadable.found.len(), unreadable.unreadable), (0, 1));
}

#[test]
fn every_part_of_a_key_is_in_its_name() {
    let key = place("a", 1).key;
    let others = [
        SegmentKey { time: 2, ..key },
        SegmentKey {
            kind: SegmentKind::Init,
            ..key
        },
        SegmentKey {
            track: TrackKey([2; 8]),
            ..key
        },
        SegmentKey {
            range: ByteRange::new(0, 0),
            ..key
        },
        SegmentKey {
            range: ByteRange::new(0, 1),
            ..key
        },
    ];
    let mut names: Vec<Digest> = others.iter().map(key_digest).collect();
    names.push(key_digest(&key));
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), others.len() + 1);
}
