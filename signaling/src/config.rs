//! The server's configuration: defaults, a TOML file, and the ranges of its values.

mod error;
mod pairing;
mod policy;
mod printing;
mod restart;

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use axum::http::HeaderName;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use service::settings::{self, Expected};
use signaling_proto::lobby::LobbyConfig;
use signaling_proto::message::{IceServer, MAX_ICE_SERVERS, MAX_RETRY_MS};
use signaling_proto::range::{OutOfRange, in_range, require};
use signaling_proto::rooms::announce::{AnnouncersConfig, MAX_OFFERS};
use signaling_proto::rooms::{Abroad, BlockKey, RoomsConfig, Whereabouts};
use signaling_proto::sdp::{Addresses, IceTransportPolicy, SdpRules};

pub use self::error::ConfigError;
pub use self::pairing::PairingChoice;
pub use self::policy::PolicyConfig;
pub(crate) use self::policy::Ramp;

use crate::bus::BusConfig;
use crate::door::{DoorConfig, DoorError};
use crate::places::PlacesConfig;
use crate::tls::TlsConfig;

/// How settings are written whose mistakes the TOML reader tells in terms of Rust's types.
const EXPECTED: [Expected; 3] = [
    ("listen", "an address and a port, as \"127.0.0.1:7800\""),
    ("admin", "an address and a port, as \"127.0.0.1:7801\""),
    ("share", "a whole number of percent, 0 to 100"),
];

/// How a server is set up; the keys of its TOML file are the names of these fields.
///
/// Fields that only name another are as described there, with durations in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen. Default 127.0.0.1:7800; port 0 takes a free one. Only the binary and its file use it.
    pub listen: SocketAddr,
    /// The header in which a reverse proxy tells a client's address, such as `x-forwarded-for`. Its last entry
    /// counts. Default none: the address of the TCP connection. Set it only behind a proxy that sets the header
    /// itself, and name that in `trusted_proxies`; otherwise a client can escape the limit per address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_header: Option<String>,
    /// The networks that proxies are in, such as `10.0.0.0/8`. Only they are believed; in a chain of them, the first
    /// address that is not a proxy's counts. Default: none named, which with `address_header` is allowed on a loopback
    /// address only: whoever connects there is taken for a proxy, but has no more pending connections than any other
    /// address.
    pub trusted_proxies: Vec<IpNet>,
    /// Where `/metrics` and `/healthz` are served. Default 127.0.0.1:7801; port 0 takes a free one. `/healthz` is served on
    /// `listen` too, for load balancers. Only the binary and its file use it.
    pub admin: SocketAddr,
    /// A certificate, for `wss:` without a proxy. Default none: plain `ws:`, behind a proxy that ends TLS.
    pub tls: TlsConfig,
    /// The addresses of its peers that a viewer may learn from candidates: `public`, `private` (also those of private
    /// networks) or `any` (also loopback). Default: `any` where the server listens on a loopback address, or else
    /// `public`. Names that browsers make up for private addresses (mDNS) are carried in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidates: Option<Candidates>,
    /// The key whose signatures under digests count, as clients are told: an Ed25519 public key as 64 hexadecimal
    /// digits. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// How many frames may wait for one connection before it is closed as too slow (1013). Default 128; 1 to 65,536.
    /// Each may take 16 KiB of memory.
    pub queue_frames: usize,
    /// About how many bytes of frames may wait for one connection. Default 256 KiB; 32 KiB to 64 MiB.
    pub queue_bytes: usize,
    /// The time over which clients are told to come back when the server stops. Default 10 s; 0 to 10 min.
    pub drain_ms: u64,
    /// How many members the rooms of a large swarm have in the mean; one takes up to twice as many. Default 512;
    /// 16 to 100,000. Introductions are mostly made within a room.
    pub room_size: usize,
    /// Who is introduced to whom: `nearest`, those near each other first, or `scattered`, anyone to anyone. Default
    /// `nearest`. Clients of `/announce` are scattered in any case.
    pub pairing: PairingChoice,
    /// Whether `/announce` is served, where clients of WebTorrent trackers meet each other. Default no.
    pub webtorrent: bool,
    /// See [`AnnouncersConfig::interval`].
    pub announce_interval_ms: u64,
    /// See [`RoomsConfig::ping_interval`].
    pub ping_interval_ms: u64,
    /// See [`RoomsConfig::join_timeout`]. A client on `/announce` that leaves three pings unanswered, each for as long, is
    /// gone: it is asked when another comes with its `peer_id`.
    pub join_timeout_ms: u64,
    /// See [`RoomsConfig::message_rate`].
    pub message_rate: u32,
    /// See [`RoomsConfig::message_burst`].
    pub message_burst: u32,
    /// See [`RoomsConfig::pairs_per_peer`].
    pub pairs_per_peer: usize,
    /// See [`RoomsConfig::repair_after`].
    pub repair_after_ms: u64,
    /// See [`RoomsConfig::peers_per_swarm`].
    pub peers_per_swarm: usize,
    /// See [`RoomsConfig::swarms`].
    pub swarms: usize,
    /// How many info hashes may be announced at once on `/announce`, beside `swarms`. Default 10,000; at least 1.
    pub announced_swarms: usize,
    /// See [`RoomsConfig::connections`].
    pub connections: usize,
    /// See [`RoomsConfig::connections_per_address`].
    pub connections_per_address: usize,
    /// How many connections may be open whose request has not come yet. Beyond that, the oldest one of the network (/24
    /// or /48) that has the most is closed. Default 4,096: 3,000 newcomers a second, as where a broadcast begins, with
    /// 0.4 s for TLS and the request over a mobile link are 1,200, and two thirds are spare. 1 to 65,536. Each may take
    /// some 20 KB of memory, with TLS 50.
    pub pending: usize,
    /// How many such connections one address (IPv4) or one /64 (IPv6) may have, unless it is among `trusted_proxies`;
    /// further ones are closed at once. Default 64; 1 to 65,536.
    pub pending_per_address: usize,
    /// How long a connection may take until the head of its request is there, TLS included; and then again, until the
    /// request is answered, its body included. A connection serves one request. Default 10 s; 100 ms to 60 s.
    pub request_timeout_ms: u64,
    /// What viewers are asked for: `min_peers` and `max_peers`, how many peers to look for and to take, and
    /// `relay_only`: only the candidates of TURN servers are carried, so that no peer learns another's address; and
    /// `share` and `retry_ms`: how many of them may take part at all. Default: nothing, and all.
    pub policy: PolicyConfig,
    /// See [`RoomsConfig::ice_servers`].
    pub ice_servers: Vec<IceServer>,
    /// Files that tell where addresses are, so that viewers near each other are introduced first. Default: none, and
    /// only the addresses are compared.
    pub places: PlacesConfig,
    /// The other servers of the same swarms. Default: this one is alone.
    pub cluster: BusConfig,
    /// Who is let in: join tokens, origins, and TURN credentials. Default: everybody, without TURN.
    pub door: DoorConfig,
}

