//! A simulator of swarms: real engines, real signaling and players over a virtual network, under one virtual clock.
//!
//! A [`Scenario`](scenario::Scenario) says who watches what; a run of it with a seed gives figures, and the same seed gives
//! the same run on every machine. What must hold always is checked on the way: a player is never handed a byte that is
//! not the origin's, nothing grows over its budget, and no honest peer finds fault with another.

#![expect(
    clippy::cast_possible_truncation,
    reason = "scenarios are read and figures are reckoned in doubles, far within the range of what they become"
)]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "frames, inputs and events of later versions are passed on as they are"
)]

mod adversary;
pub mod bounds;
mod clock;
pub mod command;
pub mod figures;
pub mod hostile;
mod net;
mod node;
mod node_id;
mod origin;
mod player;
mod report;
pub mod run;
pub mod scenario;
pub mod story;
mod world;

pub use adversary::Conduct;
pub use node_id::NodeId;
pub use world::{Peaks, Recorded};
