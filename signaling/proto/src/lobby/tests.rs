//! Limits, where newcomers go, and a random walk whose counts a plain model keeps.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::{Entry, Front, Holder, Lobby, LobbyConfig, Newcomer, Replaced, RoomAddress};
use crate::admission::{Full, Place};
use crate::rooms::{ConnId, MEMBER_ASKS};

const NOW: Duration = Duration::from_secs(100);

fn lobby() -> Lobby {
    Lobby::new(LobbyConfig {
        connections: 6,
        connections_per_address: 2,
        swarms: 2,
        announced_swarms: 3,
        peers_per_swarm: 100_000,
        room_size: 100,
        shards: 16,
    })
}

fn enter(lobby: &mut Lobby, swarm: &str, network: u32) -> Entry {
    let newcomer = Newcomer {
        swarm,
        front: Front::Own,
        network: Some(network),
        token: None,
        holder: holder(0, 0),
    };
    lobby.enter(NOW, newcomer).unwrap().entry
}

/// A connection from an address that ends so.
fn holder(conn: u64, address: u8) -> Holder {
    Holder {
        conn: ConnId(conn),
        visit: conn,
        place: Place::of([192, 0, 2, address].into()),
    }
}

/// One that comes to the swarm `film` with the token `viewer`, which is good for two.
fn viewer(holder: Holder) -> Newcomer<'static> {
    Newcomer {
        swarm: "film",
        front: Front::Own,
        network: None,
        token: Some(("viewer", 2)),
        holder,
    }
}

fn members(entries: &[Entry]) -> BTreeMap<u32, usize> {
    let mut members = BTreeMap::new();
    for entry in entries {
        *members.entry(entry.address().number).or_default() += 1;
    }
    members
}

#[test]
fn a_server_and_an_address_have_so_many_connections() {
    let mut lobby = lobby();
    let address = |number: u8| [192, 0, 2, number].into();
    for _ in 0..2 {
        lobby.connect(address(1)).unwrap();
    }
    assert_eq!(lobby.connect(address(1)), Err(Full::Address));
    for number in 2..6 {
        lobby.connect(address(number)).unwrap();
    }
    assert_eq!(lobby.connect(address(6)), Err(Full::Server));
    lobby.disconnect(address(1));
    assert_eq!(lobby.connect(address(1)), Ok(()));
    assert_eq!(lobby.connections(), 6);
}

#[test]
fn a_token_is_good_for_so_many_connections_at_once() {
    let mut lobby = lobby();
    let entry = lobby.enter(NOW, viewer(holder(1, 1))).unwrap().entry;
    lobby.enter(NOW, viewer(holder(2, 1))).unwrap();
    assert_eq!(lobby.enter(NOW, viewer(holder(3, 2))), Err(Full::Token));
    lobby.leave(&entry);
    let admitted = lobby.enter(NOW, viewer(holder(3, 2))).unwrap();
    assert_eq!(admitted.replaced, None);
}

#[test]
fn a_newer_connection_of_the_same_place_takes_the_place_of_the_oldest() {
    let mut lobby = lobby();
    let other = lobby.enter(NOW, viewer(holder(1, 2))).unwrap().entry;
    let oldest = lobby.enter(NOW, viewer(holder(2, 1))).unwrap().entry;
    let newer = lobby.enter(NOW, viewer(holder(3, 1))).unwrap();
    let replaced = Replaced {
        conn: ConnId(2),
        address: oldest.address(),
    };
    assert_eq!(newer.replaced, Some(replaced), "not the one elsewhere");
    assert!(lobby.is_replaced(&oldest) && !lobby.is_replaced(&other));
    lobby.leave(&oldest);
    assert!(
        !lobby.is_replaced(&newer.entry),
        "its end takes nothing from the newer one"
    );
    assert_eq!(lobby.enter(NOW, viewer(holder(4, 3))), Err(Full::Token));
    for entry in [other, newer.entry] {
        lobby.leave(&entry);
    }
    assert!(lobby.holders.is_empty() && lobby.swarms.is_empty());
}

