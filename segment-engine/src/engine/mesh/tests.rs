//! One engine among hand-played peers: what it tells, carries, refuses, drops and makes good.

use super::*;
use crate::config::Config;
use crate::input::Input;
use crate::time::{Timestamp, UnixTime};
use crate::wire::{Bye, Message, Neighbour, VERSION, capability, decode, encode};

fn peer(name: &str) -> PeerId {
    PeerId::new(name).unwrap()
}

fn member(number: u8) -> Member {
    Member([number; 8])
}

struct Play {
    engine: Engine,
    now: Timestamp,
    outputs: Vec<Output>,
}

impl Play {
    fn new(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::viewer("title");
        (config.min_target_peers, config.max_target_peers) = (4, 12);
        change(&mut config);
        let now = Timestamp::from_millis(1_000);
        let mut play = Self {
            engine: Engine::new(config, [3; 32], now).unwrap(),
            now,
            outputs: Vec::new(),
        };
        play.tell(Input::Clock(UnixTime::from_millis(1_700_000_000_000)));
        play
    }

    fn tell(&mut self, input: Input) {
        self.engine.handle_input(self.now, input).unwrap();
        while let Some(output) = self.engine.poll_output() {
            self.outputs.push(output);
        }
    }

    fn hear(&mut self, from: &str, frame: &Frame) {
        let message = encode(frame);
        self.tell(Input::PeerMessage {
            peer: peer(from),
            message,
        });
    }

    fn run(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        while let Some(due) = self.engine.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.engine.handle_timeout(self.now);
            while let Some(output) = self.engine.poll_output() {
                self.outputs.push(output);
            }
        }
        self.now = end;
    }

    /// Lets time pass in which all peers keep their links alive.
    fn run_alive(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.run(1_000);
            let peers: Vec<PeerId> = self.engine.peers.keys().cloned().collect();
            for peer in peers {
                self.hear(peer.as_str(), &Frame::Unknown(200));
            }
        }
    }

    fn hello(&mut self, name: &str, member: Member) {
        self.hear(
            name,
            &Frame::Hello {
                version: VERSION,
                swarm: "title".to_owned(),
                role: PeerRole::Viewer,
                member,
                capabilities: capability::RELAYS,
            },
        );
    }

    /// Links a peer, named `n` and its number.
    fn link(&mut self, number: u8) {
        let name = format!("n{number}");
        self.tell(Input::PeerConnected(peer(&name)));
        self.hello(&name, member(number));
    }

    fn neighbours(&mut self, from: u8, others: impl IntoIterator<Item = u8>) {
        let known = |number: u8| Neighbour {
            peer: peer(&format!("k{number}")),
            member: member(number),
            uplink: 12,
            links: 3,
            head: NO_HEAD,
        };
        let neighbours: Vec<Neighbour> = others.into_iter().map(known).collect();
        self.hear(
            &format!("n{from}"),
            &Frame::Neighbours {
                uplink: 12,
                links: 9,
                head: NO_HEAD,
                neighbours,
                sketch: Vec::new(),
                epoch: 0,
            },
        );
    }

    fn relay(&mut self, from: &str, about: &str, carried: Carried<'_>) {
        let payload = carried.payload();
        self.hear(
            from,
            &Frame::Relay {
                peer: peer(about),
                payload,
            },
        );
    }

    fn clear(&mut self) {
        self.outputs.clear();
    }

    /// The frames that were sent, to whom.
    fn sent(&self) -> Vec<(PeerId, Frame)> {
        let sent = self.outputs.iter().filter_map(|output| {
            let Output::Send { peer, message } = output else {
                return None;
            };
            Some((peer.clone(), decode(message.clone()).unwrap()))
        });
        sent.collect()
    }

    /// What was carried: to whom, about whom, what.
    fn carried(&self) -> Vec<(String, String, Vec<u8>)> {
        let relays = self.sent().into_iter().filter_map(|(to, frame)| {
            let Frame::Relay { peer, payload } = frame else {
                return None;
            };
            Some((to.as_str().to_owned(), peer.as_str().to_owned(), payload))
        });
        relays.collect()
    }

    fn dropped(&self) -> Vec<(String, DisconnectReason)> {
        let dropped = self.outputs.iter().filter_map(|output| {
            let Output::Disconnect { peer, reason } = output else {
                return None;
            };
            Some((peer.as_str().to_owned(), *reason))
        });
        dropped.collect()
    }

    fn dialled(&self) -> Vec<String> {
        let dialled = self.outputs.iter().filter_map(|output| {
            let Output::Connect {
                peer,
                route: Route::Neighbours,
            } = output
            else {
                return None;
            };
            Some(peer.as_str().to_owned())
        });
        dialled.collect()
    }

    fn wanted(&self) -> Vec<u32> {
        let wanted = self.outputs.iter().filter_map(|output| {
            let Output::WantPeers(count) = output else {
                return None;
            };
            Some(*count)
        });
        wanted.collect()
    }

    fn negotiated(&self) -> Vec<(String, Vec<u8>)> {
        let negotiated = self.outputs.iter().filter_map(|output| {
            let Output::Negotiation { peer, payload } = output else {
                return None;
            };
            Some((peer.as_str().to_owned(), payload.clone()))
        });
        negotiated.collect()
    }
}

