//! A reference model: plain lists and quadratic searches. It predicts what the server says, step by step; of those
//! that may be introduced it predicts how many are, and that nobody is taken where the choice of two forbids it.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::{Stage, join_taking, left, offer_to, paired, to, undeliverable, unpair};
use crate::message::{Signal, ToClient, ToServer, Welcome};
use crate::rooms::{RoomsConfig, RoomsOutput};

const PAIRS_PER_PEER: usize = 3;
const REPAIR_AFTER: Duration = Duration::from_secs(15);

#[derive(Debug, Clone)]
enum Step {
    Join {
        swarm: u8,
        want: u32,
        capacity: Option<u32>,
    },
    Want {
        who: usize,
        count: u32,
    },
    Offer {
        who: usize,
        to: usize,
    },
    Unpair {
        who: usize,
        peer: usize,
    },
    Close {
        who: usize,
    },
    Frame {
        who: usize,
        frame: String,
    },
    Pass {
        millis: u64,
    },
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn the_server_says_what_the_model_predicts(steps in prop::collection::vec(step(), 1..120)) {
        let mut model = Model::new();
        for step in steps {
            model.apply(step)?;
            model.check()?;
        }
        model.close_all()?;
    }
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 0..12usize;
    prop_oneof![
        3 => (0..2u8, 0..5u32, prop::option::of(1..4u32))
            .prop_map(|(swarm, want, capacity)| Step::Join { swarm, want, capacity }),
        2 => (who(), 0..5u32).prop_map(|(who, count)| Step::Want { who, count }),
        4 => (who(), who()).prop_map(|(who, to)| Step::Offer { who, to }),
        2 => (who(), who()).prop_map(|(who, peer)| Step::Unpair { who, peer }),
        1 => who().prop_map(|who| Step::Close { who }),
        1 => (who(), any::<String>()).prop_map(|(who, frame)| Step::Frame { who, frame }),
        2 => (0..12_000u64).prop_map(|millis| Step::Pass { millis }),
    ]
}

/// A member as the model sees it.
#[derive(Debug)]
struct Peer {
    conn: u64,
    swarm: u8,
    capacity: usize,
    id: String,
    since: Duration,
}

struct Model {
    stage: Stage,
    next_conn: u64,
    peers: Vec<Peer>,
    /// Pairings, lower connection first.
    pairs: BTreeSet<(u64, u64)>,
    /// Pairings that ended, and until when they are kept apart.
    parted: Vec<(u64, u64, Duration)>,
}

impl Model {
    fn new() -> Self {
        let config = RoomsConfig {
            pairs_per_peer: PAIRS_PER_PEER,
            repair_after: REPAIR_AFTER,
            // Silence, rates and addresses have tests of their own.
            ping_interval: Duration::from_secs(300),
            message_burst: 100_000,
            connections_per_address: 1000,
            ..RoomsConfig::default()
        };
        let stage = Stage::new(config);
        Self {
            stage,
            next_conn: 0,
            peers: Vec::new(),
            pairs: BTreeSet::new(),
            parted: Vec::new(),
        }
    }