#[test]
fn whoever_leaves_and_comes_back_has_no_more_introductions_to_ask_for() {
    let mut lobby = lobby();
    let mut stay = |newcomer: Newcomer<'_>| {
        let admitted = lobby.enter(NOW, newcomer).unwrap();
        lobby.leave(&admitted.entry);
        admitted.asks
    };
    let with_token: u32 = (0..100_u8).map(|n| stay(viewer(holder(n.into(), n)))).sum();
    assert_eq!(with_token, 4 * MEMBER_ASKS, "from wherever it comes");
    let without = |last| Newcomer {
        token: None,
        ..viewer(holder(1, last))
    };
    let from_one: u32 = (0..100).map(|_| stay(without(1))).sum();
    assert_eq!(from_one, 4 * MEMBER_ASKS, "by its address");
    assert_eq!(stay(without(2)), MEMBER_ASKS, "others have theirs");
    for _ in 0..100 {
        let admitted = lobby.enter(NOW, without(3)).unwrap();
        assert_eq!(admitted.asks, MEMBER_ASKS, "whoever asked for none is no burden");
        lobby.give_back(&admitted.entry, u32::MAX);
        lobby.leave(&admitted.entry);
    }
}

#[test]
fn memberships_of_one_connection_do_not_replace_each_other() {
    let mut lobby = lobby();
    for conn in [1, 2] {
        let member = Holder {
            visit: 7,
            ..holder(conn, 1)
        };
        assert_eq!(lobby.enter(NOW, viewer(member)).unwrap().replaced, None);
    }
    let third = Holder {
        visit: 7,
        ..holder(3, 1)
    };
    assert_eq!(lobby.enter(NOW, viewer(third)), Err(Full::Token));
}

#[test]
fn nobody_is_replaced_for_one_that_is_not_let_in() {
    let mut lobby = Lobby::new(LobbyConfig {
        peers_per_swarm: 2,
        ..lobby().config
    });
    for network in 0..2 {
        enter(&mut lobby, "film", network);
    }
    let elsewhere = |conn| Newcomer {
        swarm: "match",
        ..viewer(holder(conn, 1))
    };
    let first = lobby.enter(NOW, elsewhere(1)).unwrap().entry;
    lobby.enter(NOW, elsewhere(2)).unwrap();
    assert_eq!(lobby.enter(NOW, viewer(holder(3, 1))), Err(Full::Swarm));
    assert!(!lobby.is_replaced(&first));
}

#[test]
fn a_full_swarm_lets_one_in_that_takes_its_own_place() {
    let mut lobby = Lobby::new(LobbyConfig {
        peers_per_swarm: 2,
        ..lobby().config
    });
    let broken = lobby.enter(NOW, viewer(holder(1, 1))).unwrap().entry;
    let other = lobby.enter(NOW, viewer(holder(2, 2))).unwrap().entry;
    let again = lobby.enter(NOW, viewer(holder(3, 1))).unwrap();
    assert_eq!(again.replaced.map(|replaced| replaced.conn), Some(ConnId(1)));
    let stranger = Newcomer {
        token: None,
        ..viewer(holder(4, 4))
    };
    assert_eq!(lobby.enter(NOW, stranger), Err(Full::Swarm), "for nobody else");
    let second = viewer(holder(5, 1));
    assert_eq!(lobby.enter(NOW, second), Err(Full::Swarm), "one at a time");
    lobby.leave(&broken);
    assert_eq!(lobby.enter(NOW, stranger), Err(Full::Swarm), "it is full again");
    for entry in [other, again.entry] {
        lobby.leave(&entry);
    }
    assert!(lobby.holders.is_empty() && lobby.swarms.is_empty());
}

#[test]
fn there_are_so_many_swarms_and_members() {
    let mut lobby = Lobby::new(LobbyConfig {
        peers_per_swarm: 2,
        ..lobby().config
    });
    for swarm in ["a", "b", "a"] {
        enter(&mut lobby, swarm, 0);
    }
    for swarm in ["a", "c"] {
        let newcomer = Newcomer {
            swarm,
            front: Front::Own,
            network: None,
            token: None,
            holder: holder(0, 0),
        };
        assert_eq!(lobby.enter(NOW, newcomer), Err(Full::Swarm));
    }
}

