//! Each bound, broken once: a run that breaks it ends, and one that breaks none goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use segment_engine::Input;
use segment_engine::wire::Message;

use super::*;
use crate::adversary::Conduct;
use crate::net::Parcel;
use crate::node::Carried;
use crate::origin::Asker;
use crate::story::{Film, Story};

/// What breaks a story.
type Change = fn(&mut Story);

/// A seeder and a viewer with a link between them, and a film of a minute.
const SEEDER: NodeId = NodeId(0);
const VIEWER: NodeId = NodeId(1);

fn linked() -> Story {
    let film = Film {
        segment_secs: 2,
        segments: 30,
        segment_bytes: 50_000,
        live: false,
    };
    let mut story = Story::new(&film, 7);
    let seeder = story.add_seeder();
    let viewer = story.add_viewer(Conduct::Honest);
    assert_eq!((seeder, viewer), (SEEDER, VIEWER));
    story.introduce(viewer, seeder);
    story.run(Duration::from_secs(2));
    story
}

fn limits(story: &mut Story, node: NodeId) -> &mut Limits {
    &mut story.world.nodes[node.index()].limits
}

/// The message of what ends a story in which something is broken; `None` where it goes on.
fn ended_by(breaks: Change) -> Option<String> {
    let told = catch_unwind(AssertUnwindSafe(|| {
        let mut story = linked();
        breaks(&mut story);
        story.play(VIEWER, 0, 1, 20);
        story.run(Duration::from_secs(20));
        assert!(story.watched(VIEWER) > 500_000, "the story goes on");
    }));
    told.err().map(|panic| {
        let text = panic.downcast_ref::<String>();
        text.expect("it says what is broken").clone()
    })
}

#[test]
fn a_story_that_keeps_within_all_bounds_goes_on() {
    assert_eq!(ended_by(|_| {}), None);
}

#[test]
fn whatever_breaks_a_bound_ends_the_run() {
    let table: [(Change, &str); 8] = [
        (
            |story| limits(story, VIEWER).stored = 100_000,
            "bytes, over its budget of 100000",
        ),
        (
            |story| limits(story, VIEWER).links = 0,
            "node 1 has 1 links, over its 0",
        ),
        (
            |story| limits(story, SEEDER).uploads = 200_000,
            "bytes of pieces within 10 s, over its budget of 200000",
        ),
        (
            |story| {
                let peer = story.peer_id(SEEDER);
                story.tell(VIEWER, Input::PeerConnected(peer));
            },
            "node 1 was told what breaks the driver's contract",
        ),
        (
            |story| {
                let peer = story.peer_id(SEEDER);
                let path = story.world.nodes[VIEWER.index()].path_to(&peer).expect("a link");
                let message = || Parcel::Message(Message::from_bytes(vec![0; 16 << 10]));
                (0..400).for_each(|_| story.world.push(path, message()));
            },
            "bytes wait for one peer of node 1",
        ),
        (
            |story| {
                let socket = &mut story.world.nodes[VIEWER.index()].socket;
                socket.up.extend((0..=MOST_TOLD).map(|_| (0, Carried::Close)));
            },
            "messages wait between node 1 and signaling",
        ),
        (
            |story| {
                let url = crate::origin::Title::manifest_url();
                for _ in 0..=MOST_REQUESTS {
                    story.world.request(VIEWER, Asker::Manifest, &url, None);
                }
            },
            "requests under way",
        ),
        (
            |story| story.world.check_wanted(VIEWER, MOST_WANTED + 1),
            "node 1 wants 16385 things at once",
        ),
    ];
    for (breaks, expected) in table {
        let told = ended_by(breaks).unwrap_or_default();
        assert!(told.contains(expected), "{expected}: {told}");
    }
}

#[test]
fn what_may_leave_is_measured_by_the_line_except_where_links_hold_a_seeder_back() {
    let mut story = linked();
    // 80 % of 20 Mbit/s for ten seconds, a quarter more, and what may leave at once.
    assert_eq!(limits(&mut story, VIEWER).uploads, 25_000_000 + AT_ONCE);
    assert_eq!(limits(&mut story, SEEDER).uploads, u64::MAX);
}

#[test]
fn pieces_that_a_node_withholds_do_not_leave_it() {
    let mut story = linked();
    let miser = story.add_viewer(Conduct::Withholds);
    story.introduce(miser, SEEDER);
    story.play(miser, 0, 1, 10);
    story.run(Duration::from_secs(4));
    story.introduce(VIEWER, miser);
    limits(&mut story, miser).uploads = 0;
    story.play(VIEWER, 0, 1, 10);
    story.run(Duration::from_secs(20));
    assert!(
        story.stats(miser).uploaded > 0,
        "its engine believes that they left"
    );
    assert_eq!(story.stats(VIEWER).received.peer, 0);
}

#[test]
fn uploads_are_counted_by_whiles_of_ten_seconds() {
    // (bytes that may leave within a while, when how many leave, the bytes of the while that were too many)
    let table = [
        (100, vec![(0, 60), (9, 40)], None),
        (100, vec![(0, 60), (9, 41)], Some(101)),
        (100, vec![(0, 60), (10, 41)], None),
        (100, vec![(0, 60), (12, 60), (21, 60)], Some(120)),
        (100, vec![(0, 60), (12, 60), (22, 60)], None),
        (0, vec![(0, 1)], Some(1)),
    ];
    for (uploads, leaves, expected) in table {
        let mut limits = Limits {
            stored: 0,
            links: 0,
            uploads,
            lately: (0, 0),
        };
        let told = leaves
            .iter()
            .find_map(|(at, bytes)| limits.on_upload(at * SECOND, *bytes).err());
        assert_eq!(told, expected, "{uploads}, {leaves:?}");
    }
}
