//! Who is let in, and to which room: what a server counts over all of its rooms. A large swarm is split into rooms, so
//! that each is under a lock of its own, and whoever is near is found among few.

use std::collections::BTreeMap;
use std::net::IpAddr;

use thiserror::Error;

pub use crate::rooms::{Admission, Place};

/// A newcomer goes where so many of its kind are, if there is room.
const COMPANY: u32 = 8;

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
    /// How many connections there are with each token.
    tokens: BTreeMap<String, u32>,
    swarms: BTreeMap<String, Swarm>,
}

#[derive(Debug, Default)]
struct Swarm {
    members: usize,
    /// By number; those that are empty are gone.
    rooms: BTreeMap<u32, Room>,
}

#[derive(Debug, Default)]
struct Room {
    members: usize,
    /// How many of each kind, see [`Newcomer::kind`].
    kinds: BTreeMap<u32, u32>,
}

/// Somebody who wants to join a swarm.
#[derive(Debug, Clone, Copy)]
pub struct Newcomer<'a> {
    /// Which swarm.
    pub swarm: &'a str,
    /// With whom it has company: the number of its network, say. None: nothing is known.
    pub kind: Option<u32>,
    /// Its token's id, and how many connections that is good for.
    pub token: Option<(&'a str, u32)>,
}

/// Where a member is. Given back to [`Lobby::leave`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    swarm: String,
    kind: Option<u32>,
    token: Option<String>,
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
        Self {
            config,
            admission: Admission::default(),
            connections: 0,
            tokens: BTreeMap::new(),
            swarms: BTreeMap::new(),
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
    pub fn enter(&mut self, newcomer: Newcomer<'_>) -> Result<Entry, Full> {
        if let Some((token, most)) = newcomer.token
            && self.tokens.get(token).is_some_and(|count| *count >= most)
        {
            return Err(Full::Token);
        }
        let fits = match self.swarms.get(newcomer.swarm) {
            Some(swarm) => swarm.members < self.config.peers_per_swarm,
            None => self.swarms.len() < self.config.swarms,
        };
        if !fits {
            return Err(Full::Swarm);
        }
        if let Some((token, _)) = newcomer.token {
            *self.tokens.entry(token.to_owned()).or_default() += 1;
        }
        let swarm = self.swarms.entry(newcomer.swarm.to_owned()).or_default();
        let number = swarm.room_for(newcomer.kind, self.config.room_size);
        swarm.seat(number, newcomer.kind);
        Ok(Entry {
            swarm: newcomer.swarm.to_owned(),
            kind: newcomer.kind,
            token: newcomer.token.map(|(token, _)| token.to_owned()),
            door: Door {
                shard: self.shard(newcomer.swarm, number),
                room: number,
            },
        })
    }

    /// Counts a member out.
    pub fn leave(&mut self, entry: &Entry) {
        if let Some(token) = &entry.token
            && let Some(count) = self.tokens.get_mut(token)
        {
            *count -= 1;
            if *count == 0 {
                self.tokens.remove(token);
            }
        }
        if let Some(swarm) = self.swarms.get_mut(&entry.swarm) {
            swarm.vacate(entry.door.room, entry.kind);
            if swarm.rooms.is_empty() {
                self.swarms.remove(&entry.swarm);
            }
        }
    }

    /// Picks a room of a swarm by a number that was drawn, the fuller the likelier; other than `home`, where that is given.
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

    /// All rooms of a swarm.
    pub fn doors(&self, swarm: &str) -> Vec<Door> {
        let rooms = self.swarms.get(swarm).map(|swarm| swarm.rooms.keys());
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

    /// The swarms, and how many members each has.
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

impl Swarm {
    /// Where a newcomer has company, or else where there is most room. A swarm that shrank fills its rooms up instead.
    fn room_for(&self, kind: Option<u32>, size: usize) -> u32 {
        let company = |room: &Room| kind.and_then(|kind| room.kinds.get(&kind)).copied().unwrap_or(0);
        let best = self
            .rooms
            .iter()
            .filter(|(_, room)| room.members < 2 * size && company(room) >= COMPANY)
            .max_by_key(|(_, room)| company(room));
        if let Some((number, _)) = best {
            return *number;
        }
        if self.members >= self.rooms.len() * size {
            return (0..).find(|number| !self.rooms.contains_key(number)).unwrap_or(0);
        }
        let room_left = self.rooms.iter().filter(|(_, room)| room.members < size);
        let sparse = self.members * 2 < self.rooms.len() * size;
        let by_members = |(_, room): &(&u32, &Room)| room.members;
        let found = if sparse {
            room_left.max_by_key(by_members)
        } else {
            room_left.min_by_key(by_members)
        };
        found.map_or(0, |(number, _)| *number)
    }

    fn seat(&mut self, number: u32, kind: Option<u32>) {
        self.members += 1;
        let room = self.rooms.entry(number).or_default();
        room.members += 1;
        if let Some(kind) = kind {
            *room.kinds.entry(kind).or_default() += 1;
        }
    }

    fn vacate(&mut self, number: u32, kind: Option<u32>) {
        let Some(room) = self.rooms.get_mut(&number) else {
            return;
        };
        self.members -= 1;
        room.members -= 1;
        if let Some(count) = kind.and_then(|kind| room.kinds.get_mut(&kind)) {
            *count -= 1;
        }
        room.kinds.retain(|_, count| *count > 0);
        if room.members == 0 {
            self.rooms.remove(&number);
        }
    }
}

#[cfg(test)]
mod tests;
