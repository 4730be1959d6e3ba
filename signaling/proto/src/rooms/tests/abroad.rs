//! Two rooms of one swarm, with a wire between them that the test holds.

use std::net::IpAddr;
use std::time::Duration;

use super::{left, offer_to, paired, undeliverable, unpair};
use crate::message::{Join, Policy, Signal, ToClient, ToServer, Welcome};
use crate::node::NodeId;
use crate::rooms::{
    Abroad, BlockKey, ClientLocation, ConnId, Envelope, Guest, MEMBER_ASKS, Prefix, RoomKey, Rooms,
    RoomsConfig, RoomsOutput, Scattered, Stranger, Whereabouts,
};

const NOW: Duration = Duration::from_secs(1000);

/// Two shards of one server: a room of the swarm in each.
struct Two {
    rooms: [Rooms; 2],
    next_conn: u64,
}

impl Two {
    fn new() -> Self {
        Self::with(&RoomsConfig::default())
    }

    fn with(config: &RoomsConfig) -> Self {
        let rooms = [0, 1].map(|shard| {
            let config = RoomsConfig {
                whereabouts: Whereabouts {
                    node: NodeId(7),
                    shard,
                },
                abroad: Abroad::Elsewhere,
                ..config.clone()
            };
            Rooms::new(config, Box::new(Scattered), [shard + 1; 32]).unwrap()
        });
        Self { rooms, next_conn: 0 }
    }

    /// Joins the room in a shard: the connection, its peer id, and what else was said.
    fn join(&mut self, shard: usize, want: u32) -> (u64, String, Vec<RoomsOutput>) {
        self.next_conn += 1;
        let guest = Guest {
            location: ClientLocation::from(IpAddr::from([192, 0, 2, 1])),
            join: Join::new("film", want),
            room: u32::try_from(shard).unwrap(),
            asks: MEMBER_ASKS,
            ice_servers: Vec::new(),
        };
        self.rooms[shard].handle_guest(NOW, ConnId(self.next_conn), guest);
        let mut said = self.drain(shard);
        let RoomsOutput::Send {
            message: ToClient::Welcome(Welcome { peer, .. }),
            ..
        } = said.remove(0)
        else {
            panic!("no welcome: {said:?}")
        };
        (self.next_conn, peer, said)
    }

    fn say(&mut self, shard: usize, conn: u64, frame: &str) -> Vec<RoomsOutput> {
        self.rooms[shard].handle_frame(NOW, ConnId(conn), frame);
        self.drain(shard)
    }

    fn tell(&mut self, shard: usize, envelope: Envelope) -> Vec<RoomsOutput> {
        self.rooms[shard].handle_envelope(NOW, envelope);
        self.drain(shard)
    }

    fn seek(&mut self, shard: usize, seeker: &str, count: u32) -> Vec<RoomsOutput> {
        let room = RoomKey {
            swarm: "film".into(),
            number: u32::try_from(shard).unwrap(),
        };
        self.rooms[shard].handle_seek(NOW, &room, &stranger(seeker), count);
        self.drain(shard)
    }

    fn drain(&mut self, shard: usize) -> Vec<RoomsOutput> {
        std::iter::from_fn(|| self.rooms[shard].poll_output()).collect()
    }

    /// A pair over the wire: connections and peer ids.
    fn pair(&mut self) -> [(u64, String); 2] {
        let (a_conn, a, _) = self.join(0, 0);
        let (b_conn, b, said) = self.join(1, 1);
        assert_eq!(said, [seek(&b, 1, 1)]);
        assert_eq!(self.seek(0, &b, 1), [paired(a_conn, &b, false), found(&b, &[&a])]);
        let told = self.tell(
            1,
            Envelope::Found {
                seeker: b.clone(),
                peers: vec![stranger(&a)],
            },
        );
        assert_eq!(told, [paired(b_conn, &a, true)]);
        [(a_conn, a), (b_conn, b)]
    }
}

/// One from where all of these tests are.
fn stranger(id: &str) -> Stranger {
    Stranger {
        block: Some(BlockKey::default().tag(Prefix::of([192, 0, 2, 1].into()))),
        ..Stranger::from(id)
    }
}

