//! Who feeds whom while all goes well.

use std::time::Duration;

use segment_engine::Event;
use segment_engine::config::Config;
use segment_engine::output::Source;
use swarm_tests::Conduct;

use crate::{event, film, world};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_seeder_fetches_each_segment_once_and_signs_it() {
    let mut world = world(film());
    let seeder = world.add_seeder();
    world.run(MINUTE);
    let stats = world.stats(seeder);
    assert_eq!(
        (stats.stored_segments, stats.known_digests),
        (122, 122),
        "60 of each rung, and two init"
    );
    assert_eq!(world.sent(), stats.received.origin);
    assert_eq!(world.sent(), 120 * 50_000 + 2 * 700);
}

#[test]
fn a_second_viewer_is_fed_by_the_first() {
    let mut world = world(film());
    let seeder = world.add_seeder();
    world.run(MINUTE);
    let first = world.add_viewer(Conduct::Honest);
    world.introduce(first, seeder);
    world.play(first, 0, 1, 20);
    world.run(Duration::from_secs(30));
    let second = world.add_viewer(Conduct::Honest);
    world.introduce(second, first);
    world.introduce(second, seeder);
    world.play(second, 0, 1, 20);
    world.run(MINUTE);

    for viewer in [first, second] {
        assert!(world.is_done(viewer));
        assert_eq!(world.stalls(viewer), 0);
    }
    let stats = world.stats(second);
    assert_eq!(stats.delivered.total(), 20 * 50_000 + 700);
    assert_eq!(
        stats.delivered.origin,
        50_000 + 700,
        "the first segment is fetched at once"
    );
    assert!(
        stats.received.peer > stats.received.seeder,
        "viewers come before seeders: {stats:?}"
    );
    let unverified = |event: &Event| {
        matches!(
            event,
            Event::SegmentReceived {
                source: Source::Peer | Source::Seeder,
                verified: false,
                ..
            }
        )
    };
    assert!(!world.events(second).any(unverified));
}

#[test]
fn segments_are_fetched_ahead_from_peers_and_never_from_the_origin() {
    let mut world = world(film());
    let seeder = world.add_seeder();
    world.run(MINUTE);
    let viewer = world.add_viewer(Conduct::Honest);
    world.introduce(viewer, seeder);
    world.play(viewer, 0, 1, 3);
    world.run(Duration::from_secs(5));
    let stats = world.stats(viewer);
    assert!(
        stats.stored_segments > 10,
        "30 s ahead of what was asked for: {stats:?}"
    );
    assert_eq!(stats.received.origin, 50_000 + 700);
}

#[test]
fn after_a_jump_the_origin_is_asked_at_once_and_peers_for_the_rest() {
    let mut world = world(film());
    let seeder = world.add_seeder();
    world.run(MINUTE);
    let viewer = world.add_viewer(Conduct::Honest);
    world.introduce(viewer, seeder);
    world.play(viewer, 0, 1, 60);
    world.run(Duration::from_secs(10));
    let before = world.stats(viewer).delivered.origin;
    world.seek(viewer, 50);
    world.run(Duration::from_secs(30));
    let stats = world.stats(viewer);
    assert_eq!(stats.delivered.origin - before, 50_000);
    assert!(world.is_done(viewer));
    assert_eq!(world.stalls(viewer), 0);
}

#[test]
fn a_jump_back_is_served_from_the_store() {
    let mut world = world(film());
    let viewer = world.add_viewer(Conduct::Honest);
    world.play(viewer, 0, 1, 60);
    world.run(Duration::from_secs(10));
    let sent = world.sent();
    world.seek(viewer, 1);
    world.run(Duration::from_secs(1));
    assert_eq!(world.sent(), sent);
    assert!(world.stats(viewer).hits >= 6);
}

#[test]
fn viewers_of_a_live_stream_are_fed_at_its_edge() {
    let mut world = world(event());
    world.run(MINUTE);
    let seeder = world.add_seeder();
    world.run(Duration::from_secs(2));
    let viewers = [
        world.add_viewer(Conduct::Honest),
        world.add_viewer(Conduct::Honest),
    ];
    world.introduce(viewers[0], seeder);
    world.introduce(viewers[1], seeder);
    world.introduce(viewers[1], viewers[0]);
    // Segment 29 ends 4 s before now: 6 s of delay, and each next one is there 2 s later.
    for viewer in viewers {
        world.play(viewer, 1, 28, 48);
    }
    world.run(MINUTE);
    for viewer in viewers {
        let stats = world.stats(viewer);
        assert!(world.is_done(viewer), "{stats:?}");
        let offload = 1.0 - stats.delivered.origin as f64 / world.watched(viewer) as f64;
        assert!(offload > 0.6, "offload {offload}: {stats:?}");
    }
}

#[test]
fn without_a_key_nothing_from_a_peer_is_played() {
    let mut world = world(film());
    let seeder = world.add_seeder();
    world.run(MINUTE);
    let viewer = world.add(Config::viewer("title"), Conduct::Honest);
    world.tell_manifest(viewer);
    world.introduce(viewer, seeder);
    world.play(viewer, 0, 1, 10);
    world.run(MINUTE);
    assert!(world.is_done(viewer));
    assert_eq!(
        world.stats(viewer).delivered.origin,
        world.stats(viewer).delivered.total()
    );
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = || {
        let mut world = world(event());
        world.run(MINUTE);
        let seeder = world.add_seeder();
        let viewers: Vec<_> = (0..4).map(|_| world.add_viewer(Conduct::Honest)).collect();
        for (index, viewer) in viewers.iter().enumerate() {
            world.introduce(*viewer, seeder);
            for other in &viewers[..index] {
                world.introduce(*viewer, *other);
            }
            world.play(*viewer, 0, 28, 40);
        }
        world.run(MINUTE);
        let told = |viewer: &_| {
            (
                world.stats(*viewer),
                world.events(*viewer).cloned().collect::<Vec<_>>(),
            )
        };
        viewers.iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}
