//! When a neighbour is told something, and what.

use super::*;
use crate::id::{Member, PeerId};
use crate::swarm::NO_HEAD;

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

const OWN: Own = Own { uplink: 12, head: 50 };

fn own(head: i32) -> Own {
    Own { uplink: 12, head }
}

fn list(members: &[u8]) -> Vec<Neighbour> {
    let known = |number: &u8| Neighbour {
        peer: PeerId::new(&format!("k{number}")).unwrap(),
        member: Member([*number; 8]),
        uplink: 11,
        links: 3,
        head: 7,
    };
    members.iter().map(known).collect()
}

fn sketch(rank: u8) -> Sketch {
    Sketch::read(&[rank; 64]).unwrap()
}

/// What was told: (neighbours, registers), or nothing.
fn parts(frame: Option<Frame>) -> Option<(usize, usize)> {
    let Some(Frame::Neighbours {
        neighbours, sketch, ..
    }) = frame
    else {
        return None;
    };
    Some((neighbours.len(), sketch.len()))
}

#[test]
fn tells_all_at_first_and_then_what_is_new() {
    let mut told = Told::default();
    assert!(told.is_first());
    let mut tell = |now, head, links, members: &[u8], rank| {
        parts(told.news(at(now), own(head), links, list(members), (7, sketch(rank))))
    };
    assert_eq!(tell(0, 50, 3, &[1, 2], 1), Some((2, 64)));
    assert_eq!(
        tell(1_000, 51, 3, &[1, 2], 1),
        None,
        "the playhead is where it should be"
    );
    assert_eq!(tell(2_000, 52, 3, &[1, 2], 2), Some((0, 64)));
    assert_eq!(
        tell(3_000, 53, 4, &[1, 2, 3], 2),
        Some((0, 0)),
        "another link; its name can wait"
    );
    assert_eq!(tell(4_000, 54, 4, &[1, 2, 3], 2), Some((3, 0)));
    assert_eq!(tell(5_000, 80, 4, &[1, 2, 3], 2), Some((0, 0)), "it jumped");
    assert_eq!(tell(6_000, 81, 4, &[1, 2, 3], 2), None);
}

#[test]
fn tells_of_itself_every_five_seconds_and_of_others_every_fifteen() {
    let mut told = Told::default();
    let mut spoken = Vec::new();
    for second in 0..31_u32 {
        let own = own(50 + i32::try_from(second).unwrap());
        let now = at(u64::from(second) * 1_000);
        if let Some(parts) = parts(told.news(now, own, 3, list(&[1]), (7, sketch(1)))) {
            spoken.push((second, parts.0));
        }
    }
    assert_eq!(
        spoken,
        [(0, 1), (5, 0), (10, 0), (15, 1), (20, 0), (25, 0), (30, 1)]
    );
}

#[test]
fn a_playhead_that_stands_still_says_so() {
    let mut told = Told::default();
    let mut tell = |now| told.news(at(now), OWN, 3, Vec::new(), (7, sketch(1))).is_some();
    assert!(tell(0) && !tell(1_000) && !tell(2_000) && tell(3_000));
}

#[test]
fn a_playhead_that_is_unknown_is_no_news() {
    let mut told = Told::default();
    let mut tell = |now, head| {
        told.news(at(now), own(head), 3, Vec::new(), (7, sketch(1)))
            .is_some()
    };
    assert!(tell(0, NO_HEAD) && !tell(4_000, NO_HEAD));
    assert!(tell(4_100, 10) && !tell(5_000, 11), "until it is known");
}

#[test]
fn a_new_epoch_is_news() {
    let mut told = Told::default();
    let mut tell = |now, epoch| parts(told.news(at(now), OWN, 3, Vec::new(), (epoch, sketch(1))));
    assert_eq!(tell(0, 7), Some((0, 64)));
    assert_eq!(tell(100, 8), Some((0, 64)));
    assert_eq!(tell(200, 8), None);
}
