//! What a swarm does, told as stories: real engines, a virtual clock.

mod corpus;
mod faults;
mod hostile;
mod packed;
mod sharing;

use swarm_tests::{Title, World};

/// A film of two minutes in segments of 2 s and 50 KB.
fn film() -> Title {
    Title {
        segment_secs: 2,
        segments: 60,
        segment_bytes: 50_000,
        live: false,
    }
}

/// The same, live.
fn event() -> Title {
    Title { live: true, ..film() }
}

fn world(title: Title) -> World {
    World::new(title, 7)
}
