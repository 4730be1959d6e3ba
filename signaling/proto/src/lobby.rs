//! Who is let in, and to which room: what a server counts over all of its rooms. A large swarm is split into rooms, so
//! that each is under a lock of its own, and whoever is near is found among few.

mod asks;
mod holders;
mod swarm;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use thiserror::Error;

pub use self::holders::{Holder, Replaced};
pub use crate::rooms::{Admission, Place};

use self::asks::{Asker, Asks};
use self::holders::{Held, Holders};
use self::swarm::Swarm;
use crate::rooms::ConnId;

/// How many tokens and addresses are known by what they took of introductions, for each connection that there may be: those
/// that are gone are known for a while.
const ASKERS_PER_CONNECTION: usize = 2;

/// Why somebody is not let in. Come back later, or to another server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Full {
    /// The server has as many connections as it takes.
    #[error("the server is full")]
    Server,
    /// As many come from this address as may.
    #[error("too many connections from this address")]
    Address,
    /// As many came with this token as may.
    #[error("too many connections with this token")]
    Token,
    /// The swarm has as many members as it may, or there are too many swarms.
    #[error("no room in the swarm")]
    Swarm,
}

/// The limits of a server, over all of its rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LobbyConfig {
    /// How many connections there are at once.
    pub connections: usize,
    /// How many of them come from one address (IPv4) or one /64 (IPv6).
    pub connections_per_address: usize,
    /// How many swarms there are at once.
    pub swarms: usize,
    /// How many of trackers' protocol there are beside them.
    pub announced_swarms: usize,
    /// How many members a swarm has.
    pub peers_per_swarm: usize,
    /// How many members the rooms of a swarm have in the mean before it gets one more. A room takes twice as many of
    /// those that have company there.
    pub room_size: usize,
    /// Over how many shards rooms are spread.
    pub shards: u8,
}

/// Who is in, and where.
#[derive(Debug)]
pub struct Lobby {
    config: LobbyConfig,
    admission: Admission,
    connections: usize,
    /// The connections with each token.
    holders: Holders,
    /// What each token or address took of introductions.
    asks: Asks,
    swarms: BTreeMap<String, Swarm>,
    /// Those of trackers' protocol.
    announced: BTreeMap<String, Swarm>,
}

/// Which protocol the members of a swarm speak. Swarms of the two are apart, whatever their names, and so are their limits:
/// who floods the one with info hashes keeps nobody out of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Front {
    /// The project's own.
    Own,
    /// That of WebTorrent trackers.
    Tracker,
}

/// Somebody who wants to join a swarm.
#[derive(Debug, Clone, Copy)]
pub struct Newcomer<'a> {
    /// Which swarm.
    pub swarm: &'a str,
    /// By which protocol.
    pub front: Front,
    /// With whom it has company: the number of its network, say. None: nothing is known.
    pub kind: Option<u32>,
    /// Its token's id, and how many connections that is good for.
    pub token: Option<(&'a str, u32)>,
    /// Who it is.
    pub holder: Holder,
}

/// One that was let in.
#[derive(Debug, PartialEq, Eq)]
pub struct Admitted {
    /// Where it is.
    pub entry: Entry,
    /// How many introductions it may ask for at once; see [`MEMBER_ASKS`](crate::rooms::MEMBER_ASKS).
    pub asks: u32,
    /// An older connection with the same token, from the same place, that is to be closed for it.
    pub replaced: Option<Replaced>,
}

/// Where a member is. Given back to [`Lobby::leave`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    swarm: String,
    front: Front,
    kind: Option<u32>,
    conn: ConnId,
    token: Option<String>,
    /// Whose introductions it was given, for how many members there are some, and how many it was given.
    asker: Option<(Asker, usize)>,
    asks: u32,
    door: Door,
}

/// A room, and the shard that it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Door {
    /// Which shard.
    pub shard: u8,
    /// Which of the swarm's rooms.
    pub room: u32,
}

impl Entry {
    /// The room.
    pub fn door(&self) -> Door {
        self.door
    }
}

impl Lobby {
    /// Makes an empty one.
    pub fn new(config: LobbyConfig) -> Self {
        let asks = config.connections.saturating_mul(ASKERS_PER_CONNECTION);
        Self {
            config,
            admission: Admission::default(),
            connections: 0,
            holders: Holders::default(),
            asks: Asks::new(asks),
            swarms: BTreeMap::new(),
            announced: BTreeMap::new(),
        }
    }

    /// Counts a connection.
    ///
    /// # Errors
    /// Where there are too many; it is not counted then.
    pub fn connect(&mut self, address: IpAddr) -> Result<(), Full> {
        if self.connections >= self.config.connections {
            return Err(Full::Server);
        }
        let most = self.config.connections_per_address;
        if !self.admission.enter(Place::of(address), most) {
            return Err(Full::Address);
        }
        self.connections += 1;
        Ok(())
    }

    /// Counts the end of a connection that was counted.
    pub fn disconnect(&mut self, address: IpAddr) {
        self.admission.exit(Place::of(address));
        self.connections -= 1;
    }

