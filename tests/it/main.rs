//! What a swarm does, told as stories: real engines, a virtual clock.

mod command;
mod corpus;
mod faults;
mod hostile;
mod mesh;
mod packed;
mod replay;
mod scenarios;
mod sharing;

use swarm_tests::story::{Film, Story};

/// A film of two minutes in segments of 2 s and 50 KB.
fn film() -> Film {
    Film {
        segment_secs: 2,
        segments: 60,
        segment_bytes: 50_000,
        live: false,
    }
}

/// The same, live.
fn event() -> Film {
    Film { live: true, ..film() }
}

#[expect(clippy::needless_pass_by_value, reason = "stories read better so")]
fn world(title: Film) -> Story {
    Story::new(&title, 7)
}