#[test]
fn swarms_of_the_two_protocols_are_apart_and_keep_each_other_from_nothing() {
    let mut lobby = lobby();
    let newcomer = |front, swarm| Newcomer {
        swarm,
        front,
        network: None,
        token: None,
        holder: holder(0, 0),
    };
    let mut entries = Vec::new();
    for swarm in ["film", "b", "c"] {
        entries.push(lobby.enter(NOW, newcomer(Front::Tracker, swarm)).unwrap().entry);
    }
    assert_eq!(lobby.enter(NOW, newcomer(Front::Tracker, "d")), Err(Full::Swarm));
    for swarm in ["film", "other"] {
        entries.push(lobby.enter(NOW, newcomer(Front::Own, swarm)).unwrap().entry);
    }
    assert_eq!(lobby.enter(NOW, newcomer(Front::Own, "d")), Err(Full::Swarm));
    assert_eq!((lobby.announced(), lobby.swarms().len()), (3, 2));
    assert_eq!(lobby.swarms().next(), Some(("film", 1)), "of the one protocol");
    assert_eq!(
        lobby.pick("b", None, 0),
        None,
        "there is no such swarm of the other"
    );
    assert_eq!(
        (lobby.addresses("film").len(), lobby.addresses("other").len()),
        (1, 0)
    );
    for entry in &entries {
        lobby.leave(entry);
    }
    assert_eq!((lobby.announced(), lobby.swarms().len()), (0, 0));
}

#[test]
fn a_large_swarm_is_split_into_rooms_of_about_one_size() {
    let mut lobby = lobby();
    let entries: Vec<_> = (0..10_000)
        .map(|number| enter(&mut lobby, "film", number))
        .collect();
    let members = members(&entries);
    assert_eq!(members.len(), 100);
    assert!(members.values().all(|count| *count == 100), "{members:?}");
    let shards: std::collections::BTreeSet<_> = entries.iter().map(|entry| entry.address().shard).collect();
    assert_eq!(shards.len(), 16, "over all shards");
}

#[test]
fn those_of_one_network_come_together() {
    let mut lobby = lobby();
    let entries: Vec<_> = (0..2_000)
        .map(|number| (number % 10, enter(&mut lobby, "film", number % 10)))
        .collect();
    let mut alike = 0;
    for (network, entry) in &entries {
        let room = entries
            .iter()
            .filter(|(_, other)| other.address().number == entry.address().number);
        let (mut same, mut all) = (0, 0);
        for (other, _) in room {
            all += 1;
            same += usize::from(other == network);
        }
        assert!(all <= 200, "no room is over twice its size");
        alike += same * 100 / all;
    }
    // A tenth of all are of one network.
    let alike = alike / entries.len();
    assert!(alike > 30, "{alike} in 100 of a room");
}

#[test]
fn another_room_is_picked_the_fuller_the_likelier() {
    let mut lobby = lobby();
    for number in 0..150 {
        enter(&mut lobby, "film", number);
    }
    let count = |home: Option<u32>| {
        let picks = (0..150).map(|draw| lobby.pick("film", home, draw));
        picks.fold(BTreeMap::<Option<u32>, u32>::new(), |mut counts, room| {
            *counts.entry(room.map(|room| room.number)).or_default() += 1;
            counts
        })
    };
    assert_eq!(count(None), BTreeMap::from([(Some(0), 100), (Some(1), 50)]));
    assert_eq!(count(Some(0)), BTreeMap::from([(Some(1), 150)]));
    assert_eq!(lobby.pick("other", None, 3), None);
}

proptest! {
    #[test]
    fn what_enters_and_leaves_leaves_nothing(steps in prop::collection::vec((any::<bool>(), 0..3_u32, 0..40_usize), 1..300)) {
        let mut lobby = Lobby::new(LobbyConfig { room_size: 5, swarms: 1, ..lobby().config });
        let mut entries: Vec<Entry> = Vec::new();
        for (enters, network, which) in steps {
            if enters || entries.is_empty() {
                entries.push(enter(&mut lobby, "film", network));
            } else {
                let entry = entries.swap_remove(which % entries.len());
                lobby.leave(&entry);
            }
            let counted = members(&entries);
            prop_assert!(counted.values().all(|count| *count <= 10));
            let held: Option<BTreeMap<u32, usize>> = lobby.swarms.get("film").map(|swarm| swarm.rooms.iter().map(|(number, room)| (*number, room.members)).collect());
            prop_assert_eq!(held.unwrap_or_default(), counted);
        }
        for entry in &entries {
            lobby.leave(entry);
        }
        prop_assert!(lobby.swarms.is_empty() && lobby.holders.is_empty());
        prop_assert_eq!(lobby.pick("film", None, 0), None::<RoomAddress>);
    }
}