/// Which candidates are carried, by their addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Candidates {
    /// Public ones.
    Public,
    /// Those of private networks too.
    Private,
    /// All, for peers on one machine.
    Any,
}

impl Default for Config {
    fn default() -> Self {
        let rooms = RoomsConfig::default();
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 7800)),
            admin: SocketAddr::from((Ipv4Addr::LOCALHOST, 7801)),
            tls: TlsConfig::default(),
            candidates: None,
            signer: None,
            policy: PolicyConfig::default(),
            address_header: None,
            trusted_proxies: Vec::new(),
            queue_frames: 128,
            queue_bytes: 256 << 10,
            drain_ms: 10_000,
            room_size: 512,
            pairing: PairingChoice::default(),
            webtorrent: false,
            announce_interval_ms: millis(AnnouncersConfig::default().interval),
            ping_interval_ms: millis(rooms.ping_interval),
            join_timeout_ms: millis(rooms.join_timeout),
            message_rate: rooms.message_rate,
            message_burst: rooms.message_burst,
            pairs_per_peer: rooms.pairs_per_peer,
            repair_after_ms: millis(rooms.repair_after),
            peers_per_swarm: rooms.peers_per_swarm,
            swarms: rooms.swarms,
            announced_swarms: 10_000,
            connections: rooms.connections,
            connections_per_address: rooms.connections_per_address,
            pending: 4096,
            pending_per_address: 64,
            request_timeout_ms: 10_000,
            ice_servers: rooms.ice_servers,
            places: PlacesConfig::default(),
            cluster: BusConfig::default(),
            door: DoorConfig::default(),
        }
    }
}