    /// Finds a room for a newcomer.
    ///
    /// # Errors
    /// Where there is none.
    pub fn enter(&mut self, now: Duration, newcomer: Newcomer<'_>) -> Result<Admitted, Full> {
        let holder = newcomer.holder;
        let room = newcomer.token.map(|token| self.holders.room(token, holder));
        let held = room.transpose()?.flatten();
        let replaced = held.map(|held| Replaced {
            conn: held.holder.conn,
            door: held.door,
        });
        // The one that is replaced is counted until it is closed, and is not to keep out whom it makes room for.
        let leaves = held.is_some_and(|held| held.front == newcomer.front && held.swarm == newcomer.swarm);
        let most_members = self.config.peers_per_swarm.saturating_add(usize::from(leaves));
        let (swarms, most) = match newcomer.front {
            Front::Own => (&mut self.swarms, self.config.swarms),
            Front::Tracker => (&mut self.announced, self.config.announced_swarms),
        };
        let fits = match swarms.get(newcomer.swarm) {
            Some(swarm) => swarm.members < most_members,
            None => swarms.len() < most,
        };
        if !fits {
            return Err(Full::Swarm);
        }
        let swarm = swarms.entry(newcomer.swarm.to_owned()).or_default();
        let number = swarm.room_for(newcomer.kind, self.config.room_size);
        swarm.seat(number, newcomer.kind);
        let door = Door {
            shard: self.shard(newcomer.swarm, number),
            room: number,
        };
        let token = newcomer.token.map(|(token, _)| token.to_owned());
        if let Some(token) = &token {
            if let Some(replaced) = replaced {
                self.holders.remove(token, replaced.conn);
            }
            let held = Held {
                holder,
                door,
                front: newcomer.front,
                swarm: newcomer.swarm.to_owned(),
            };
            self.holders.add(token, held);
        }
        let (asker, asks) = self.take_asks(now, &newcomer);
        let entry = Entry {
            swarm: newcomer.swarm.to_owned(),
            front: newcomer.front,
            kind: newcomer.kind,
            conn: holder.conn,
            token,
            asker,
            asks,
            door,
        };
        Ok(Admitted {
            entry,
            asks,
            replaced,
        })
    }

    /// What a newcomer may ask for, of what those with its token have left, or else those of its address.
    fn take_asks(&mut self, now: Duration, newcomer: &Newcomer<'_>) -> (Option<(Asker, usize)>, u32) {
        let (asker, members) = match (newcomer.front, newcomer.token) {
            // It asks for none: it brings offers, and each counts as a message.
            (Front::Tracker, _) => return (None, 0),
            (Front::Own, Some((token, most))) => {
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                (Asker::Token(token.to_owned()), most)
            }
            (Front::Own, None) => {
                let most = self.config.connections_per_address;
                (Asker::Place(newcomer.holder.place), most)
            }
        };
        let asks = self.asks.take(now, asker.clone(), members);
        (Some((asker, members)), asks)
    }

    /// Takes back introductions that a member which leaves has not asked for, of those that it was given.
    pub fn give_back(&mut self, entry: &Entry, unused: u32) {
        if let Some((asker, members)) = &entry.asker {
            self.asks.give_back(asker, *members, unused.min(entry.asks));
        }
    }

    /// Tells whether a newer connection took a member's place with its token.
    pub fn is_replaced(&self, entry: &Entry) -> bool {
        let token = entry.token.as_ref();
        token.is_some_and(|token| !self.holders.holds(token, entry.conn))
    }

    /// Counts a member out.
    pub fn leave(&mut self, entry: &Entry) {
        if let Some(token) = &entry.token {
            self.holders.remove(token, entry.conn);
        }
        let swarms = match entry.front {
            Front::Own => &mut self.swarms,
            Front::Tracker => &mut self.announced,
        };
        if let Some(swarm) = swarms.get_mut(&entry.swarm) {
            swarm.vacate(entry.door.room, entry.kind);
            if swarm.rooms.is_empty() {
                swarms.remove(&entry.swarm);
            }
        }
    }

    /// Picks a room of a swarm of the own protocol by a number that was drawn, the fuller the likelier; other than `home`,
    /// where that is given.
    pub fn pick(&self, swarm: &str, home: Option<u32>, draw: u64) -> Option<Door> {
        let rooms = &self.swarms.get(swarm)?.rooms;
        let others = || rooms.iter().filter(|(number, _)| Some(**number) != home);
        let members: usize = others().map(|(_, room)| room.members).sum();
        let mut place = usize::try_from(draw % u64::try_from(members.max(1)).ok()?).ok()?;
        for (number, room) in others() {
            if place < room.members {
                return Some(Door {
                    shard: self.shard(swarm, *number),
                    room: *number,
                });
            }
            place -= room.members;
        }
        None
    }

    /// All rooms of a swarm of trackers' protocol.
    pub fn doors(&self, swarm: &str) -> Vec<Door> {
        let rooms = self.announced.get(swarm).map(|swarm| swarm.rooms.keys());
        let doors = rooms.into_iter().flatten().map(|room| Door {
            shard: self.shard(swarm, *room),
            room: *room,
        });
        doors.collect()
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.connections
    }

    /// How many swarms of trackers' protocol there are.
    pub fn announced(&self) -> usize {
        self.announced.len()
    }

    /// The swarms of the own protocol, and how many members each has.
    pub fn swarms(&self) -> impl ExactSizeIterator<Item = (&str, usize)> {
        self.swarms.iter().map(|(id, swarm)| (id.as_str(), swarm.members))
    }

    /// Rooms of one swarm are in shards that follow one another, from one that its id gives (FNV-1a).
    fn shard(&self, swarm: &str, number: u32) -> u8 {
        let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        let hash = swarm.bytes().fold(0x811c_9dc5, step);
        let shard = hash.wrapping_add(number) % u32::from(self.config.shards.max(1));
        u8::try_from(shard).expect("invariant: below a u8")
    }
}

#[cfg(test)]
mod tests;