fn seek(seeker: &str, room: u32, count: u32) -> RoomsOutput {
    RoomsOutput::Abroad(Envelope::Seek {
        seeker: stranger(seeker),
        swarm: "film".into(),
        room,
        count,
    })
}

fn found(seeker: &str, peers: &[&str]) -> RoomsOutput {
    RoomsOutput::Abroad(Envelope::Found {
        seeker: seeker.into(),
        peers: peers.iter().map(|peer| stranger(peer)).collect(),
    })
}

fn gone(from: &str, to: &str) -> Envelope {
    Envelope::Left {
        from: from.into(),
        to: to.into(),
    }
}

fn offer(from: &str, to: &str) -> Envelope {
    Envelope::Signal {
        from: from.into(),
        to: to.into(),
        signal: Signal::Offer { sdp: "v=0".into() },
    }
}

#[test]
fn what_a_room_lacks_is_looked_for_in_others_and_signals_cross() {
    let mut two = Two::new();
    let [(a_conn, a), (b_conn, b)] = two.pair();
    let said = two.say(1, b_conn, &offer_to(&a).to_json());
    assert_eq!(said, [RoomsOutput::Abroad(offer(&b, &a))]);
    let heard = two.tell(0, offer(&b, &a));
    let [
        RoomsOutput::Send {
            conn,
            message: ToClient::Signal { from, .. },
        },
    ] = &heard[..]
    else {
        panic!("{heard:?}")
    };
    assert_eq!((*conn, from), (ConnId(a_conn), &b));
    assert_eq!((two.rooms[1].stats().pairs, two.rooms[0].stats().offers), (1, 1));
}

#[test]
fn one_more_than_is_missing_at_home_is_looked_for() {
    let mut two = Two::new();
    for _ in 0..8 {
        two.join(0, 0);
    }
    let (_, id, said) = two.join(0, 2);
    assert_eq!(said.last(), Some(&seek(&id, 0, 1)), "two at home, one elsewhere");
    let (_, id, said) = two.join(1, 4);
    assert_eq!(said, [seek(&id, 1, 4)], "nobody is at home");
}

#[test]
fn leaving_and_unpairing_are_told_across() {
    let mut two = Two::new();
    let [(a_conn, a), (b_conn, b)] = two.pair();
    let said = two.say(1, b_conn, &unpair(&a).to_json());
    assert_eq!(said, [RoomsOutput::Abroad(gone(&b, &a))]);
    assert_eq!(two.tell(0, gone(&b, &a)), [left(a_conn, &b)]);
    assert_eq!(two.tell(0, gone(&b, &a)), [], "once");
    assert_eq!((two.rooms[0].stats().pairs, two.rooms[1].stats().pairs), (0, 0));

    let mut two = Two::new();
    let [(a_conn, a), (_, b)] = two.pair();
    two.rooms[0].handle_closed(NOW, ConnId(a_conn));
    assert_eq!(two.drain(0), [RoomsOutput::Abroad(gone(&a, &b))]);
}

#[test]
fn two_of_different_rooms_that_ended_a_pairing_are_kept_apart_for_a_while() {
    let mut two = Two::new();
    let [(a_conn, a), (b_conn, b)] = two.pair();
    two.say(1, b_conn, &unpair(&a).to_json());
    two.tell(0, gone(&b, &a));
    assert_eq!(two.seek(0, &b, 1), [], "the one side remembers");
    let said = two.say(1, b_conn, &ToServer::Want { count: 1 }.to_json());
    assert_eq!(said, [seek(&b, 1, 1)]);
    let told = Envelope::Found {
        seeker: b.clone(),
        peers: vec![stranger(&a)],
    };
    assert_eq!(
        two.tell(1, told),
        [RoomsOutput::Abroad(gone(&b, &a))],
        "and so does the other, where the first has forgotten"
    );
    let later = NOW + RoomsConfig::default().repair_after;
    let room = RoomKey {
        swarm: "film".into(),
        number: 0,
    };
    two.rooms[0].handle_seek(later, &room, &stranger(&b), 1);
    assert_eq!(two.drain(0), [paired(a_conn, &b, false), found(&b, &[&a])]);
}

