//! What a server counts, for its metrics: no peer or address in it.

use std::ops::AddAssign;

/// A snapshot of a server's figures. The first four are current values, the others count up from the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RoomsStats {
    /// Connections that are open.
    pub connections: u64,
    /// Rooms with a member: as many as swarms, where none is split.
    pub swarms: u64,
    /// Members of all swarms.
    pub peers: u64,
    /// Pairings that are held; one with a member of another room counts in both.
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
    /// Candidates that were not carried, for their addresses.
    pub filtered: u64,
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
    /// Connections that a newer one with the same token took the place of.
    pub replaced: u64,
    /// Connections over the limits of those whose request has not come yet.
    pub full_pending: u64,
    /// Connections without a request in time.
    pub request_timeout: u64,
    /// Connections that did not join in time.
    pub join_timeout: u64,
    /// Connections that went silent.
    pub silent: u64,
    /// Connections over the limit of a token.
    pub full_token: u64,
    /// Joins without a token that lets in.
    pub forbidden: u64,
    /// Connections of pages of origins that are not allowed.
    pub origin: u64,
    /// Signals that are none of a data channel's.
    pub description: u64,
    /// Viewers who are not in the share that the operator lets in.
    pub switched_off: u64,
}

impl AddAssign for Refusals {
    fn add_assign(&mut self, other: Self) {
        let sums = [
            (&mut self.malformed, other.malformed),
            (&mut self.too_large, other.too_large),
            (&mut self.version, other.version),
            (&mut self.out_of_range, other.out_of_range),
            (&mut self.not_joined, other.not_joined),
            (&mut self.rate_limited, other.rate_limited),
            (&mut self.full_server, other.full_server),
            (&mut self.full_address, other.full_address),
            (&mut self.full_swarm, other.full_swarm),
            (&mut self.replaced, other.replaced),
            (&mut self.full_pending, other.full_pending),
            (&mut self.request_timeout, other.request_timeout),
            (&mut self.join_timeout, other.join_timeout),
            (&mut self.silent, other.silent),
            (&mut self.full_token, other.full_token),
            (&mut self.forbidden, other.forbidden),
            (&mut self.origin, other.origin),
            (&mut self.description, other.description),
            (&mut self.switched_off, other.switched_off),
        ];
        for (sum, more) in sums {
            *sum += more;
        }
    }
}

impl AddAssign for RoomsStats {
    fn add_assign(&mut self, other: Self) {
        let sums = [
            (&mut self.connections, other.connections),
            (&mut self.swarms, other.swarms),
            (&mut self.peers, other.peers),
            (&mut self.pairs, other.pairs),
            (&mut self.joins, other.joins),
            (&mut self.introductions, other.introductions),
            (&mut self.looked_at, other.looked_at),
            (&mut self.offers, other.offers),
            (&mut self.answers, other.answers),
            (&mut self.candidates, other.candidates),
            (&mut self.filtered, other.filtered),
            (&mut self.undeliverable, other.undeliverable),
        ];
        for (sum, more) in sums {
            *sum += more;
        }
        self.refused += other.refused;
    }
}
