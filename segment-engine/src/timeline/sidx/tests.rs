//! Boxes in, byte ranges and times out; and bytes of any kind in, no panic out.

use proptest::prelude::*;

use super::*;
use crate::time::MediaTime;
use crate::timeline::runs::Runs;

/// A reference to media, or to another index box.
#[derive(Clone, Copy)]
enum To {
    Media(u32, u32),
    Index(u32, u32),
}

/// An index box of version 0.
fn sidx(timescale: u32, time: u32, first_offset: u32, references: &[To]) -> Vec<u8> {
    let mut content = vec![0, 0, 0, 0, 0, 0, 0, 1];
    for field in [
        timescale,
        time,
        first_offset,
        u32::try_from(references.len()).unwrap(),
    ] {
        content.extend(field.to_be_bytes());
    }
    for reference in references {
        let (kind, size, duration) = match *reference {
            To::Media(size, duration) => (0, size, duration),
            To::Index(size, duration) => (1 << 31, size, duration),
        };
        for field in [kind | size, duration, 0x9000_0000] {
            content.extend(field.to_be_bytes());
        }
    }
    boxed(*b"sidx", &content)
}

fn boxed(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).unwrap();
    [&size.to_be_bytes()[..], &kind, content].concat()
}

/// Range, media time and duration of each subsegment.
fn told(sidx: Sidx) -> Vec<(String, i64, u128)> {
    let runs = Runs {
        timescale: 1_000_000,
        origin: 0,
        start: MediaTime::ZERO,
        runs: sidx.runs.finish(),
    };
    let at = |(index, range): (u64, &ByteRange)| {
        let position = runs.at(index).unwrap();
        (range.to_string(), position.time, position.duration.as_micros())
    };
    (0..).zip(&sidx.ranges).map(at).collect()
}

fn row(range: &str, time: i64, duration: u128) -> (String, i64, u128) {
    (range.to_owned(), time, duration)
}

#[test]
fn ranges_follow_the_box_by_its_first_offset() {
    let body = sidx(
        90_000,
        500,
        10,
        &[To::Media(1000, 180), To::Media(1, 180), To::Media(30, 90)],
    );
    let end = 700 + body.len() as u64 + 10;
    let sidx = read(&body, 700).unwrap();
    assert_eq!(sidx.timescale, 90_000);
    assert_eq!(
        told(sidx),
        [
            row(&format!("{}-{}", end, end + 999), 500, 180),
            row(&format!("{0}-{0}", end + 1000), 680, 180),
            row(&format!("{}-{}", end + 1001, end + 1030), 860, 90),
        ]
    );
}

#[test]
fn reads_the_wide_version_after_other_boxes_and_with_a_long_size() {
    let mut content = vec![1, 0, 0, 0, 0, 0, 0, 1];
    content.extend(1000_u32.to_be_bytes());
    content.extend((1_u64 << 40).to_be_bytes());
    content.extend((5_u64 << 32).to_be_bytes());
    content.extend([0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 7, 0, 0, 0, 0]);
    let size = (content.len() + 16) as u64;
    let long = [&1_u32.to_be_bytes()[..], b"sidx", &size.to_be_bytes(), &content].concat();
    let body = [boxed(*b"styp", b"msdh"), long].concat();
    let first = (5 << 32) + body.len() as u64;
    assert_eq!(
        told(read(&body, 0).unwrap()),
        [row(&format!("{first}-{}", first + 8), 1 << 40, 7)]
    );
}

#[test]
fn a_box_of_size_0_fills_the_range() {
    let mut body = sidx(1, 0, 0, &[To::Media(5, 2)]);
    body[..4].fill(0);
    assert_eq!(read(&body, 0).unwrap().ranges.len(), 1);
}