#[test]
fn two_rooms_of_one_table_are_as_rooms_of_two() {
    let mut two = Two::new();
    let (a_conn, a, _) = two.join(0, 0);
    let guest = Guest {
        location: ClientLocation::from(IpAddr::from([192, 0, 2, 1])),
        join: Join::new("film", 0),
        room: 64,
        asks: MEMBER_ASKS,
        ice_servers: Vec::new(),
    };
    two.rooms[0].handle_guest(NOW, ConnId(99), guest);
    let said = two.drain(0);
    let RoomsOutput::Send {
        message: ToClient::Welcome(welcome),
        ..
    } = &said[0]
    else {
        panic!("{said:?}")
    };
    let b = &welcome.peer;
    assert_eq!(two.seek(0, &a, 1), [], "nobody is introduced to itself");
    assert_eq!(two.seek(0, b, 1), [paired(a_conn, b, false), found(b, &[&a])]);
    let said = two.say(0, a_conn, &offer_to(b).to_json());
    assert_eq!(said, [RoomsOutput::Abroad(offer(&a, b))]);
    let said = two.say(0, a_conn, &unpair(b).to_json());
    assert_eq!(said, [RoomsOutput::Abroad(gone(&a, b))]);
}

#[test]
fn one_block_gets_a_third_of_a_members_pairings_whichever_rooms_it_comes_from() {
    let mut two = Two::new();
    two.join(0, 0);
    let of_block = |number: u16, block: u8| Stranger {
        block: Some(BlockKey::default().tag(Prefix::of([198, 51, block, 7].into()))),
        ..Stranger::from(format!("{number:032x}").as_str())
    };
    let room = RoomKey {
        swarm: "film".into(),
        number: 0,
    };
    let mut met = Vec::new();
    // Nine of one block come, then one each of six others, then nine of the first again.
    let strangers = (0..9).map(|number| of_block(number, 0));
    let others = (1..=6).map(|block| of_block(100 + u16::from(block), block));
    for stranger in strangers.clone().chain(others).chain(strangers) {
        two.rooms[0].handle_seek(NOW, &room, &stranger, 1);
        met.extend(two.drain(0).first().map(|_| stranger.block));
    }
    let flood = met.iter().filter(|block| **block == met[0]).count();
    assert_eq!((flood, met.len()), (3, 9), "a third of nine");

    let (_, seeker, _) = two.join(1, 6);
    let peers = (0..6).map(|number| of_block(number, 0)).collect();
    let told = two.tell(1, Envelope::Found { seeker, peers });
    let paired = |output: &&RoomsOutput| matches!(output, RoomsOutput::Send { .. });
    assert_eq!(
        told.iter().filter(paired).count(),
        2,
        "whoever found them: {told:?}"
    );
}

#[test]
fn strangers_that_say_they_are_neighbours_get_a_share_as_well() {
    let mut two = Two::new();
    let (_, seeker, _) = two.join(1, 9);
    let peers = (0..9).map(|number| stranger(&format!("{number:032x}"))).collect();
    let told = two.tell(1, Envelope::Found { seeker, peers });
    let paired = |output: &&RoomsOutput| matches!(output, RoomsOutput::Send { .. });
    assert_eq!(
        told.iter().filter(paired).count(),
        2,
        "of its own block: {told:?}"
    );

    for _ in 0..9 {
        two.join(0, 0);
    }
    let said = two.seek(0, "0000000900000000000000000000000f", 9);
    let Some(RoomsOutput::Abroad(Envelope::Found { peers, .. })) = said.last() else {
        panic!("{said:?}")
    };
    assert_eq!(peers.len(), 3, "a third of those that it looks for");
}

#[test]
fn whoever_looks_is_introduced_to_so_many_of_one_block() {
    let mut two = Two::new();
    for number in 0..30 {
        let address: [u8; 4] = if number < 24 {
            [198, 51, 100, number]
        } else {
            [198, 51, number, 1]
        };
        let guest = Guest {
            location: ClientLocation::from(IpAddr::from(address)),
            join: Join::new("film", 0),
            room: 0,
            asks: MEMBER_ASKS,
            ice_servers: Vec::new(),
        };
        two.rooms[0].handle_guest(NOW, ConnId(1000 + u64::from(number)), guest);
    }
    two.drain(0);
    let said = two.seek(0, "0000000900000000000000000000000f", 6);
    let Some(RoomsOutput::Abroad(Envelope::Found { peers, .. })) = said.last() else {
        panic!("{said:?}")
    };
    let flood = BlockKey::default().tag(Prefix::of([198, 51, 100, 0].into()));
    let fakes = peers.iter().filter(|peer| peer.block == Some(flood)).count();
    assert_eq!((fakes, peers.len()), (2, 6), "{peers:?}");
}

