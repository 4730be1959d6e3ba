//! What leaves an uplink, when, and in which order.

use segment_engine::id::PeerId;
use segment_engine::wire::Message;

use super::*;
use crate::net::End;
use crate::node_id::NodeId;

fn links(count: u32) -> Vec<Link> {
    let name = |number: u32| PeerId::new(&format!("p{number}")).expect("a name");
    (0..count)
        .map(|number| {
            Link::new(
                (NodeId(0), name(number + 1)),
                (NodeId(number + 1), name(0)),
                10_000,
            )
        })
        .collect()
}

fn path_of(link: u32) -> PathId {
    PathId::new(super::super::LinkId(link), 0)
}

fn parcel(bytes: usize) -> Parcel {
    Parcel::Message(Message::from_bytes(vec![0; bytes]))
}

/// All that leaves by the end, in order: which link, when.
fn drain(uplink: &mut Uplink, links: &mut [Link]) -> Vec<(u32, u64)> {
    let mut left = Vec::new();
    let mut now = 0;
    loop {
        let mut out = Departures::default();
        uplink.serve(now, links, &mut out);
        left.extend(out.0.iter().map(|(path, _, at)| (path.link().0, *at)));
        let Some(due) = uplink.due.take() else {
            return left;
        };
        for path in uplink.take_touched() {
            links[path.link().0 as usize].paths[0].touched = false;
        }
        now = due;
    }
}

#[test]
fn channels_take_turns_and_the_line_is_never_faster_than_its_rate() {
    let mut links = links(3);
    // A megabyte per second; a piece of 16 KiB takes 17.66 ms with its headers.
    let mut uplink = Uplink::new(1_000_000);
    for _ in 0..3 {
        uplink.push(&mut links, path_of(0), parcel(16_384));
    }
    uplink.push(&mut links, path_of(1), parcel(16_384));
    uplink.push(&mut links, path_of(2), parcel(100));
    let left = drain(&mut uplink, &mut links);
    let order: Vec<u32> = left.iter().map(|(link, _)| *link).collect();
    assert_eq!(order, [0, 1, 2, 0, 0]);
    let bytes = 4 * on_the_wire(16_384) + on_the_wire(100);
    assert_eq!(left.last().map(|(_, at)| *at), Some(bytes));
    assert!(links.iter().all(|link| link.paths[0].waiting == 0));
}

#[test]
fn a_channel_is_held_to_its_own_rate_while_others_go_on() {
    let mut links = links(2);
    links[0].rate = 100_000;
    let mut uplink = Uplink::new(10_000_000);
    for _ in 0..3 {
        uplink.push(&mut links, path_of(0), parcel(16_384));
        uplink.push(&mut links, path_of(1), parcel(16_384));
    }
    let left = drain(&mut uplink, &mut links);
    let slow: Vec<u64> = left
        .iter()
        .filter(|(link, _)| *link == 0)
        .map(|(_, at)| *at)
        .collect();
    let fast = left
        .iter()
        .filter(|(link, _)| *link == 1)
        .map(|(_, at)| *at)
        .max();
    let each = on_the_wire(16_384) * 10;
    assert!(slow[1] >= each && slow[2] >= 2 * each, "{slow:?}");
    assert!(fast < Some(each), "{fast:?}");
}

#[test]
fn small_messages_of_a_burst_leave_in_one_turn() {
    let mut links = links(12);
    let mut uplink = Uplink::new(1_000_000);
    for link in 0..12 {
        uplink.push(&mut links, path_of(link), parcel(200));
    }
    let mut out = Departures::default();
    uplink.serve(0, &mut links, &mut out);
    assert_eq!(out.0.len(), 12);
    assert_eq!(uplink.take_touched().len(), 12);
    assert!(links.iter().all(|link| link.paths[0].end == End::Negotiating));
}
