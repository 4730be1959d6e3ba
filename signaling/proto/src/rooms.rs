//! The server's side of signaling, without I/O: swarms, pairing, relay between paired peers, limits.
//!
//! Works on the messages of [`crate::message`]. Pairings are symmetric, and nothing is carried between two
//! peers that are not paired. A connection that is closed leaves nothing behind.

mod admission;
mod bucket;
mod config;
mod distance;
mod draw;
mod envelope;
mod exchange;
mod hall;
mod index;
mod io;
mod locale;
mod member;
mod pairing;
mod roster;
mod rtt;
mod stats;

use std::collections::VecDeque;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

pub use self::config::{RoomsConfig, RoomsConfigError};
pub use self::envelope::{Envelope, MAX_SOUGHT};
pub use self::io::{CloseCode, ConnId, RoomsOutput};
pub use self::locale::{Origin, Prefix};
pub use self::pairing::{Crowd, Nearest, Pairing, Party, Pool, Scattered};
pub use self::stats::{Refusals, RoomsStats};

use self::admission::Place;
use self::bucket::{Bucket, Verdict};
use self::hall::Hall;
use self::member::Connection;
use crate::message::{ErrorCode, Join, Policy, ToClient, ToServer, VERSION, Welcome};
use crate::parse::ParseError;

/// All swarms of one server.
///
/// Time is the [`Duration`] since an epoch of the shell's choice; it must not go backwards. The shell calls a
/// `handle_*` method with each thing that happens, and [`handle_timeout`](Self::handle_timeout) when
/// [`poll_timeout`](Self::poll_timeout) is due; after each it takes every [`poll_output`](Self::poll_output).
#[derive(Debug)]
pub struct Rooms {
    config: RoomsConfig,
    pairing: Box<dyn Pairing + Send>,
    rng: ChaCha20Rng,
    hall: Hall,
    stats: RoomsStats,
    outputs: VecDeque<RoomsOutput>,
}

impl Rooms {
    /// Makes a server without connections. Peer ids and introductions are drawn from `seed`: whoever knows it
    /// can guess them.
    ///
    /// # Errors
    /// When the configuration is out of range.
    pub fn new(
        config: RoomsConfig,
        pairing: Box<dyn Pairing + Send>,
        seed: [u8; 32],
    ) -> Result<Self, RoomsConfigError> {
        config.validate()?;
        let hall = Hall::new(config.pairs_per_peer);
        Ok(Self {
            config,
            pairing,
            rng: ChaCha20Rng::from_seed(seed),
            hall,
            stats: RoomsStats::default(),
            outputs: VecDeque::new(),
        })
    }

    /// Takes in a new connection from `origin`: an address, or what else is known with it. One over a limit is refused
    /// and closed.
    pub fn handle_connected(&mut self, now: Duration, conn: ConnId, origin: impl Into<Origin>) {
        let origin = origin.into();
        if self.hall.contains(conn) {
            debug_assert!(false, "the shell used a connection's name twice");
            return;
        }
        if self.hall.len() >= self.config.connections {
            self.stats.refused.full_server += 1;
            self.turn_away(conn, "the server is full");
            return;
        }
        let place = Place::of(origin.address);
        if !self
            .hall
            .admission
            .enter(place, self.config.connections_per_address)
        {
            self.stats.refused.full_address += 1;
            self.turn_away(conn, "too many connections from this address");
            return;
        }
        let deadline = now + self.config.join_timeout;
        let bucket = Bucket::new(now, self.config.message_rate, self.config.message_burst);
        self.hall.insert(
            conn,
            Connection {
                place,
                origin,
                bucket,
                deadline,
                armed: deadline,
                member: None,
            },
        );
    }

    /// Takes in a text frame. For a binary one, which no client sends, the shell passes an empty text.
    pub fn handle_frame(&mut self, now: Duration, conn: ConnId, frame: &str) {
        let silence = self.silence();
        let Some(connection) = self.hall.connection_mut(conn) else {
            return;
        };
        match connection.bucket.take(now) {
            Verdict::Admit => {}
            Verdict::Refuse => {
                self.stats.refused.rate_limited += 1;
                self.refuse(conn, ErrorCode::RateLimited, "too many messages: slow down");
                return;
            }
            Verdict::Flood => {
                self.stats.refused.rate_limited += 1;
                self.expel(conn, CloseCode::Policy, "too many messages");
                return;
            }
        }
        match ToServer::parse(frame) {
            Err(error) => self.on_bad_frame(conn, error),
            Ok(message) if connection.member.is_some() => {
                connection.deadline = now + silence;
                self.on_message(now, conn, message, frame.len());
            }
            Ok(message) => self.on_first_message(now, conn, message),
        }
    }

    /// Takes in the end of a connection. One that was closed already has no effect.
    pub fn handle_closed(&mut self, _now: Duration, conn: ConnId) {
        self.forget(conn);
    }

    /// Closes what is overdue at `now`.
    pub fn handle_timeout(&mut self, now: Duration) {
        while let Some(conn) = self.hall.pop_overdue(now) {
            if self.hall.member(conn).is_some() {
                self.stats.refused.silent += 1;
                self.expel(conn, CloseCode::Policy, "silent for too long");
            } else {
                self.stats.refused.join_timeout += 1;
                self.expel(conn, CloseCode::Policy, "no join in time");
            }
        }
    }