#[test]
fn a_guest_asks_for_no_more_introductions_than_it_was_given() {
    let mut two = Two::new();
    let guest = |asks, want| Guest {
        location: ClientLocation::from(IpAddr::from([192, 0, 2, 1])),
        join: Join::new("film", want),
        room: 0,
        asks,
        ice_servers: Vec::new(),
    };
    for conn in 100..120 {
        two.rooms[0].handle_guest(NOW, ConnId(conn), guest(MEMBER_ASKS, 0));
    }
    two.drain(0);
    let paired = |said: &[RoomsOutput]| {
        let own = |output: &&RoomsOutput| {
            matches!(
                output,
                RoomsOutput::Send {
                    conn: ConnId(200),
                    message: ToClient::Paired { .. }
                }
            )
        };
        said.iter().filter(own).count()
    };
    two.rooms[0].handle_guest(NOW, ConnId(200), guest(3, 10));
    assert_eq!(paired(&two.drain(0)), 3);
    let want = ToServer::Want { count: 10 }.to_json();
    assert_eq!(paired(&two.say(0, 200, &want)), 0);
    two.rooms[0].handle_frame(NOW + Duration::from_secs(2), ConnId(200), &want);
    assert_eq!(paired(&two.drain(0)), 2, "one more a second");
}

#[test]
fn a_signal_from_whom_it_was_not_paired_with_is_not_carried() {
    let mut two = Two::new();
    let [(_, a), _] = two.pair();
    let stranger = "0000000900000000000000000000000f";
    let back = Envelope::Undeliverable {
        from: stranger.into(),
        to: a.clone(),
    };
    assert_eq!(two.tell(0, offer(stranger, &a)), [RoomsOutput::Abroad(back)]);
}

#[test]
fn an_addressee_that_is_gone_is_told_to_the_sender_and_the_pairing_ends() {
    let mut two = Two::new();
    let [(a_conn, a), (b_conn, b)] = two.pair();
    two.rooms[0].handle_closed(NOW, ConnId(a_conn));
    two.drain(0);
    let back = Envelope::Undeliverable {
        from: b.clone(),
        to: a.clone(),
    };
    assert_eq!(two.tell(0, offer(&b, &a)), [RoomsOutput::Abroad(back.clone())]);
    assert_eq!(two.tell(1, back), [undeliverable(b_conn, &a)]);
    assert_eq!(two.rooms[1].stats().pairs, 0);
}

#[test]
fn those_that_were_not_there_push_nobody_out_that_is_kept_apart() {
    let mut two = Two::new();
    let [(a_conn, a), (_, b)] = two.pair();
    two.say(0, a_conn, &unpair(&b).to_json());
    let room = RoomKey {
        swarm: "film".into(),
        number: 0,
    };
    for number in 0..64 {
        let (to, from) = (format!("{number:032x}"), a.clone());
        two.rooms[0].handle_seek(NOW, &room, &Stranger::from(&to), 1);
        assert_eq!(two.drain(0).len(), 2, "they meet");
        let told = two.tell(0, Envelope::Undeliverable { from, to: to.clone() });
        assert_eq!(told, [undeliverable(a_conn, &to)]);
    }
    assert_eq!(two.seek(0, &b, 1), [], "it ended the pairing a moment ago");
}

