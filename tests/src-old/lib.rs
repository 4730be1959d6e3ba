//! Swarms of real engines in one process, driven by a virtual clock.
//!
//! A [`World`] holds engines, the links between them, an origin and players, and moves them through one
//! queue of happenings in the order of (time, sequence). The same seed gives the same run. After every step
//! it checks what must hold always: a player is never handed a byte that is not the origin's, and no engine
//! holds more than its budget.

mod link;
mod node;
mod origin;
mod player;
mod world;

pub use node::{Conduct, NodeId};
pub use origin::{Origin, Title};
pub use player::Viewing;
pub use world::World;
