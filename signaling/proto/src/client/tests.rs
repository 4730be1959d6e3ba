//! Scenarios of one client against a hand-played server, and of clients and a server wired in memory.

mod door;
mod harness;
mod negotiation;
mod relayed;
mod session;
mod swarm;
mod switch;