    fn apply(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Join {
                swarm,
                want,
                capacity,
            } => self.join(swarm, want, capacity),
            Step::Want { who, count } => self.with(who, |model, at| {
                let said = model.say(at, &ToServer::Want { count });
                model.introduce(at, count, &said)
            }),
            Step::Offer { who, to } => self.with(who, |model, at| model.offer(at, to)),
            Step::Unpair { who, peer } => self.with(who, |model, at| model.unpair(at, peer)),
            Step::Close { who } => self.with(who, Self::close),
            Step::Frame { who, frame } => self.with(who, |model, at| {
                let conn = model.peers[at].conn;
                let said = model.stage.frame(conn, &frame);
                let refused = matches!(
                    &said[..],
                    [RoomsOutput::Send {
                        message: ToClient::Error { .. },
                        ..
                    }]
                );
                prop_assert!(refused, "{:?}", said);
                Ok(())
            }),
            Step::Pass { millis } => {
                for peer in 0..self.peers.len() {
                    prop_assert_eq!(
                        self.say(peer, &ToServer::Ping),
                        [to(self.peers[peer].conn, ToClient::Pong)]
                    );
                }
                prop_assert_eq!(self.stage.advance(Duration::from_millis(millis)), []);
                Ok(())
            }
        }
    }

    fn with(
        &mut self,
        who: usize,
        act: impl FnOnce(&mut Self, usize) -> Result<(), TestCaseError>,
    ) -> Result<(), TestCaseError> {
        if self.peers.is_empty() {
            Ok(())
        } else {
            act(self, who % self.peers.len())
        }
    }

    fn say(&mut self, at: usize, message: &ToServer) -> Vec<RoomsOutput> {
        let conn = self.peers[at].conn;
        self.stage.say(conn, message)
    }

    fn join(&mut self, swarm: u8, want: u32, capacity: Option<u32>) -> Result<(), TestCaseError> {
        self.next_conn += 1;
        let conn = self.next_conn;
        prop_assert_eq!(self.stage.connect(conn), []);
        let mut said = self
            .stage
            .say(conn, &join_taking(&swarm.to_string(), want, capacity));
        let RoomsOutput::Send {
            message: ToClient::Welcome(Welcome { peer: id, .. }),
            ..
        } = said.remove(0)
        else {
            return Err(TestCaseError::fail("no welcome"));
        };
        let capacity = capacity.map_or(PAIRS_PER_PEER, |most| usize::try_from(most).unwrap());
        let capacity = capacity.min(PAIRS_PER_PEER);
        self.peers.push(Peer {
            conn,
            swarm,
            capacity,
            id,
            since: self.stage.now,
        });
        self.introduce(self.peers.len() - 1, want, &said)
    }

    /// As many as are wanted and may be had are introduced, first of those that take more, then of the others; loads
    /// are what they were before.
    fn introduce(&mut self, at: usize, want: u32, said: &[RoomsOutput]) -> Result<(), TestCaseError> {
        let me = &self.peers[at];
        let room = self.allowance(me).saturating_sub(self.load(me.conn));
        let mut count = room.min(usize::try_from(want).unwrap());
        let mut made = Vec::new();
        let (mut expected, mut introduced) = (Vec::new(), said.chunks(2));
        let is_full = |peer: &&Peer| self.load(peer.conn) >= peer.capacity;
        let free = self.peers.iter().filter(|peer| self.may_pair(me, peer));
        let (full, open): (Vec<&Peer>, Vec<&Peer>) = free.partition(is_full);
        for mut tier in [open, full] {
            let share = count.min(tier.len());
            count -= share;
            let mut chosen = Vec::new();
            for said in introduced.by_ref().take(share) {
                let met = tier
                    .iter()
                    .position(|peer| said[0] == paired(peer.conn, &me.id, false));
                prop_assert!(met.is_some(), "{:?} may not meet {:?}", said, me);
                chosen.push(tier.remove(met.unwrap()));
            }
            let loads = |peers: &[&Peer]| peers.iter().map(|peer| self.load(peer.conn)).collect();
            prop_assert!(
                is_of_two(loads(&chosen), loads(&tier)),
                "{:?}, not {:?}",
                chosen,
                tier
            );
            for peer in chosen {
                expected.extend([paired(peer.conn, &me.id, false), paired(me.conn, &peer.id, true)]);
                made.push(pair(me.conn, peer.conn));
            }
        }
        prop_assert_eq!(said, expected);
        self.pairs.extend(made);
        Ok(())
    }

    /// As much of its capacity as members with room are of the swarm; a quarter and one at least, and half of it once it
    /// has been there for a while.
    fn allowance(&self, me: &Peer) -> usize {
        let swarm = self.peers.iter().filter(|peer| peer.swarm == me.swarm);
        let has_room = |peer: &&Peer| self.load(peer.conn) < peer.capacity;
        let (open, full): (Vec<&Peer>, Vec<&Peer>) = swarm.partition(has_room);
        let share = me.capacity * open.len() / (open.len() + full.len());
        let is_settled = self.stage.now >= me.since + Duration::from_millis(1_500);
        let least = me.capacity / if is_settled { 2 } else { 4 };
        share.max(least).max(1)
    }

    fn may_pair(&self, me: &Peer, peer: &Peer) -> bool {
        let (low, high) = pair(me.conn, peer.conn);
        let parted =
            |entry: &(u64, u64, Duration)| (entry.0, entry.1) == (low, high) && self.stage.now < entry.2;
        me.conn != peer.conn
            && me.swarm == peer.swarm
            && !self.pairs.contains(&(low, high))
            && self.load(peer.conn) < PAIRS_PER_PEER
            && !self.parted.iter().any(parted)
    }

    fn load(&self, conn: u64) -> usize {
        self.pairs
            .iter()
            .filter(|(low, high)| *low == conn || *high == conn)
            .count()
    }

    fn offer(&mut self, at: usize, to_peer: usize) -> Result<(), TestCaseError> {
        let other = to_peer % self.peers.len();
        let (me, peer) = (&self.peers[at], &self.peers[other]);
        let expected = if self.pairs.contains(&pair(me.conn, peer.conn)) {
            let signal = Signal::Offer { sdp: "v=0".into() };
            to(
                peer.conn,
                ToClient::Signal {
                    from: me.id.clone(),
                    signal,
                },
            )
        } else {
            undeliverable(me.conn, &peer.id)
        };
        let message = offer_to(&peer.id);
        prop_assert_eq!(self.say(at, &message), [expected]);
        Ok(())
    }

    fn unpair(&mut self, at: usize, peer: usize) -> Result<(), TestCaseError> {
        let other = peer % self.peers.len();
        let (me, peer) = (&self.peers[at], &self.peers[other]);
        let (low, high) = pair(me.conn, peer.conn);
        let expected = if self.pairs.remove(&(low, high)) {
            vec![left(peer.conn, &me.id)]
        } else {
            Vec::new()
        };
        if !expected.is_empty() {
            self.parted.push((low, high, self.stage.now + REPAIR_AFTER));
        }
        let message = unpair(&peer.id);
        prop_assert_eq!(self.say(at, &message), expected);
        Ok(())
    }

    fn close(&mut self, at: usize) -> Result<(), TestCaseError> {
        let gone = self.peers.remove(at);
        let mut expected = Vec::new();
        for (low, high) in self
            .pairs
            .extract_if(.., |(low, high)| *low == gone.conn || *high == gone.conn)
        {
            let other = if low == gone.conn { high } else { low };
            expected.push((other, left(other, &gone.id)));
        }
        expected.sort_by_key(|(other, _)| *other);
        let expected: Vec<RoomsOutput> = expected.into_iter().map(|(_, said)| said).collect();
        prop_assert_eq!(self.stage.close(gone.conn), expected);
        Ok(())
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let stats = self.stage.rooms.stats();
        let swarms: BTreeSet<u8> = self.peers.iter().map(|peer| peer.swarm).collect();
        let count = |number: usize| u64::try_from(number).unwrap();
        prop_assert_eq!(stats.connections, count(self.peers.len()));
        prop_assert_eq!(stats.peers, count(self.peers.len()));
        prop_assert_eq!(stats.swarms, count(swarms.len()));
        prop_assert_eq!(stats.pairs, count(self.pairs.len()));
        self.stage.rooms.hall.check();
        Ok(())
    }

    fn close_all(&mut self) -> Result<(), TestCaseError> {
        while !self.peers.is_empty() {
            self.close(0)?;
            self.check()?;
        }
        prop_assert!(
            self.stage.rooms.hall.is_empty(),
            "something is left: {:?}",
            self.stage.rooms.hall
        );
        prop_assert_eq!(self.stage.rooms.poll_timeout(), None);
        Ok(())
    }
}

fn pair(one: u64, other: u64) -> (u64, u64) {
    (one.min(other), one.max(other))
}

/// Whether these can be chosen, and those passed over, where of each two drawn the less loaded is taken: as many as
/// there were choices, each is no more loaded than another that was passed over.
fn is_of_two(mut chosen: Vec<usize>, mut passed_over: Vec<usize>) -> bool {
    chosen.sort_unstable();
    passed_over.sort_unstable();
    let choices = chosen.len().min(passed_over.len());
    let heaviest = passed_over.split_off(passed_over.len() - choices);
    chosen.iter().zip(&heaviest).all(|(less, more)| less <= more)
}
