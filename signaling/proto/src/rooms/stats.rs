//! What a server counts, for its metrics: no peer or address in it.

/// A snapshot of a server's figures. The first four are of now, the others count up from the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RoomsStats {
    /// Connections that are open.
    pub connections: u64,
    /// Swarms with a member.
    pub swarms: u64,
    /// Members of all swarms.
    pub peers: u64,
    /// Pairings that are held.
    pub pairs: u64,
    /// Joins.
    pub joins: u64,
    /// Pairings made.
    pub introductions: u64,
    /// Members that were looked at to make them: some two for each, however large the swarms are.
    pub looked_at: u64,
    /// Offers carried.
    pub offers: u64,
    /// Answers carried.
    pub answers: u64,
    /// Candidates carried.
    pub candidates: u64,
    /// Signals whose addressee was gone or not paired.
    pub undeliverable: u64,
    /// What was refused.
    pub refused: Refusals,
}

/// How often something was refused, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Refusals {
    /// Not a message.
    pub malformed: u64,
    /// A frame over the limit.
    pub too_large: u64,
    /// Another version of the protocol.
    pub version: u64,
    /// A member out of its range.
    pub out_of_range: u64,
    /// Another message before the join, or a second join.
    pub not_joined: u64,
    /// Messages over the rate.
    pub rate_limited: u64,
    /// Connections over the limit of the server.
    pub full_server: u64,
    /// Connections over the limit of an address.
    pub full_address: u64,
    /// Joins over the limit of swarms, or of a swarm.
    pub full_swarm: u64,
    /// Connections that did not join in time.
    pub join_timeout: u64,
    /// Connections that went silent.
    pub silent: u64,
}