impl Config {
    /// Reads a TOML file; what it leaves out keeps its default. The ranges are not checked yet.
    ///
    /// # Errors
    /// When the file cannot be read, or is not a configuration.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        Ok(settings::read(path, &EXPECTED)?)
    }

    /// Checks every field against its range.
    ///
    /// # Errors
    /// Names the first field that is out of range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.rooms(Whereabouts::default()).validate()?;
        self.announcers().validate()?;
        for (field, value, range, expected) in self.ranges() {
            in_range(field, &value, &range, expected)?;
        }
        self.cluster.validate()?;
        self.door.validate().map_err(DoorError::from)?;
        require(
            self.door.turn.urls.is_empty() || self.ice_servers.len() < MAX_ICE_SERVERS,
            "ice_servers",
            "at most 7 servers beside those of door.turn",
        )?;
        if self.policy.relay_only && !self.has_turn() {
            return Err(ConfigError::RelayWithoutTurn);
        }
        if self.listen == self.admin && self.listen.port() != 0 {
            return Err(ConfigError::OneAddress);
        }
        let is_trusting = self.header()?.is_some() && self.trusted_proxies.is_empty();
        if is_trusting && !self.listen.ip().is_loopback() {
            return Err(ConfigError::HeaderOfAnybody);
        }
        Ok(())
    }

    /// Whether viewers are told of a TURN server.
    fn has_turn(&self) -> bool {
        let is_turn = |url: &String| url.starts_with("turn:") || url.starts_with("turns:");
        !self.door.turn.urls.is_empty()
            || self
                .ice_servers
                .iter()
                .any(|server| server.urls.iter().any(is_turn))
    }

    /// The numbers that are checked here: name, value, range, and the range in words.
    fn ranges(&self) -> [(&'static str, u64, RangeInclusive<u64>, &'static str); 10] {
        let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let dearest = if self.webtorrent { wide(MAX_OFFERS + 1) } else { 0 };
        let burst = "at least 11 with webtorrent: an announce counts as one message, and each of its offers";
        let (frames, bytes) = (wide(self.queue_frames), wide(self.queue_bytes));
        let announced = wide(self.announced_swarms);
        let (pending, of_one) = (wide(self.pending), wide(self.pending_per_address));
        [
            (
                "message_burst",
                self.message_burst.into(),
                dearest..=u64::MAX,
                burst,
            ),
            ("queue_frames", frames, 1..=65_536, "1 to 65536"),
            ("queue_bytes", bytes, 32 << 10..=64 << 20, "32768 to 67108864"),
            ("room_size", wide(self.room_size), 16..=100_000, "16 to 100000"),
            ("announced_swarms", announced, 1..=u64::MAX, "at least 1"),
            ("pending", pending, 1..=65_536, "1 to 65536"),
            ("pending_per_address", of_one, 1..=65_536, "1 to 65536"),
            (
                "request_timeout_ms",
                self.request_timeout_ms,
                100..=60_000,
                "100 to 60000",
            ),
            ("drain_ms", self.drain_ms, 0..=MAX_RETRY_MS, "0 to 600000"),
            (
                "policy.retry_ms",
                self.policy.retry_ms,
                1_000..=MAX_RETRY_MS,
                "1000 to 600000",
            ),
        ]
    }

    /// The limits over all rooms, as the rules take them.
    pub(crate) fn lobby(&self, shards: u8) -> LobbyConfig {
        LobbyConfig {
            connections: self.connections,
            connections_per_address: self.connections_per_address,
            swarms: self.swarms,
            announced_swarms: self.announced_swarms,
            peers_per_swarm: self.peers_per_swarm,
            room_size: self.room_size,
            shards,
        }
    }

    /// The settings for `/announce`, as the rules take them.
    pub(crate) fn announcers(&self) -> AnnouncersConfig {
        AnnouncersConfig {
            interval: Duration::from_millis(self.announce_interval_ms),
        }
    }

    /// The limits of rooms, as the rules take them.
    pub(crate) fn rooms(&self, whereabouts: Whereabouts) -> RoomsConfig {
        RoomsConfig {
            whereabouts,
            abroad: Abroad::Elsewhere,
            signer: self.signer.clone(),
            policy: self.policy.told(),
            blocks: BlockKey::default(),
            descriptions: Some(self.descriptions()),
            ice_servers: self.ice_servers.clone(),
            ping_interval: Duration::from_millis(self.ping_interval_ms),
            join_timeout: Duration::from_millis(self.join_timeout_ms),
            message_rate: self.message_rate,
            message_burst: self.message_burst,
            pairs_per_peer: self.pairs_per_peer,
            repair_after: Duration::from_millis(self.repair_after_ms),
            peers_per_swarm: self.peers_per_swarm,
            swarms: self.swarms,
            connections: self.connections,
            connections_per_address: self.connections_per_address,
        }
    }

    /// The rules for what is carried of descriptions and candidates.
    pub(crate) fn descriptions(&self) -> SdpRules {
        let here = self.listen.ip().is_loopback();
        let addresses = match self.candidates {
            Some(Candidates::Public) => Addresses::Public,
            Some(Candidates::Private) => Addresses::Private,
            Some(Candidates::Any) => Addresses::Any,
            None if here => Addresses::Any,
            None => Addresses::Public,
        };
        let transport_policy = if self.policy.relay_only {
            IceTransportPolicy::Relay
        } else {
            IceTransportPolicy::All
        };
        SdpRules {
            addresses,
            transport_policy,
            ..SdpRules::default()
        }
    }

    /// The header that tells a client's address.
    pub(crate) fn header(&self) -> Result<Option<HeaderName>, OutOfRange> {
        let header = self.address_header.as_ref().map(|name| name.parse()).transpose();
        header.map_err(|_| OutOfRange {
            field: "address_header",
            expected: "the name of an HTTP header, such as x-forwarded-for",
        })
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
