//! What goes wrong, and that playback goes on.

use std::time::Duration;

use segment_engine::output::{DisconnectReason, RescueReason};
use segment_engine::{Event, Input};
use swarm_tests::story::{Film, Story};
use swarm_tests::{Conduct, NodeId};

use crate::{event, film, world};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn plays_on_when_signaling_then_the_seeder_then_the_last_peer_dies() {
    let mut world = world(film());
    let (seeder, first, second) = watched_by_two(&mut world, Conduct::Honest);
    world.run(Duration::from_secs(8));
    for viewer in [first, second] {
        world.tell(viewer, Input::SignalingDown);
    }
    world.run(Duration::from_secs(8));
    world.kill(seeder);
    world.run(Duration::from_secs(8));
    world.kill(first);
    world.run(MINUTE * 2);
    assert_plays_well(&world, second);
    assert!(
        world.stats(second).delivered.origin > 50_000,
        "the origin takes over"
    );
}

#[test]
fn a_peer_that_alters_bytes_is_dropped_and_not_taken_back() {
    let mut world = world(film());
    let (_, liar, honest) = watched_by_two(&mut world, Conduct::Alters);
    world.run(MINUTE * 2);
    assert_plays_well(&world, honest);
    let liar_id = world.peer_id(liar).clone();
    let corrupt = |event: &&Event| matches!(event, Event::CorruptPiece { peer, .. } if *peer == liar_id);
    let dropped = |event: &&Event| {
        let reason = Some(DisconnectReason::Corrupt);
        **event
            == Event::PeerLeft {
                peer: liar_id.clone(),
                reason,
            }
    };
    assert!(world.events(honest).any(|event| corrupt(&event)));
    assert_eq!(world.events(honest).filter(dropped).count(), 1);
    let corrupt = world.stats(honest).corrupt;
    world.introduce(honest, liar);
    world.run(Duration::from_secs(5));
    assert_eq!(
        (world.stats(honest).peers, world.stats(honest).corrupt),
        (0, corrupt)
    );
}

#[test]
fn a_peer_that_promises_and_sends_nothing_costs_no_stall() {
    let mut world = world(film());
    world.run(MINUTE);
    let (_, _, honest) = watched_by_two(&mut world, Conduct::Withholds);
    world.run(MINUTE * 2);
    assert_plays_well(&world, honest);
    let dropped = |event: &Event| {
        matches!(
            event,
            Event::PeerLeft {
                reason: Some(DisconnectReason::Unresponsive),
                ..
            }
        )
    };
    assert!(world.events(honest).any(dropped));
}

#[test]
fn a_seeder_that_stops_sending_is_overtaken_by_the_origin_in_time() {
    let mut world = world(film());
    let seeder = {
        let config = segment_engine::Config::seeder("title", "http://origin.test/manifest.mpd");
        world.add(config, Conduct::Withholds)
    };
    world.run(MINUTE);
    let viewer = world.add_viewer(Conduct::Honest);
    world.introduce(viewer, seeder);
    world.play(viewer, 0, 1, 20);
    world.run(MINUTE);
    assert_plays_well(&world, viewer);
    let rescued = |event: &Event| {
        matches!(
            event,
            Event::Rescued {
                reason: RescueReason::Deadline | RescueReason::NoPeerLeft,
                ..
            }
        )
    };
    assert!(world.events(viewer).any(rescued));
}

#[test]
fn an_origin_that_is_away_is_bridged_by_peers() {
    let mut world = world(film());
    let (_, _, second) = watched_by_two(&mut world, Conduct::Honest);
    world.run(Duration::from_secs(6));
    world.lose_origin();
    world.run(MINUTE * 2);
    assert_plays_well(&world, second);
}