fn carried(to: &str, about: &str, carried: Carried<'_>) -> (String, String, Vec<u8>) {
    (to.to_owned(), about.to_owned(), carried.payload())
}

fn dropped(name: &str, reason: DisconnectReason) -> (String, DisconnectReason) {
    (name.to_owned(), reason)
}

#[test]
fn carries_between_two_of_its_links_and_stamps_the_sender() {
    let mut play = Play::new(|_| {});
    play.link(1);
    play.link(2);
    play.clear();
    play.relay("n1", "n2", Carried::To(b"offer"));
    assert_eq!(play.carried(), [carried("n2", "n1", Carried::From(b"offer"))]);
    assert_eq!(play.engine.stats().carried, 1);
    play.clear();
    play.relay("n1", "n2", Carried::To(b""));
    assert_eq!(
        play.carried(),
        [carried("n2", "n1", Carried::From(b""))],
        "a refusal, too"
    );
}

#[test]
fn refuses_to_carry_to_whom_it_does_not_know() {
    let mut play = Play::new(|_| {});
    play.link(1);
    play.tell(Input::PeerConnected(peer("mute")));
    play.clear();
    for (about, refused) in [("stranger", true), ("mute", true), ("n1", true)] {
        play.relay("n1", about, Carried::To(b"offer"));
        let refusal = carried("n1", about, Carried::From(b""));
        assert_eq!(play.carried() == [refusal], refused, "{about}");
        play.clear();
    }
    play.relay("n1", "stranger", Carried::To(b""));
    assert_eq!(play.carried(), [], "nothing follows a refusal");
}

#[test]
fn carries_no_more_for_one_link_than_its_share() {
    let mut play = Play::new(|_| {});
    (1..=3).for_each(|number| play.link(number));
    play.clear();
    (0..200).for_each(|_| play.relay("n1", "n2", Carried::To(b"offer")));
    assert_eq!(play.carried().len(), 64);
    play.relay("n3", "n2", Carried::To(b"offer"));
    assert_eq!(play.carried().len(), 65, "others are not held up");
}

#[test]
fn what_is_no_relay_is_a_breach() {
    let mut play = Play::new(|_| {});
    play.link(1);
    play.clear();
    let payload = vec![9, 9];
    play.hear(
        "n1",
        &Frame::Relay {
            peer: peer("x"),
            payload,
        },
    );
    assert_eq!(play.dropped(), [dropped("n1", DisconnectReason::Violation)]);
}

#[test]
fn a_call_that_neighbours_carry_becomes_a_link() {
    let mut play = Play::new(|_| {});
    play.link(1);
    play.clear();
    play.neighbours(1, [20]);
    assert_eq!(play.dialled(), ["k20"]);
    let negotiate = |payload: &[u8]| Input::Negotiate {
        peer: peer("k20"),
        payload: payload.to_vec(),
    };
    play.tell(negotiate(b"offer"));
    assert_eq!(play.carried(), [carried("n1", "k20", Carried::To(b"offer"))]);
    play.relay("n1", "k20", Carried::From(b"answer"));
    assert_eq!(play.negotiated(), [("k20".to_owned(), b"answer".to_vec())]);
    play.clear();
    play.tell(Input::PeerConnected(peer("k20")));
    play.hello("k20", member(20));
    assert_eq!(play.engine.stats().introduced, 1);
    play.clear();
    play.tell(negotiate(b"late candidate"));
    assert_eq!(play.carried(), [], "the link is up");
}

#[test]
fn a_call_that_is_refused_or_cannot_be_carried_is_given_up() {
    let give_up: [fn(&mut Play); 3] = [
        |play| play.relay("n1", "k20", Carried::From(b"")),
        |play| {
            play.tell(Input::PeerClosed(peer("n1")));
            play.tell(Input::Negotiate {
                peer: peer("k20"),
                payload: b"offer".to_vec(),
            });
        },
        |play| {
            play.tell(Input::Negotiate {
                peer: peer("k20"),
                payload: vec![0; 16 << 10],
            });
        },
    ];
    for (case, give_up) in give_up.iter().enumerate() {
        let mut play = Play::new(|_| {});
        play.link(1);
        play.neighbours(1, [20]);
        play.clear();
        give_up(&mut play);
        let unresponsive = dropped("k20", DisconnectReason::Unresponsive);
        assert_eq!(play.dropped(), [unresponsive], "{case}");
        play.clear();
        play.neighbours(1, [20]);
        assert_eq!(play.dialled(), [] as [&str; 0], "{case}: not again at once");
    }
}

