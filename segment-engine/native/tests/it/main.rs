//! The seeder and its binary against a real origin; signaling is away here, and met in player-demo's tests.

mod binary;
mod origin;
mod seeding;