#[test]
fn a_seeder_waits_for_an_origin_that_is_away() {
    let mut world = world(film());
    world.lose_origin();
    let seeder = world.add_seeder();
    world.run(MINUTE);
    let unreachable = |event: &Event| matches!(event, Event::ManifestUnreachable { .. });
    let tries = world.events(seeder).filter(|event| unreachable(event)).count();
    assert!((5..20).contains(&tries), "{tries} tries in a minute");
    world.restore_origin();
    world.run(MINUTE);
    assert_eq!(world.stats(seeder).known_digests, 122);
}

#[test]
fn a_seeder_that_starts_again_seeds_again_what_the_swarm_knows() {
    let mut world = world(film());
    let first = world.add_seeder();
    world.run(MINUTE);
    let viewer = world.add_viewer(Conduct::Honest);
    world.introduce(viewer, first);
    world.play(viewer, 0, 1, 4);
    world.run(Duration::from_secs(5));
    world.kill(first);
    let second = world.add_seeder();
    world.introduce(viewer, second);
    world.run(MINUTE);
    assert_eq!(world.stats(second).stored_segments, 122);
    let before = world.stats(viewer).received.seeder;
    world.seek(viewer, 40);
    world.play(viewer, 0, 40, 60);
    world.run(MINUTE);
    assert_plays_well(&world, viewer);
    assert!(
        world.stats(viewer).received.seeder > before,
        "its signatures are those of before"
    );
}

#[test]
fn a_viewer_learns_a_long_title_whole_however_many_batches_it_takes() {
    let hours = Film {
        segments: 7_200,
        segment_bytes: 500,
        ..film()
    };
    let mut world = world(hours);
    world.set_round_trip(Duration::from_millis(400));
    let seeder = world.add_seeder();
    world.run(MINUTE * 30);
    assert_eq!(world.stats(seeder).known_digests, 14_402);
    let viewer = world.add_viewer(Conduct::Honest);
    world.introduce(viewer, seeder);
    world.run(Duration::from_secs(20));
    let stats = world.stats(viewer);
    assert_eq!((stats.seeders, stats.known_digests), (1, 14_402));
}

#[test]
fn asks_for_peers_again_when_every_dial_failed() {
    let mut world = world(film());
    let viewer = world.add_viewer(Conduct::Honest);
    let dead: Vec<_> = (0..6).map(|_| world.add_viewer(Conduct::Honest)).collect();
    for peer in &dead {
        world.introduce(viewer, *peer);
        world.kill(*peer);
    }
    world.run(Duration::from_secs(3));
    let asked = world.wanted(viewer);
    for peer in &dead {
        let closed = Input::PeerClosed(world.peer_id(*peer).clone());
        world.tell(viewer, closed);
    }
    world.run(Duration::from_secs(5));
    assert!(world.wanted(viewer) > asked);
}

#[test]
fn a_live_seeder_fetches_what_comes_and_only_that() {
    let mut world = world(event());
    world.run(MINUTE);
    let seeder = world.add_seeder();
    world.run(MINUTE);
    // 60 s of two rungs since it started, the window's 60 s before that, and two init segments.
    let known = world.stats(seeder).known_digests;
    assert!((2 * 58..=2 * 62).contains(&known), "{known}");
    let failed = |event: &Event| matches!(event, Event::OriginFailed { .. });
    assert_eq!(
        world.events(seeder).filter(|event| failed(event)).count(),
        0,
        "none was asked for too early"
    );
}

fn watched_by_two(world: &mut Story, first: Conduct) -> (NodeId, NodeId, NodeId) {
    let seeder = world.add_seeder();
    world.run(MINUTE);
    let first = world.add_viewer(first);
    world.introduce(first, seeder);
    world.play(first, 0, 1, 40);
    world.run(Duration::from_secs(10));
    let second = world.add_viewer(Conduct::Honest);
    world.introduce(second, seeder);
    world.introduce(second, first);
    world.play(second, 0, 1, 40);
    (seeder, first, second)
}

fn assert_plays_well(world: &Story, viewer: NodeId) {
    assert!(world.is_done(viewer), "{:?}", world.stats(viewer));
    assert_eq!(world.stalls(viewer), 0, "{:?}", world.stats(viewer));
}