#[test]
fn a_call_from_a_neighbours_neighbour_is_handed_on_while_there_is_room() {
    let mut play = Play::new(|config| (config.min_target_peers, config.max_target_peers) = (1, 2));
    play.link(1);
    play.clear();
    play.relay("n1", "x", Carried::From(b"offer"));
    play.relay("n1", "x", Carried::From(b"candidate"));
    let heard = [
        ("x".to_owned(), b"offer".to_vec()),
        ("x".to_owned(), b"candidate".to_vec()),
    ];
    assert_eq!(play.negotiated(), heard);
    play.relay("n1", "y", Carried::From(b"offer"));
    assert_eq!(play.carried(), [carried("n1", "y", Carried::To(b""))], "full");
    play.clear();
    play.tell(Input::Negotiate {
        peer: peer("x"),
        payload: b"answer".to_vec(),
    });
    assert_eq!(play.carried(), [carried("n1", "x", Carried::To(b"answer"))]);
}

#[test]
fn a_call_of_which_nothing_comes_is_over_after_twenty_seconds() {
    let mut play = Play::new(|_| {});
    play.link(1);
    play.relay("n1", "x", Carried::From(b"offer"));
    play.clear();
    play.run_alive(19);
    assert_eq!(play.dropped(), []);
    play.run_alive(3);
    assert_eq!(play.dropped(), [dropped("x", DisconnectReason::Unresponsive)]);
}

#[test]
fn a_new_neighbour_is_told_of_the_others_at_once() {
    let mut play = Play::new(|_| {});
    play.link(1);
    play.clear();
    play.link(2);
    let told = |play: &Play, to: &str| {
        let told = play.sent().into_iter().filter_map(|(whom, frame)| {
            let Frame::Neighbours { neighbours, .. } = frame else {
                return None;
            };
            (whom == peer(to)).then_some(neighbours)
        });
        told.flatten().map(|known| known.peer).collect::<Vec<_>>()
    };
    assert_eq!(told(&play, "n2"), [peer("n1")]);
    play.clear();
    play.run(1_100);
    assert_eq!(told(&play, "n1"), [peer("n2")]);
}

#[test]
fn a_peer_that_is_silent_for_twenty_seconds_is_dropped() {
    let mut play = Play::new(|_| {});
    play.link(1);
    play.link(2);
    play.clear();
    for _ in 0..22 {
        play.run(1_000);
        play.hear("n2", &Frame::Unknown(200));
    }
    assert_eq!(play.dropped(), [dropped("n1", DisconnectReason::Unresponsive)]);
}

#[test]
fn a_second_link_to_a_member_is_refused_unless_the_first_is_silent() {
    let mut play = Play::new(|_| {});
    play.link(1);
    play.run(3_000);
    play.hear("n1", &Frame::Unknown(200));
    play.clear();
    play.tell(Input::PeerConnected(peer("again")));
    play.hello("again", member(1));
    assert_eq!(play.dropped(), [dropped("again", DisconnectReason::Full)]);

    play.run(7_000);
    play.clear();
    play.tell(Input::PeerConnected(peer("anew")));
    play.hello("anew", member(1));
    assert_eq!(play.dropped(), [dropped("n1", DisconnectReason::Unresponsive)]);
    assert_eq!(play.engine.stats().peers, 1);
}

#[test]
fn of_two_links_that_come_up_at_once_one_side_drops_one() {
    let mut play = Play::new(|_| {});
    let own = play.engine.member;
    for (other, drops) in [(Member([0; 8]), true), (Member([255; 8]), false)] {
        assert!((own > other) == drops);
        let name = |which: &str| format!("{which}{}", other.0[0]);
        for which in ["one", "two"] {
            play.tell(Input::PeerConnected(peer(&name(which))));
            play.clear();
            play.hello(&name(which), other);
        }
        let expected: Vec<_> = drops
            .then(|| dropped(&name("two"), DisconnectReason::Full))
            .into_iter()
            .collect();
        assert_eq!(play.dropped(), expected);
    }
}

#[test]
fn a_peer_that_says_it_is_this_one_is_refused() {
    let mut play = Play::new(|_| {});
    let own = play.engine.member;
    play.tell(Input::PeerConnected(peer("mirror")));
    play.clear();
    play.hello("mirror", own);
    assert_eq!(play.dropped(), [dropped("mirror", DisconnectReason::Full)]);
}

