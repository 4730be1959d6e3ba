//! The seeder and its binary against a real origin; signaling is away or played here, and met in player-demo's tests.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not get, fails it")]

mod binary;
mod cluster;
mod door;
mod draining;
mod face;
mod faults;
mod follow;
mod inspect;
mod keys;
mod logs;
mod mishaps;
mod operation;
mod origin;
// The library's own tests use it, and small_disk, too.
#[path = "../../src/scratch.rs"]
mod scratch;
mod scripted;
mod seeding;
mod shelf;
mod sign;
mod sign_files;
mod site_files;
#[path = "../../src/small_disk.rs"]
mod small_disk;
mod stage;
mod uplink;
