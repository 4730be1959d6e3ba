//! The limits and timing of a server, and their ranges.

use std::time::Duration;

use super::block::BlockKey;
use super::name::Whereabouts;
use crate::message::write::write_ice_servers;
use crate::message::{IceServer, MAX_FRAME, Policy};
use crate::parse::{are_ice_servers, is_policy, is_signer};
use crate::range::{OutOfRange, in_range, require};
use crate::sdp::SdpRules;

/// The settings of a server's rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomsConfig {
    /// ICE servers that clients are told for their peer connections. Default none: host candidates only. At most 8,
    /// with 8 URLs each, and 8 KiB in all.
    pub ice_servers: Vec<IceServer>,
    /// The key whose signatures under digests count, as clients are told. Default none: they are configured with one,
    /// or trust nobody.
    pub signer: Option<String>,
    /// What clients are asked for, as they are told. Default: nothing.
    pub policy: Policy,
    /// The rules for what is carried of descriptions and candidates. Default none: they are carried as they come. A
    /// server that faces the world has rules.
    pub descriptions: Option<SdpRules>,
    /// The server and shard of these rooms, with which peer ids begin. Default all zero.
    pub whereabouts: Whereabouts,
    /// The key that members' blocks of addresses are hidden from other rooms with. The same for all rooms of a swarm.
    /// Default: a public one, with which every block can be tried.
    pub blocks: BlockKey,
    /// Whether there are other rooms of these swarms. Default: there are none.
    pub abroad: Abroad,
    /// How often clients ping. Default 25 s, below the 30 to 60 s after which proxies close an idle connection;
    /// 1 s to 5 min. A connection that says nothing for 2.5 intervals is closed.
    pub ping_interval: Duration,
    /// How long a connection may take to join. Default 5 s; 100 ms to 60 s.
    pub join_timeout: Duration,
    /// How many messages a second a connection may send in the long run. Default 50; 1 to 10,000.
    pub message_rate: u32,
    /// How many messages it may send at once. Default 300; 1 to 100,000. Twelve negotiations that start together
    /// send some 12 x (1 description + 10 candidates) = 132 messages within a second, a seeder's sixteen 180.
    pub message_burst: u32,
    /// The most peers that one peer is paired with. Default 256, for seeders; 1 to 1024. Viewers take fewer: they tell
    /// how many when they join, and the less loaded are paired first.
    pub pairs_per_peer: usize,
    /// How long two peers that ended a pairing are kept apart. Default 15 s; 0 to 10 min.
    pub repair_after: Duration,
    /// How many peers a swarm holds. Default 10,000; at least 2.
    pub peers_per_swarm: usize,
    /// How many swarms there are at once. Default 10,000; at least 1.
    pub swarms: usize,
    /// How many connections there are at once. Default 20,000; at least 1. Each costs the server some 10 KB.
    pub connections: usize,
    /// How many connections one address (IPv4) or one /64 (IPv6) has at once. Default 128; at least 1. Viewers behind
    /// one carrier-grade NAT share an address.
    pub connections_per_address: usize,
}

/// Whether swarms have rooms beside those of one [`Rooms`](super::Rooms).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abroad {
    /// They have none.
    Nowhere,
    /// They may: each introduction is looked for there too.
    Elsewhere,
}

impl Default for RoomsConfig {
    fn default() -> Self {
        Self {
            ice_servers: Vec::new(),
            signer: None,
            policy: Policy::default(),
            descriptions: None,
            whereabouts: Whereabouts::default(),
            blocks: BlockKey::default(),
            abroad: Abroad::Nowhere,
            ping_interval: Duration::from_secs(25),
            join_timeout: Duration::from_secs(5),
            message_rate: 50,
            message_burst: 300,
            pairs_per_peer: 256,
            repair_after: Duration::from_secs(15),
            peers_per_swarm: 10_000,
            swarms: 10_000,
            connections: 20_000,
            connections_per_address: 128,
        }
    }
}

impl RoomsConfig {
    /// Checks every field against its range.
    ///
    /// # Errors
    /// Names the first field that is out of range.
    pub fn validate(&self) -> Result<(), OutOfRange> {
        let millis = Duration::from_millis;
        let servers = are_ice_servers(&self.ice_servers) && self.ice_bytes() <= MAX_FRAME / 2;
        require(
            servers,
            "ice_servers",
            "at most 8 servers with 1 to 8 stun: or turn: URLs each, 8 KiB in all",
        )?;
        require(
            self.signer.as_ref().is_none_or(|key| is_signer(key)),
            "signer",
            "a public key of 64 hexadecimal digits",
        )?;
        require(
            is_policy(&self.policy),
            "policy",
            "at most 1024 peers, max_peers no fewer than min_peers",
        )?;
        let pings = millis(1_000)..=millis(300_000);
        in_range("ping_interval", &self.ping_interval, &pings, "1 s to 5 min")?;
        let joins = millis(100)..=millis(60_000);
        in_range("join_timeout", &self.join_timeout, &joins, "100 ms to 60 s")?;
        in_range("message_rate", &self.message_rate, &(1..=10_000), "1 to 10000")?;
        in_range(
            "message_burst",
            &self.message_burst,
            &(1..=100_000),
            "1 to 100000",
        )?;
        in_range("pairs_per_peer", &self.pairs_per_peer, &(1..=1024), "1 to 1024")?;
        let apart = Duration::ZERO..=millis(600_000);
        in_range("repair_after", &self.repair_after, &apart, "0 to 10 min")?;
        require(self.peers_per_swarm >= 2, "peers_per_swarm", "at least 2")?;
        require(self.swarms >= 1, "swarms", "at least 1")?;
        require(self.connections >= 1, "connections", "at least 1")?;
        require(
            self.connections_per_address >= 1,
            "connections_per_address",
            "at least 1",
        )
    }

    fn ice_bytes(&self) -> usize {
        let mut text = String::new();
        write_ice_servers(&mut text, &self.ice_servers);
        text.len()
    }
}