#[test]
fn boxes_that_a_box_refers_to_are_read_in_its_place() {
    let children = [
        sidx(10, 0, 44, &[To::Media(100, 5), To::Media(100, 5)]),
        sidx(10, 10, 200, &[To::Media(50, 7)]),
    ];
    let size = |child: &Vec<u8>| u32::try_from(child.len()).unwrap();
    let top = sidx(
        10,
        0,
        0,
        &[
            To::Index(size(&children[0]), 10),
            To::Index(size(&children[1]), 7),
        ],
    );
    let body = [top, children.concat()].concat();
    let end = body.len() as u64;
    assert_eq!(
        told(read(&body, 0).unwrap()),
        [
            row(&format!("{end}-{}", end + 99), 0, 5),
            row(&format!("{}-{}", end + 100, end + 199), 5, 5),
            row(&format!("{}-{}", end + 200, end + 249), 10, 7),
        ]
    );
}

#[test]
fn refuses_boxes_outside_of_the_range_and_chains_that_are_too_deep() {
    let outside = sidx(10, 0, 0, &[To::Index(100, 10)]);
    assert_eq!(read(&outside, 0).unwrap_err(), IndexError::Nested);
    let mut chain = sidx(10, 0, 0, &[To::Media(1, 1)]);
    for _ in 0..MAX_DEPTH {
        let size = u32::try_from(chain.len()).unwrap();
        chain = [sidx(10, 0, 0, &[To::Index(size, 1)]), chain].concat();
    }
    assert_eq!(read(&chain, 0).unwrap_err(), IndexError::Nested);
}

#[test]
fn the_same_box_again_and_again_is_bounded() {
    // Each level refers to the next 60,000 times, without moving on.
    let leaf = sidx(10, 0, 0, &[]);
    let middle = [sidx(10, 0, 0, &vec![To::Index(0, 0); 60_000]), leaf].concat();
    let body = [sidx(10, 0, 0, &vec![To::Index(0, 0); 60_000]), middle].concat();
    assert_eq!(read(&body, 0).unwrap_err(), IndexError::TooLong);
}

#[test]
fn subsegments_without_bytes_or_length_are_left_out() {
    let body = sidx(10, 0, 0, &[To::Media(0, 5), To::Media(9, 0), To::Media(7, 5)]);
    let end = body.len() as u64;
    assert_eq!(
        told(read(&body, 0).unwrap()),
        [row(&format!("{}-{}", end + 9, end + 15), 5, 5)]
    );
}

#[test]
fn refuses_what_no_index_can_be() {
    let good = sidx(10, 0, 0, &[To::Media(5, 5)]);
    for end in 0..good.len() {
        assert_eq!(read(&good[..end], 0).unwrap_err(), IndexError::Truncated, "{end}");
    }
    let mut version = good.clone();
    version[8] = 2;
    let table = [
        (boxed(*b"free", b"x"), 0, IndexError::NoIndex),
        (b"\x1a\x45\xdf\xa3 webm".to_vec(), 0, IndexError::Truncated),
        (sidx(0, 0, 0, &[To::Media(5, 5)]), 0, IndexError::Malformed),
        (version, 0, IndexError::Malformed),
        (good.clone(), u64::MAX - 10, IndexError::Malformed),
        (good, u64::MAX - 47, IndexError::Malformed),
    ];
    for (body, first, error) in table {
        assert_eq!(read(&body, first).unwrap_err(), error);
    }
    let mut promising = sidx(10, 0, 0, &[To::Media(5, 5)]);
    promising[31] = 200;
    assert_eq!(read(&promising, 0).unwrap_err(), IndexError::Truncated);
}

proptest! {
    #[test]
    fn never_panics_on_any_bytes(mut body in prop::collection::vec(any::<u8>(), 0..120), first in any::<u64>()) {
        let _ = read(&body, first);
        if body.len() >= 8 {
            body[..4].fill(0);
            body[4..8].copy_from_slice(b"sidx");
            let _ = read(&body, first);
        }
    }

    #[test]
    fn ranges_and_times_rise_without_overlap(
        references in prop::collection::vec((0..1000_u32, 0..1000_u32), 0..50),
        first in 0..1_u64 << 40,
    ) {
        let references: Vec<_> = references.into_iter().map(|(size, duration)| To::Media(size, duration)).collect();
        let sidx = read(&sidx(1000, 3, 5, &references), first).unwrap();
        prop_assert_eq!(sidx.runs.len(), sidx.ranges.len() as u64);
        for pair in sidx.ranges.windows(2) {
            prop_assert!(pair[0].last < pair[1].first);
        }
    }
}
