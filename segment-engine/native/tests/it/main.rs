//! The seeder and its binary against a real origin; signaling is away here, and met in player-demo's tests.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not get, fails it")]

mod binary;
mod door;
mod origin;
mod seeding;
mod shelf;
