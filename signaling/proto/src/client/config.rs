//! A client's settings, and their ranges.

use std::time::Duration;

use crate::message::{Hints, MAX_WANT, Role};
use crate::parse::{are_hints, is_capacity, is_swarm, is_token};
use crate::range::{OutOfRange, in_range, require};

/// The longest URL of a signaling server, in bytes.
const MAX_URL: usize = 2048;

/// The settings of a [`Client`](super::Client).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientConfig {
    /// The signaling server's `ws:` or `wss:` URL, with its path; at most 2048 bytes.
    pub url: String,
    /// The swarm's id: 1 to 128 bytes.
    pub swarm: String,
    /// How many peers to ask for when joining. Default 4; 0 (a seeder, which waits to be asked) to 1024. Links
    /// that are up when the client joins again are taken off.
    pub want: u32,
    /// The most links that the peer takes. Default none, as many as the server allows; 1 to 1024. Links that are up
    /// when the client joins again are taken off. Without it the server introduces others to a peer that has no room.
    pub capacity: Option<u32>,
    /// The join token, where the server asks for one: 1 to 2048 bytes. Default none. While the server refuses it, it is
    /// shown ever more rarely; see [`ClientEvent::Refused`](super::ClientEvent::Refused).
    pub token: Option<String>,
    /// Where the peer is, as far as it knows and tells. Default nothing.
    pub hints: Hints,
    /// What the peer says it is. Default a viewer. A seeder is in where the operator lets in only a share of viewers.
    pub role: Role,
    /// The most that the first attempt to reconnect waits; it doubles with each loss. Default 500 ms; 10 ms to
    /// 60 s. A small one lets all viewers storm a server that restarts.
    pub backoff_base: Duration,
    /// The most that any attempt waits. Default 30 s; `backoff_base` to one hour.
    pub backoff_cap: Duration,
    /// How long a negotiation may take. Default 10 s; 1 to 120 s. A peer that is to offer has half of it until it does. ICE
    /// itself gives up a pair after some 5 s; a longer time blocks a place of `max_negotiations` for a peer that will never
    /// answer.
    pub link_timeout: Duration,
    /// How many links are negotiated at once; further introductions are declined, unless some negotiations have at most
    /// a quarter of `link_timeout` left: these are given up for them. Default 16; 1 to 256. Each costs a peer
    /// connection that gathers candidates.
    pub max_negotiations: u32,
}

impl ClientConfig {
    /// Takes the defaults, for one swarm at one server.
    pub fn new(url: impl Into<String>, swarm: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            swarm: swarm.into(),
            want: 4,
            capacity: None,
            token: None,
            hints: Hints::default(),
            role: Role::Viewer,
            backoff_base: Duration::from_millis(500),
            backoff_cap: Duration::from_secs(30),
            link_timeout: Duration::from_secs(10),
            max_negotiations: 16,
        }
    }

    /// Checks every field against its range.
    ///
    /// # Errors
    /// Names the first field that is out of range.
    pub fn validate(&self) -> Result<(), OutOfRange> {
        let millis = Duration::from_millis;
        require(
            is_socket_url(&self.url),
            "url",
            "a ws: or wss: URL with a host, without a fragment",
        )?;
        require(is_swarm(&self.swarm), "swarm", "1 to 128 bytes")?;
        require(self.want <= MAX_WANT, "want", "0 to 1024")?;
        require(self.capacity.is_none_or(is_capacity), "capacity", "1 to 1024")?;
        let token = self.token.as_ref().is_none_or(|token| is_token(token));
        require(token, "token", "1 to 2048 printable characters")?;
        require(
            are_hints(&self.hints),
            "hints",
            "names of 1 to 48 characters, a cell on the globe",
        )?;
        let bases = millis(10)..=millis(60_000);
        in_range("backoff_base", &self.backoff_base, &bases, "10 ms to 60 s")?;
        let caps = self.backoff_base..=millis(3_600_000);
        in_range(
            "backoff_cap",
            &self.backoff_cap,
            &caps,
            "backoff_base to one hour",
        )?;
        let timeouts = millis(1_000)..=millis(120_000);
        in_range("link_timeout", &self.link_timeout, &timeouts, "1 to 120 s")?;
        in_range("max_negotiations", &self.max_negotiations, &(1..=256), "1 to 256")
    }
}

/// What a browser's `WebSocket` takes: a host, and no fragment (WHATWG WebSockets, section 3.1).
fn is_socket_url(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("ws://").or_else(|| url.strip_prefix("wss://")) else {
        return false;
    };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    url.len() <= MAX_URL
        && !host.is_empty()
        && rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
}