    /// Takes the next thing to do.
    pub fn poll_output(&mut self) -> Option<RoomsOutput> {
        self.outputs.pop_front()
    }

    /// Tells when [`handle_timeout`](Self::handle_timeout) is due, if ever. It may find nothing to do then.
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.hall.poll_timeout()
    }

    /// The figures as of now.
    pub fn stats(&self) -> RoomsStats {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        RoomsStats {
            connections: count(self.hall.len()),
            swarms: count(self.hall.swarms()),
            peers: count(self.hall.peers()),
            ..self.stats
        }
    }

    fn on_bad_frame(&mut self, conn: ConnId, error: ParseError) {
        let (code, text) = match error {
            ParseError::TooLarge => {
                self.stats.refused.too_large += 1;
                self.expel(conn, CloseCode::TooLarge, "the frame is too large");
                return;
            }
            ParseError::Malformed => {
                self.stats.refused.malformed += 1;
                (ErrorCode::Malformed, "not a message of this protocol")
            }
            ParseError::OutOfRange(_) => {
                self.stats.refused.out_of_range += 1;
                (
                    ErrorCode::OutOfRange,
                    "a member of the message is out of its range",
                )
            }
        };
        if self.hall.member(conn).is_some() {
            self.refuse(conn, code, text);
            return;
        }
        self.dismiss(conn, code, CloseCode::Policy, text);
    }

    fn on_first_message(&mut self, now: Duration, conn: ConnId, message: ToServer) {
        let ToServer::Join(join) = message else {
            self.stats.refused.not_joined += 1;
            self.dismiss(conn, ErrorCode::NotJoined, CloseCode::Policy, "join first");
            return;
        };
        if join.version != VERSION {
            self.stats.refused.version += 1;
            let text = "this server speaks version 1 of the protocol";
            self.dismiss(conn, ErrorCode::Version, CloseCode::Policy, text);
            return;
        }
        let fits = match self.hall.population(&join.swarm) {
            Some(population) => population < self.config.peers_per_swarm,
            None => self.hall.swarms() < self.config.swarms,
        };
        if !fits {
            self.stats.refused.full_swarm += 1;
            self.dismiss(
                conn,
                ErrorCode::Full,
                CloseCode::TryAgainLater,
                "no room in the swarm",
            );
            return;
        }
        let want = join.want;
        self.join(now, conn, join);
        self.introduce(now, conn, want);
    }

    fn join(&mut self, now: Duration, conn: ConnId, join: Join) {
        let capacity = join.capacity.and_then(|most| usize::try_from(most).ok());
        let capacity = capacity.unwrap_or(usize::MAX);
        let id = self.draw_id();
        self.stats.joins += 1;
        self.hall
            .enter(conn, id.clone(), join.swarm, capacity, &join.hints);
        let deadline = now + self.silence();
        self.hall.rearm(conn, deadline);
        let ping_interval_ms = u64::try_from(self.config.ping_interval.as_millis()).unwrap_or(u64::MAX);
        let ice_servers = self.config.ice_servers.clone();
        self.send(
            conn,
            ToClient::Welcome(Welcome {
                peer: id,
                ping_interval_ms,
                ice_servers,
                signer: None,
                policy: Policy::default(),
            }),
        );
    }

    /// Takes a connection out of everything, and tells those it was paired with.
    fn forget(&mut self, conn: ConnId) {
        let Some(member) = self.hall.remove(conn) else {
            return;
        };
        for other in member.pairs {
            self.stats.pairs -= 1;
            self.send(
                other,
                ToClient::Left {
                    peer: member.id.clone(),
                },
            );
        }
    }

    /// Refuses a connection that was never taken in.
    fn turn_away(&mut self, conn: ConnId, text: &'static str) {
        self.send(conn, fatal(ErrorCode::Full, text));
        self.outputs.push_back(RoomsOutput::Close {
            conn,
            code: CloseCode::TryAgainLater,
            reason: text,
        });
    }

    fn refuse(&mut self, conn: ConnId, code: ErrorCode, text: &'static str) {
        self.send(
            conn,
            ToClient::Error {
                code,
                message: text.to_owned(),
                fatal: false,
            },
        );
    }

    /// Refuses fatally: says why, and closes.
    fn dismiss(&mut self, conn: ConnId, code: ErrorCode, close: CloseCode, text: &'static str) {
        self.send(conn, fatal(code, text));
        self.expel(conn, close, text);
    }

    fn expel(&mut self, conn: ConnId, code: CloseCode, reason: &'static str) {
        self.outputs.push_back(RoomsOutput::Close { conn, code, reason });
        self.forget(conn);
    }

    fn send(&mut self, conn: ConnId, message: ToClient) {
        self.outputs.push_back(RoomsOutput::Send { conn, message });
    }

    /// Draws a peer id: 128 bits as 32 hexadecimal digits.
    fn draw_id(&mut self) -> String {
        format!("{:016x}{:016x}", self.rng.next_u64(), self.rng.next_u64())
    }

    /// How long a member may be silent: 2.5 ping intervals, so that one lost ping does no harm.
    fn silence(&self) -> Duration {
        self.config.ping_interval * 5 / 2
    }
}

fn fatal(code: ErrorCode, text: &'static str) -> ToClient {
    ToClient::Error {
        code,
        message: text.to_owned(),
        fatal: true,
    }
}

#[cfg(test)]
mod tests;
