//! The server's side of signaling, without I/O: swarms, pairing, relay between paired peers, limits.
//!
//! Works on the messages of [`crate::message`]. Pairings are symmetric, and nothing is carried between two
//! peers that are not paired. A connection that is closed leaves nothing behind.

mod abroad;
pub mod announce;
mod block;
mod bucket;
mod config;
mod distance;
mod draw;
mod envelope;
mod exchange;
mod filter;
mod hall;
mod index;
mod io;
mod locale;
mod member;
mod name;
mod pairing;
mod refusal;
mod roster;
mod rtt;
mod stats;

use std::collections::VecDeque;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

pub use self::block::{BlockKey, BlockTag};
pub use self::bucket::{Bucket, Verdict};
pub use self::config::{Abroad, RoomsConfig};
pub use self::envelope::{Envelope, MAX_SOUGHT, Stranger};
pub use self::hall::SETTLED;
pub use self::io::{CloseCode, ConnId, Guest, RoomsOutput};
pub use self::locale::{ClientLocation, Prefix};
pub use self::member::MEMBER_ASKS;
pub use self::name::{RoomKey, Whereabouts};
pub use self::pairing::{Crowd, Nearest, Pairing, Party, Pool, Scattered};
pub use self::refusal::{Reason, Refusal, read_join};
pub use self::stats::{Refusals, RoomsStats};