#[test]
fn a_peer_that_was_banned_is_refused_and_whose_member_it_took_is_not() {
    let mut play = Play::new(|_| {});
    play.link(1);
    play.engine.drop_peer(&peer("n1"), DisconnectReason::Corrupt);
    play.tell(Input::PeerClosed(peer("n1")));
    play.clear();
    for _ in 0..2 {
        play.tell(Input::PeerConnected(peer("honest")));
        play.hello("honest", member(1));
        assert_eq!(play.dropped(), []);
        play.tell(Input::PeerClosed(peer("honest")));
    }
    play.tell(Input::PeerConnected(peer("n1")));
    assert_eq!(play.dropped(), [dropped("n1", DisconnectReason::Corrupt)]);
    let said = play.sent();
    assert!(
        said.iter().any(|(_, frame)| *frame == Frame::Bye(Bye::Corrupt)),
        "{said:?}"
    );
}

#[test]
fn the_worst_link_is_let_go_and_made_good() {
    let mut play = Play::new(|_| {});
    (1..=10).for_each(|number| play.link(number));
    play.neighbours(1, 20..36);
    play.neighbours(2, 40..56);
    play.run_alive(15);
    play.clear();
    for (number, millis) in (1..=10).zip([50, 60, 55, 52, 58, 900, 51, 57, 53, 54]) {
        let link = play.engine.peers.get_mut(&peer(&format!("n{number}"))).unwrap();
        (0..8).for_each(|_| link.quality.on_sample(Duration::from_millis(millis)));
        link.quality.useful_in(play.now, 1 << 20);
    }
    play.run_alive(20);
    assert_eq!(play.dropped(), [dropped("n6", DisconnectReason::Full)]);
    assert_eq!(play.engine.stats().evicted, 1);
    let next = play.dialled()[0].clone();
    play.tell(Input::PeerConnected(peer(&next)));
    play.hello(&next, member(99));
    play.clear();
    play.neighbours(1, 60..70);
    play.run_alive(5);
    assert_eq!(play.dialled(), [] as [&str; 0], "there are as many as before");
}

#[test]
fn word_of_neighbours_that_is_hostile_does_no_harm() {
    let mut play = Play::new(|_| {});
    play.link(1);
    for epoch in [0, 85_000_000, u32::MAX] {
        play.hear(
            "n1",
            &Frame::Neighbours {
                uplink: 255,
                links: 255,
                head: i32::MIN,
                neighbours: Vec::new(),
                sketch: vec![255; 64],
                epoch,
            },
        );
        play.run(1_500);
    }
    assert!(play.engine.stats().capable < 3_000_000);
    let own = play.engine.member;
    let me = Neighbour {
        peer: peer("me"),
        member: own,
        uplink: 200,
        links: 0,
        head: i32::MAX,
    };
    play.clear();
    play.hear(
        "n1",
        &Frame::Neighbours {
            uplink: 1,
            links: 3,
            head: i32::MAX,
            neighbours: vec![me; 16],
            sketch: Vec::new(),
            epoch: 0,
        },
    );
    play.run(1_500);
    assert_eq!(play.dialled(), [] as [&str; 0], "nobody calls itself");
    play.tell(Input::PeerMessage {
        peer: peer("n1"),
        message: Message::from_bytes(vec![0x93, 14, 0]),
    });
    assert_eq!(play.dropped(), [dropped("n1", DisconnectReason::Violation)]);
}

#[test]
fn signaling_sets_how_many_links_there_are_to_be_within_what_is_configured() {
    let mut play = Play::new(|_| {});
    let targets = |min, max| Input::Targets { min, max };
    play.tell(targets(Some(2), Some(3)));
    play.tell(Input::SignalingUp);
    play.run(3_000);
    assert_eq!(play.wanted(), [3]);
    (1..=4).for_each(|number| play.link(number));
    assert_eq!(play.dropped(), [dropped("n4", DisconnectReason::Full)]);
    // More than the page takes is not to be had, and what is no longer said is as the page has it.
    play.clear();
    play.tell(targets(Some(30), Some(500)));
    (5..=14).for_each(|number| play.link(number));
    assert_eq!(play.dropped(), [dropped("n14", DisconnectReason::Full)]);
    play.clear();
    play.tell(targets(None, None));
    play.link(15);
    assert_eq!(play.dropped(), [dropped("n15", DisconnectReason::Full)]);
}

#[test]
fn a_seeder_takes_as_many_as_it_was_set_up_to_whatever_signaling_asks_of_viewers() {
    let manifest = "http://origin.test/m.mpd".to_owned();
    let mut play = Play::new(|config| {
        config.role = crate::config::Role::Seeder { manifest };
        config.min_target_peers = 0;
    });
    play.tell(Input::Targets {
        min: Some(2),
        max: Some(3),
    });
    play.tell(Input::SignalingUp);
    play.run(3_000);
    (1..=12).for_each(|number| play.link(number));
    assert_eq!((play.dropped(), play.wanted()), (vec![], vec![]));
}
