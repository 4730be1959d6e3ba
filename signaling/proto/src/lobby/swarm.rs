//! One swarm, split into rooms: how many are in each, and where a newcomer goes.

use std::collections::BTreeMap;

/// How many members of a newcomer's network draw it to their room, if that has a place left.
const COMPANY: u32 = 8;

#[derive(Debug, Default)]
pub(super) struct Swarm {
    pub(super) members: usize,
    /// By number; empty rooms are removed.
    pub(super) rooms: BTreeMap<u32, Room>,
}

#[derive(Debug, Default)]
pub(super) struct Room {
    pub(super) members: usize,
    /// How many members are of each network, see [`Newcomer::network`](super::Newcomer::network).
    networks: BTreeMap<u32, u32>,
}

impl Swarm {
    /// The room for a newcomer: one with several members of its network, or else the emptiest. A swarm that shrank
    /// fills its rooms up instead.
    pub(super) fn room_for(&self, network: Option<u32>, size: usize) -> u32 {
        let company = |room: &Room| {
            network
                .and_then(|network| room.networks.get(&network))
                .copied()
                .unwrap_or(0)
        };
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

    pub(super) fn seat(&mut self, number: u32, network: Option<u32>) {
        self.members += 1;
        let room = self.rooms.entry(number).or_default();
        room.members += 1;
        if let Some(network) = network {
            *room.networks.entry(network).or_default() += 1;
        }
    }

    pub(super) fn vacate(&mut self, number: u32, network: Option<u32>) {
        let Some(room) = self.rooms.get_mut(&number) else {
            return;
        };
        self.members -= 1;
        room.members -= 1;
        if let Some(count) = network.and_then(|network| room.networks.get_mut(&network)) {
            *count -= 1;
        }
        room.networks.retain(|_, count| *count > 0);
        if room.members == 0 {
            self.rooms.remove(&number);
        }
    }
}