#[test]
fn whoever_was_not_asked_for_is_sent_back() {
    let mut two = Two::new();
    let (_, b, said) = two.join(1, 1);
    assert_eq!(said, [seek(&b, 1, 1)]);
    let peers: Vec<String> = (0..3).map(|number| format!("{number:032x}")).collect();
    let told = two.tell(
        1,
        Envelope::Found {
            seeker: b.clone(),
            peers: peers.iter().map(Stranger::from).collect(),
        },
    );
    let expected = [
        paired(2 - 1, &peers[0], true),
        RoomsOutput::Abroad(gone(&b, &peers[1])),
        RoomsOutput::Abroad(gone(&b, &peers[2])),
    ];
    assert_eq!(told, expected);
    let unknown = Envelope::Found {
        seeker: "nobody".into(),
        peers: vec![Stranger::from(&peers[0])],
    };
    assert_eq!(
        two.tell(1, unknown),
        [RoomsOutput::Abroad(gone("nobody", &peers[0]))]
    );
}

#[test]
fn pairings_with_other_rooms_count_as_pairings() {
    let mut two = Two::with(&RoomsConfig {
        pairs_per_peer: 2,
        ..RoomsConfig::default()
    });
    let (conn, id, _) = two.join(0, 0);
    for number in 0..3 {
        let seeker = format!("{number:032x}");
        let said = two.seek(0, &seeker, 1);
        let expected: &[RoomsOutput] = if number < 2 {
            &[paired(conn, &seeker, false), found(&seeker, &[&id])]
        } else {
            &[]
        };
        assert_eq!(said, expected, "{number}");
    }
}

#[test]
fn what_cannot_be_carried_is_told_to_whom_it_leaves_waiting() {
    let back = Envelope::Undeliverable {
        from: "a".into(),
        to: "b".into(),
    };
    assert_eq!(offer("a", "b").returned(), std::slice::from_ref(&back));
    let found = Envelope::Found {
        seeker: "a".into(),
        peers: vec![Stranger::from("b"), Stranger::from("c")],
    };
    assert_eq!(found.returned(), [gone("a", "b"), gone("a", "c")]);
    assert_eq!(back.returned(), []);
    assert_eq!(gone("a", "b").returned(), []);
}

#[test]
fn peer_ids_tell_where_they_are_and_a_welcome_what_the_server_asks() {
    let policy = Policy {
        max_peers: Some(8),
        ..Policy::default()
    };
    let mut two = Two::with(&RoomsConfig {
        policy: policy.clone(),
        signer: Some("ab".repeat(32)),
        ..RoomsConfig::default()
    });
    let (_, id, _) = two.join(1, 0);
    assert_eq!(
        Whereabouts::of(&id),
        Some(Whereabouts {
            node: NodeId(7),
            shard: 1
        })
    );
    let guest = Guest {
        location: ClientLocation::from(IpAddr::from([192, 0, 2, 1])),
        join: Join::new("film", 0),
        room: 1,
        asks: MEMBER_ASKS,
        ice_servers: Vec::new(),
    };
    two.rooms[1].handle_guest(NOW, ConnId(99), guest);
    let said = two.drain(1);
    let [
        RoomsOutput::Send {
            message: ToClient::Welcome(welcome),
            ..
        },
    ] = &said[..]
    else {
        panic!("{said:?}")
    };
    assert_eq!(
        (&welcome.policy, welcome.signer.as_deref()),
        (&policy, Some(&*"ab".repeat(32)))
    );
}

#[test]
fn a_signal_that_finds_no_room_in_a_queue_is_told_to_its_sender_wherever_it_is() {
    let mut two = Two::new();
    let [(a_conn, a), (_, b)] = two.pair();
    let signal = |from: &str| ToClient::Signal {
        from: from.into(),
        signal: Signal::Offer { sdp: "v=0".into() },
    };
    two.rooms[0].handle_undelivered(ConnId(a_conn), &signal(&b));
    let back = Envelope::Undeliverable {
        from: b,
        to: a.clone(),
    };
    assert_eq!(two.drain(0), [RoomsOutput::Abroad(back)]);

    let (c_conn, c, said) = two.join(0, 1);
    assert!(said.contains(&paired(a_conn, &c, false)));
    two.rooms[0].handle_undelivered(ConnId(a_conn), &signal(&c));
    assert_eq!(two.drain(0), [undeliverable(c_conn, &a)]);
    two.rooms[0].handle_undelivered(ConnId(a_conn), &ToClient::Pong);
    assert_eq!(two.drain(0), [], "nobody said it");
}
