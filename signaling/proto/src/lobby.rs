//! Admission to a server, and the choice of a room: the counts that span all of a server's rooms. A large swarm is
//! split into rooms, so that each has a lock of its own, and near members are found among few.

mod asks;
mod holders;
mod swarm;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

pub use self::holders::{Holder, Replaced};

use self::asks::{Asker, Asks};
use self::holders::{Held, Holders};
use self::swarm::Swarm;
use crate::admission::{Admission, Full, Place};
use crate::rooms::ConnId;

/// How many askers (tokens or addresses whose introductions are counted) are remembered for each connection that there
/// may be. More than one, as those that are gone are remembered for a while.
const ASKERS_PER_CONNECTION: usize = 2;

/// The limits of a server, over all of its rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LobbyConfig {
    /// How many connections there are at once.
    pub connections: usize,
    /// How many connections one address (IPv4) or one /64 (IPv6) has at once.
    pub connections_per_address: usize,
    /// How many swarms there are at once.
    pub swarms: usize,
    /// How many swarms of trackers' protocol there are beside these.
    pub announced_swarms: usize,
    /// How many members a swarm has.
    pub peers_per_swarm: usize,
    /// How many members the rooms of a swarm have in the mean before it gets one more room. A room takes up to twice as
    /// many, if the further ones have several members of their network there.
    pub room_size: usize,
    /// The number of shards that rooms are spread over.
    pub shards: u8,
}

/// All connections of a server, as counts, and the rooms of each swarm.
#[derive(Debug)]
pub struct Lobby {
    config: LobbyConfig,
    admission: Admission,
    connections: usize,
    /// The connections with each token.
    holders: Holders,
    /// How many introductions each token or address has used.
    asks: Asks,
    swarms: BTreeMap<String, Swarm>,
    /// Swarms of trackers' protocol.
    announced: BTreeMap<String, Swarm>,
}

/// The protocol that the members of a swarm speak. Swarms of the two are separate even under the same name, and so are
/// their limits: a flood of info hashes in one keeps nobody out of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Front {
    /// The project's own protocol.
    Own,
    /// The protocol of WebTorrent trackers.
    Tracker,
}

/// A client that wants to join a swarm.
#[derive(Debug, Clone, Copy)]
pub struct Newcomer<'a> {
    /// The swarm's id.
    pub swarm: &'a str,
    /// The protocol that it speaks.
    pub front: Front,
    /// The number of its network (autonomous system), so that it is placed in a room with others of that. None: it is
    /// not known.
    pub network: Option<u32>,
    /// Its token's id, and how many connections that token allows.
    pub token: Option<(&'a str, u32)>,
    /// Its connection.
    pub holder: Holder,
}

/// A newcomer that was let in.
#[derive(Debug, PartialEq, Eq)]
pub struct Admitted {
    /// Its place in a room.
    pub entry: Entry,
    /// How many introductions it may ask for at once; see [`MEMBER_ASKS`](crate::rooms::MEMBER_ASKS).
    pub asks: u32,
    /// An older connection with the same token, from the same place, that is to be closed for it.
    pub replaced: Option<Replaced>,
}

/// A member's place in a swarm, to be handed back to [`Lobby::leave`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    swarm: String,
    front: Front,
    network: Option<u32>,
    conn: ConnId,
    token: Option<String>,
    /// The token or address whose budget of introductions it drew from, and that budget's size in memberships.
    asker: Option<(Asker, usize)>,
    /// How many it was given.
    asks: u32,
    address: RoomAddress,
}

/// A room, and the shard that it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomAddress {
    /// The shard's number.
    pub shard: u8,
    /// The room's number within the swarm.
    pub number: u32,
}

impl Entry {
    /// The address of the member's room.
    pub fn address(&self) -> RoomAddress {
        self.address
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
    /// When there are too many; this one is not counted then.
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
    /// When there is no place.
    pub fn enter(&mut self, now: Duration, newcomer: Newcomer<'_>) -> Result<Admitted, Full> {
        let holder = newcomer.holder;
        let room = newcomer.token.map(|token| self.holders.room(token, holder));
        let held = room.transpose()?.flatten();
        let replaced = held.map(|held| Replaced {
            conn: held.holder.conn,
            address: held.address,
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
        let number = swarm.room_for(newcomer.network, self.config.room_size);
        swarm.seat(number, newcomer.network);
        let address = RoomAddress {
            shard: self.shard(newcomer.swarm, number),
            number,
        };
        let token = newcomer.token.map(|(token, _)| token.to_owned());
        if let Some(token) = &token {
            if let Some(replaced) = replaced {
                self.holders.remove(token, replaced.conn);
            }
            let held = Held {
                holder,
                address,
                front: newcomer.front,
                swarm: newcomer.swarm.to_owned(),
            };
            self.holders.add(token, held);
        }
        let (asker, asks) = self.take_asks(now, &newcomer);
        let entry = Entry {
            swarm: newcomer.swarm.to_owned(),
            front: newcomer.front,
            network: newcomer.network,
            conn: holder.conn,
            token,
            asker,
            asks,
            address,
        };
        Ok(Admitted {
            entry,
            asks,
            replaced,
        })
    }

    /// Takes a newcomer's introductions out of what its token has left, or else its address.
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

    /// Takes back the introductions that a leaving member was given and has not asked for.
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
            swarm.vacate(entry.address.number, entry.network);
            if swarm.rooms.is_empty() {
                swarms.remove(&entry.swarm);
            }
        }
    }

    /// Picks a room of a swarm of the project's own protocol by a random number, the fuller the likelier; never `home`.
    pub fn pick(&self, swarm: &str, home: Option<u32>, draw: u64) -> Option<RoomAddress> {
        let rooms = &self.swarms.get(swarm)?.rooms;
        let others = || rooms.iter().filter(|(number, _)| Some(**number) != home);
        let members: usize = others().map(|(_, room)| room.members).sum();
        let mut place = usize::try_from(draw % u64::try_from(members.max(1)).ok()?).ok()?;
        for (number, room) in others() {
            if place < room.members {
                return Some(RoomAddress {
                    shard: self.shard(swarm, *number),
                    number: *number,
                });
            }
            place -= room.members;
        }
        None
    }

    /// The addresses of all rooms of a swarm of trackers' protocol.
    pub fn addresses(&self, swarm: &str) -> Vec<RoomAddress> {
        let rooms = self.announced.get(swarm).map(|swarm| swarm.rooms.keys());
        let addresses = rooms.into_iter().flatten().map(|room| RoomAddress {
            shard: self.shard(swarm, *room),
            number: *room,
        });
        addresses.collect()
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

    /// The shard of a room. The rooms of one swarm are in consecutive shards, from one that a hash of its id gives
    /// (FNV-1a).
    fn shard(&self, swarm: &str, number: u32) -> u8 {
        let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        let hash = swarm.bytes().fold(0x811c_9dc5, step);
        let shard = hash.wrapping_add(number) % u32::from(self.config.shards.max(1));
        u8::try_from(shard).expect("invariant: below a u8")
    }
}

#[cfg(test)]
mod tests;