use self::hall::Hall;
use self::member::Connection;
use crate::admission::{Full, Place};
use crate::message::{ErrorCode, IceServer, Join, ToClient, ToServer, Welcome};
use crate::parse::ParseError;
use crate::range::OutOfRange;

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
    /// When the wall clock was read last, and what it read.
    clock: Option<(Duration, Duration)>,
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
    ) -> Result<Self, OutOfRange> {
        config.validate()?;
        let hall = Hall::new(config.pairs_per_peer, config.blocks.clone());
        Ok(Self {
            config,
            pairing,
            rng: ChaCha20Rng::from_seed(seed),
            hall,
            clock: None,
            stats: RoomsStats::default(),
            outputs: VecDeque::new(),
        })
    }

    /// Takes in what the wall clock reads (`unix`, since 1970): at the start, and from time to time, as it may be set.
    /// Newcomers are told the time.
    pub fn handle_clock(&mut self, now: Duration, unix: Duration) {
        self.clock = Some((now, unix));
    }

    /// Takes in a new connection from `location`: an address, with what else is known of it. One over a limit is
    /// refused and closed.
    pub fn handle_connected(&mut self, now: Duration, conn: ConnId, location: impl Into<ClientLocation>) {
        let location = location.into();
        if self.hall.contains(conn) {
            debug_assert!(false, "the shell used a connection's name twice");
            return;
        }
        if self.hall.len() >= self.config.connections {
            self.dismiss(conn, Full::Server.into());
            return;
        }
        let place = Place::of(location.address);
        if !self
            .hall
            .admission
            .enter(place, self.config.connections_per_address)
        {
            self.dismiss(conn, Full::Address.into());
            return;
        }
        self.take_in(now, conn, location);
    }

    fn take_in(&mut self, now: Duration, conn: ConnId, location: ClientLocation) {
        let place = Place::of(location.address);
        let deadline = now + self.config.join_timeout;
        let bucket = Bucket::new(now, self.config.message_rate, self.config.message_burst);
        self.hall.insert(
            conn,
            Connection {
                place,
                location,
                bucket,
                deadline,
                armed: deadline,
                member: None,
            },
        );
    }

    /// Takes in a text frame. For a binary one, which no client sends, the shell passes an empty text.
    pub fn handle_frame(&mut self, now: Duration, conn: ConnId, frame: &str) {
        if !self.charge(now, conn) {
            return;
        }
        let silence = self.silence();
        let Some(connection) = self.hall.connection_mut(conn) else {
            return;
        };
        if connection.member.is_none() {
            self.on_first_frame(now, conn, frame);
            return;
        }
        match ToServer::parse(frame) {
            Err(error) => self.on_bad_frame(conn, error),
            Ok(message) => {
                connection.deadline = now + silence;
                self.on_message(now, conn, message, frame.len());
            }
        }
    }

    /// Takes in a ping or pong of the transport: it counts as a message, and says nothing.
    pub fn handle_ping(&mut self, now: Duration, conn: ConnId) {
        self.charge(now, conn);
    }

    /// Counts a message of a connection. Tells whether it is within the rate.
    fn charge(&mut self, now: Duration, conn: ConnId) -> bool {
        let Some(connection) = self.hall.connection_mut(conn) else {
            return false;
        };
        match connection.bucket.take(now) {
            Verdict::Admit => return true,
            Verdict::Refuse => {
                self.stats.refused.rate_limited += 1;
                self.refuse(conn, ErrorCode::RateLimited, "too many messages: slow down");
            }
            Verdict::Flood => {
                self.stats.refused.rate_limited += 1;
                self.expel(conn, CloseCode::Policy, Refusal::FLOOD.text);
            }
        }
        false
    }

    /// How many introductions a member may ask for at once now; 0 where it is no member.
    pub fn asks(&mut self, now: Duration, conn: ConnId) -> u32 {
        u32::try_from(self.hall.asks(now, conn)).unwrap_or(u32::MAX)
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
            swarms: count(self.hall.rooms()),
            peers: count(self.hall.peers()),
            ..self.stats
        }
    }

    fn on_bad_frame(&mut self, conn: ConnId, error: ParseError) {
        let refusal = Refusal::from(error);
        self.stats.refused.count(refusal.reason);
        match refusal.code {
            Some(code) => self.refuse(conn, code, refusal.text),
            None => self.expel(conn, refusal.close, refusal.text),
        }
    }

    fn on_first_frame(&mut self, now: Duration, conn: ConnId, frame: &str) {
        let join = match read_join(frame) {
            Ok(join) => join,
            Err(refusal) => {
                self.dismiss(conn, refusal);
                return;
            }
        };
        let room = RoomKey {
            swarm: join.swarm.clone(),
            number: 0,
        };
        let fits = match self.hall.population(&room) {
            Some(population) => population < self.config.peers_per_swarm,
            None => self.hall.rooms() < self.config.swarms,
        };
        if !fits {
            self.dismiss(conn, Full::Swarm.into());
            return;
        }
        self.enter(now, conn, room, &join, (MEMBER_ASKS, Vec::new()));
    }

    /// Takes in a connection that was let in elsewhere: its address is counted there, and it has joined.
    pub fn handle_guest(&mut self, now: Duration, conn: ConnId, guest: Guest) {
        let place = Place::of(guest.location.address);
        let _ = self.hall.admission.enter(place, usize::MAX);
        self.take_in(now, conn, guest.location);
        let room = RoomKey {
            swarm: guest.join.swarm.clone(),
            number: guest.room,
        };
        self.enter(now, conn, room, &guest.join, (guest.asks, guest.ice_servers));
    }

    fn enter(
        &mut self,
        now: Duration,
        conn: ConnId,
        room: RoomKey,
        join: &Join,
        (asks, ice_servers): (u32, Vec<IceServer>),
    ) {
        self.join(now, conn, room, join, ice_servers);
        self.hall.set_asks(now, conn, asks);
        self.introduce(now, conn, join.want);
    }

    fn join(
        &mut self,
        now: Duration,
        conn: ConnId,
        room: RoomKey,
        join: &Join,
        mut ice_servers: Vec<IceServer>,
    ) {
        let capacity = join.capacity.and_then(|most| usize::try_from(most).ok());
        // Its engine keeps no more than the policy says, whatever it takes by itself.
        let told = self.config.policy.max_peers;
        let told = told.and_then(|most| usize::try_from(most).ok());
        let capacity = capacity.unwrap_or(usize::MAX).min(told.unwrap_or(usize::MAX));
        let id = self.draw_id();
        self.stats.joins += 1;
        self.hall
            .enter(now, conn, (id.clone(), room), capacity, &join.hints);
        let deadline = now + self.silence();
        self.hall.rearm(conn, deadline);
        let ping_interval_ms = u64::try_from(self.config.ping_interval.as_millis()).unwrap_or(u64::MAX);
        ice_servers.extend(self.config.ice_servers.iter().cloned());
        self.send(
            conn,
            ToClient::Welcome(Welcome {
                peer: id,
                ping_interval_ms,
                unix_ms: self.unix_ms(now),
                ice_servers,
                signer: self.config.signer.clone(),
                policy: self.config.policy.clone(),
            }),
        );
    }

    /// What the wall clock reads, once it was told.
    fn unix_ms(&self, now: Duration) -> Option<u64> {
        let (at, unix) = self.clock?;
        u64::try_from((unix + now.saturating_sub(at)).as_millis()).ok()
    }

    /// Takes a connection out of everything, and tells those it was paired with.
    fn forget(&mut self, conn: ConnId) {
        let Some(member) = self.hall.remove(conn) else {
            return;
        };
        for stranger in member.far.into_keys() {
            self.stats.pairs -= 1;
            self.abroad(Envelope::Left {
                from: member.id.clone(),
                to: stranger,
            });
        }
        for other in member.pairs {
            self.stats.pairs -= 1;
            self.hall.hush(other, &member.id);
            self.send(
                other,
                ToClient::Left {
                    peer: member.id.clone(),
                },
            );
        }
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
    fn dismiss(&mut self, conn: ConnId, refusal: Refusal) {
        self.stats.refused.count(refusal.reason);
        if let Some(message) = refusal.message() {
            self.send(conn, message);
        }
        self.expel(conn, refusal.close, refusal.text);
    }

    fn expel(&mut self, conn: ConnId, code: CloseCode, reason: &'static str) {
        self.outputs.push_back(RoomsOutput::Close { conn, code, reason });
        self.forget(conn);
    }

    fn send(&mut self, conn: ConnId, message: ToClient) {
        self.outputs.push_back(RoomsOutput::Send { conn, message });
    }

    /// Draws a peer id: its whereabouts, and 88 random bits as 22 hexadecimal digits.
    fn draw_id(&mut self) -> String {
        let (high, low) = (self.rng.next_u64() & 0xff_ffff, self.rng.next_u64());
        format!("{}{high:06x}{low:016x}", self.config.whereabouts)
    }

    /// How long a member may be silent: 2.5 ping intervals, so that one lost ping does no harm.
    fn silence(&self) -> Duration {
        self.config.ping_interval * 5 / 2
    }
}

#[cfg(test)]
mod tests;
