//! A server's rooms and eight connections. Each line of a text is one thing that happens:
//!
//! | line | what |
//! | --- | --- |
//! | `0` to `7`, and a frame | that connection says it; `$3` in it is the peer id of connection 3 |
//! | `x3` | connection 3 ends |
//! | `t`, and a byte | time goes by, in tenths of a second |
//! | `s`, and a byte | one of sixteen strangers, of another room, looks for as many peers |
//! | `f3` | a stranger is found for connection 3 |
//! | `g3`, and a description | a stranger has an offer for connection 3 |
//! | `l3` | the stranger lets go of connection 3 |

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use super::MOST_OUTPUTS;
use crate::message::{MAX_FRAME, Signal, ToClient, ToServer};
use crate::parse::is_sdp;
use crate::rooms::{
    Abroad, BlockTag, ConnId, Envelope, Nearest, RoomKey, Rooms, RoomsConfig, RoomsOutput, Stranger,
};
use crate::sdp::SdpRules;

/// A member of another server's rooms.
const STRANGER: &str = "00000009000123456789abcdef012345";

struct Stage {
    rooms: Rooms,
    now: Duration,
    /// The connections that are open, by the digit that they are called.
    open: BTreeMap<u8, ConnId>,
    ids: BTreeMap<ConnId, String>,
    /// Pairings that a connection was told of, and not yet the end of.
    pairs: BTreeSet<(ConnId, String)>,
    next: u64,
}

/// Plays what the bytes say.
///
/// # Panics
/// When the rooms break their contract: something goes to a connection that is closed, a signal comes from whom its
/// addressee is not paired with, a message is none that a client can read, or something does not come to an end.
pub fn play_rooms(bytes: &[u8]) {
    let config = RoomsConfig {
        descriptions: Some(SdpRules::default()),
        abroad: Abroad::Elsewhere,
        pairs_per_peer: 4,
        swarms: 3,
        peers_per_swarm: 6,
        connections: 7,
        connections_per_address: 4,
        ..RoomsConfig::default()
    };
    let rooms = Rooms::new(config, Box::new(Nearest), [7; 32]).expect("invariant: within range");
    let mut stage = Stage {
        rooms,
        now: Duration::from_secs(1_000),
        open: BTreeMap::new(),
        ids: BTreeMap::new(),
        pairs: BTreeSet::new(),
        next: 0,
    };
    for line in bytes.split(|byte| *byte == b'\n') {
        stage.step(line);
        stage.drain();
        let open = u64::try_from(stage.open.len()).unwrap_or(u64::MAX);
        assert_eq!(
            stage.rooms.stats().connections,
            open,
            "none is forgotten, none is kept"
        );
    }
    let left: Vec<ConnId> = stage.open.values().copied().collect();
    for conn in left {
        stage.close(conn);
    }
    let stats = stage.rooms.stats();
    assert_eq!(
        (stats.connections, stats.peers, stats.swarms, stats.pairs),
        (0, 0, 0, 0)
    );
    assert_eq!(stage.rooms.poll_timeout(), None);
}

impl Stage {
    fn step(&mut self, line: &[u8]) {
        let Some((what, rest)) = line.split_first() else {
            return;
        };
        let first = rest.first().copied().unwrap_or(0);
        let conn = self.open.get(&first).copied();
        let id = conn.and_then(|conn| self.ids.get(&conn).cloned());
        let named = || id.clone().unwrap_or_else(|| STRANGER.to_owned());
        match what {
            b'0'..=b'7' => self.say(*what, rest),
            b'x' => {
                if let Some(conn) = conn {
                    self.close(conn);
                }
            }
            b't' => {
                self.now += Duration::from_millis(100 * u64::from(first));
                self.rooms.handle_timeout(self.now);
            }
            b's' => {
                let room = RoomKey {
                    swarm: "film".into(),
                    number: 0,
                };
                let stranger = Stranger {
                    id: format!("{}{:x}", &STRANGER[..31], first % 16),
                    block: Some(BlockTag(u64::from(first) % 3)),
                };
                self.rooms
                    .handle_seek(self.now, &room, &stranger, u32::from(first));
            }
            b'f' => self.tell(Envelope::Found {
                seeker: named(),
                peers: vec![Stranger::from(STRANGER)],
            }),
            b'g' => {
                let sdp = String::from_utf8_lossy(rest.get(1..).unwrap_or_default()).into_owned();
                // A packet with another is not read: no envelope comes of it.
                if is_sdp(&sdp) {
                    self.tell(Envelope::Signal {
                        from: STRANGER.into(),
                        to: named(),
                        signal: Signal::Offer { sdp },
                    });
                }
            }
            b'l' => self.tell(Envelope::Left {
                from: STRANGER.into(),
                to: named(),
            }),
            _ => {}
        }
    }

    fn say(&mut self, name: u8, frame: &[u8]) {
        if !self.open.contains_key(&name) {
            let conn = ConnId(self.next);
            self.next += 1;
            self.open.insert(name, conn);
            let address = IpAddr::from([192, 0, name % 2, name % 4]);
            self.rooms.handle_connected(self.now, conn, address);
            self.drain();
        }
        let Some(conn) = self.open.get(&name).copied() else {
            return;
        };
        let mut frame = String::from_utf8_lossy(frame).into_owned();
        for (name, other) in &self.open {
            if let Some(id) = self.ids.get(other) {
                frame = frame.replace(&format!("${}", char::from(*name)), id);
            }
        }
        self.rooms.handle_frame(self.now, conn, &frame);
        if let Ok(ToServer::Unpair { peer }) = ToServer::parse(&frame) {
            self.pairs.remove(&(conn, peer));
        }
    }

    fn close(&mut self, conn: ConnId) {
        self.rooms.handle_closed(self.now, conn);
        self.forget(conn);
        self.drain();
    }

    fn tell(&mut self, envelope: Envelope) {
        self.rooms.handle_envelope(self.now, envelope);
    }

    fn drain(&mut self) {
        for _ in 0..MOST_OUTPUTS {
            match self.rooms.poll_output() {
                None => return,
                Some(RoomsOutput::Send { conn, message }) => self.hear(conn, message),
                Some(RoomsOutput::Close { conn, .. }) => self.forget(conn),
                Some(RoomsOutput::Abroad(_)) => {}
            }
        }
        panic!("the rooms have something to say without end");
    }

    fn hear(&mut self, conn: ConnId, message: ToClient) {
        assert!(self.open.values().any(|open| *open == conn), "{conn:?} is closed");
        let frame = message.to_json();
        assert!(frame.len() <= MAX_FRAME, "{} bytes", frame.len());
        assert_eq!(ToClient::parse(&frame), Ok(message.clone()));
        match message {
            ToClient::Welcome(welcome) => _ = self.ids.insert(conn, welcome.peer),
            ToClient::Paired { peer, .. } => {
                assert_ne!(self.ids.get(&conn), Some(&peer), "paired with itself");
                assert!(self.pairs.insert((conn, peer)), "paired already");
            }
            ToClient::Left { peer } | ToClient::Undeliverable { to: peer } => {
                self.pairs.remove(&(conn, peer));
            }
            ToClient::Signal { from, .. } => {
                assert!(self.pairs.contains(&(conn, from)), "they are not paired");
            }
            ToClient::Pong | ToClient::GoAway { .. } | ToClient::Error { .. } => {}
        }
    }

    fn forget(&mut self, conn: ConnId) {
        self.open.retain(|_, open| *open != conn);
        self.ids.remove(&conn);
        self.pairs.retain(|(of, _)| *of != conn);
    }
}
