//! Which member gets which offer, which answers go back, and what is forgotten when; then random runs beside a model of
//! it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::rooms::Scattered;

const INTERVAL: Duration = Duration::from_secs(120);

/// Rooms whose clock and members the test plays.
struct Stage {
    announcers: Announcers,
    now: Duration,
}

impl Stage {
    fn new() -> Self {
        Self::seeded(1)
    }

    fn seeded(seed: u8) -> Self {
        let config = AnnouncersConfig { interval: INTERVAL };
        Self {
            announcers: Announcers::new(config, Box::new(Scattered), [seed; 32]).unwrap(),
            now: Duration::from_secs(50),
        }
    }

    fn with(members: std::ops::Range<u64>) -> Self {
        let mut stage = Self::new();
        for conn in members {
            assert_eq!(stage.enter(conn, "film"), Ok(()));
        }
        stage
    }

    fn enter(&mut self, conn: u64, swarm: &str) -> Result<(), NameTaken> {
        self.enter_as(conn, swarm, peer(conn))
    }

    fn enter_as(&mut self, conn: u64, swarm: &str, peer: Id20) -> Result<(), NameTaken> {
        self.announcers
            .handle_entered(self.now, ConnId(conn), key(swarm), peer)
    }

    /// Announces with these offers; returns who got which.
    fn announce(&mut self, conn: u64, offers: &[u8]) -> Vec<(u64, u8)> {
        let offers = offers.iter().map(|offer| Offer {
            id: Id20([*offer; 20]),
            text: offer.to_string(),
        });
        let announce = Announce {
            offers: offers.collect(),
            ..plain()
        };
        self.announcers.handle_announce(self.now, ConnId(conn), announce);
        self.carried()
    }

    fn say(&mut self, conn: u64, progress: Progress, event: Event) -> Census {
        let announce = Announce {
            progress,
            event,
            ..plain()
        };
        let census = self.announcers.handle_announce(self.now, ConnId(conn), announce);
        assert_eq!(self.carried(), []);
        census.unwrap()
    }

    fn answer(&mut self, conn: u64, to: u64, offer: u8) -> Result<Vec<(u64, u8)>, Unasked> {
        let answer = Answer {
            to: peer(to),
            offer: Id20([offer; 20]),
            text: "200".into(),
            filtered: 0,
        };
        self.announcers.handle_answer(self.now, ConnId(conn), answer)?;
        Ok(self.carried())
    }

    fn advance(&mut self, by: Duration) -> Vec<u64> {
        self.now += by;
        self.announcers.handle_timeout(self.now);
        let outputs = std::iter::from_fn(|| self.announcers.poll_output());
        outputs
            .filter_map(|output| match output {
                AnnouncersOutput::Lapsed { conn } => Some(conn.0),
                AnnouncersOutput::Probe { .. } => None,
                AnnouncersOutput::Carry { .. } => panic!("nothing was said"),
            })
            .collect()
    }

    fn probed(&mut self) -> Vec<u64> {
        let outputs = std::iter::from_fn(|| self.announcers.poll_output());
        outputs
            .map(|output| match output {
                AnnouncersOutput::Probe { conn } => conn.0,
                AnnouncersOutput::Carry { .. } | AnnouncersOutput::Lapsed { .. } => panic!("nothing else"),
            })
            .collect()
    }

    fn carried(&mut self) -> Vec<(u64, u8)> {
        let outputs = std::iter::from_fn(|| self.announcers.poll_output());
        outputs
            .filter_map(|output| match output {
                AnnouncersOutput::Carry { conn, text } => Some((conn.0, text.parse().unwrap())),
                AnnouncersOutput::Probe { .. } => None,
                AnnouncersOutput::Lapsed { .. } => panic!("no time went by"),
            })
            .collect()
    }
}

fn plain() -> Announce {
    Announce {
        progress: Progress::Partial,
        event: Event::None,
        offers: Vec::new(),
        filtered: 0,
    }
}

fn key(swarm: &str) -> RoomKey {
    RoomKey {
        swarm: swarm.into(),
        number: 0,
    }
}

fn peer(conn: u64) -> Id20 {
    let mut id = [0; 20];
    id[..8].copy_from_slice(&conn.to_be_bytes());
    Id20(id)
}

fn receivers(carried: &[(u64, u8)]) -> BTreeSet<u64> {
    carried.iter().map(|(conn, _)| *conn).collect()
}

#[test]
fn each_offer_goes_to_another_member() {
    let mut stage = Stage::with(0..20);
    let carried = stage.announce(0, &[1, 2, 3, 4, 5]);
    assert_eq!(receivers(&carried).len(), 5, "{carried:?}");
    assert!(!receivers(&carried).contains(&0));
    let offers: Vec<u8> = carried.iter().map(|(_, offer)| *offer).collect();
    assert_eq!(offers, [1, 2, 3, 4, 5]);
}

#[test]
fn offers_that_nobody_is_left_for_are_dropped() {
    let mut stage = Stage::with(0..3);
    assert_eq!(receivers(&stage.announce(0, &[1, 2, 3, 4, 5])), [1, 2].into());
    stage.enter(9, "another").unwrap();
    assert_eq!(stage.announce(9, &[1]), [], "rooms are apart");
    assert_eq!(stage.announce(77, &[1]), [], "it is no member");
}

#[test]
fn offers_beyond_the_limit_of_an_announce_are_not_looked_at() {
    let mut stage = Stage::with(0..30);
    let offers: Vec<u8> = (0..20).collect();
    assert_eq!(stage.announce(0, &offers).len(), MAX_OFFERS);
}

#[test]
fn offers_are_spread_over_the_room() {
    let mut stage = Stage::with(0..40);
    let mut reached = BTreeSet::new();
    for offerer in 0..20 {
        reached.extend(receivers(&stage.announce(offerer, &[1, 2, 3, 4, 5])));
    }
    assert!(reached.len() >= 35, "{}", reached.len());
}

#[test]
fn an_answer_goes_back_once() {
    let mut stage = Stage::with(0..2);
    assert_eq!(stage.announce(0, &[7]), [(1, 7)]);
    assert_eq!(stage.answer(1, 0, 7), Ok(vec![(0, 200)]));
    assert_eq!(stage.answer(1, 0, 7), Err(Unasked));
    let stats = stage.announcers.stats();
    assert_eq!((stats.offers, stats.answers, stats.unasked), (1, 1, 1));
}

#[test]
fn an_answer_that_nobody_asked_for_is_not_carried() {
    let mut stage = Stage::with(0..3);
    let carried = stage.announce(0, &[7]);
    let [(asked, _)] = carried[..] else {
        panic!("{carried:?}")
    };
    let other = 3 - asked;
    assert_eq!(
        stage.answer(other, 0, 7),
        Err(Unasked),
        "it is another's to answer"
    );
    assert_eq!(stage.answer(asked, 0, 8), Err(Unasked), "no such offer");
    assert_eq!(stage.answer(asked, other, 7), Err(Unasked), "it made none");
    assert_eq!(
        stage.answer(asked, 55, 7),
        Err(Unasked),
        "there is nobody of that name"
    );
    assert_eq!(
        stage.answer(0, asked, 7),
        Err(Unasked),
        "it is the wrong way round"
    );
    assert_eq!(stage.answer(asked, 0, 7), Ok(vec![(0, 200)]));
}

#[test]
fn an_answer_does_not_leave_its_room() {
    let mut stage = Stage::with(0..2);
    assert_eq!(stage.announce(0, &[7]), [(1, 7)]);
    // The same offerer's name in another room, and an answerer there.
    stage.enter_as(10, "another", peer(0)).unwrap();
    stage.enter_as(11, "another", peer(1)).unwrap();
    assert_eq!(stage.answer(11, 0, 7), Err(Unasked));
}

#[test]
fn an_answer_that_comes_late_is_not_carried() {
    let mut stage = Stage::with(0..2);
    assert_eq!(stage.announce(0, &[7]), [(1, 7)]);
    stage.advance(OFFER_LIFE - Duration::from_millis(1));
    assert_eq!(stage.announce(0, &[8]), [(1, 8)]);
    stage.advance(Duration::from_millis(1));
    assert_eq!(stage.answer(1, 0, 7), Err(Unasked));
    assert_eq!(stage.answer(1, 0, 8), Ok(vec![(0, 200)]));
}

#[test]
fn an_answer_does_not_go_to_whoever_took_the_name_over() {
    let mut stage = Stage::with(0..2);
    assert_eq!(stage.announce(0, &[7]), [(1, 7)]);
    stage.announcers.handle_closed(ConnId(0));
    stage.enter_as(5, "film", peer(0)).unwrap();
    assert_eq!(stage.answer(1, 0, 7), Err(Unasked));
}

#[test]
fn a_name_that_another_member_has_is_refused() {
    let mut stage = Stage::with(0..2);
    assert_eq!(stage.enter_as(8, "film", peer(1)), Err(NameTaken));
    assert!(!stage.announcers.contains(ConnId(8)));
    assert_eq!(stage.announcers.stats().refused_names, 1);
    assert_eq!(stage.probed(), [1]);
    assert_eq!(stage.announce(0, &[1]), [(1, 1)], "the name's owner stays");
    stage.announcers.handle_closed(ConnId(1));
    assert_eq!(stage.enter_as(9, "film", peer(1)), Ok(()));
}

#[test]
fn the_owner_of_a_name_that_others_want_is_asked_now_and_then_whether_it_is_there() {
    let mut stage = Stage::with(0..2);
    let mut probes = 0;
    for second in 0..30 {
        stage.now += Duration::from_secs(1);
        for conn in 0..3 {
            assert_eq!(
                stage.enter_as(100 + 3 * second + conn, "film", peer(1)),
                Err(NameTaken)
            );
        }
        probes += stage.probed().len();
    }
    assert_eq!(probes, 3, "however often and by however many");
}

#[test]
fn no_announcer_fills_a_member_up_alone() {
    let mut stage = Stage::with(0..11);
    for round in 0..20 {
        let carried = stage.announce(0, &[round; MAX_OFFERS]);
        let expected = if usize::from(round) < MAX_WAITING_OF_ONE {
            10
        } else {
            0
        };
        assert_eq!(carried.len(), expected, "{round}");
    }
    assert_eq!(
        stage.announce(1, &[1; MAX_OFFERS]).len(),
        10,
        "another one's still go"
    );
}

#[test]
fn a_member_is_offered_no_more_than_it_may_have_waiting() {
    let mut stage = Stage::with(0..1);
    let mut offered = 0;
    for conn in 1..=100 {
        stage.enter(conn, "film").unwrap();
        offered += stage
            .announce(conn, &[1])
            .iter()
            .filter(|(to, _)| *to == 0)
            .count();
        stage.announcers.handle_closed(ConnId(conn));
    }
    assert_eq!(offered, MAX_WAITING);
    stage.enter(200, "film").unwrap();
    assert_eq!(stage.announce(200, &[1]), []);
    stage.advance(OFFER_LIFE);
    assert_eq!(stage.announce(200, &[1]), [(0, 1)], "they are forgotten in time");
}

#[test]
fn the_room_is_counted_by_what_its_members_say() {
    let mut stage = Stage::with(0..3);
    let census = |complete, incomplete, downloaded| Census {
        complete,
        incomplete,
        downloaded,
    };
    assert_eq!(stage.say(0, Progress::Complete, Event::None), census(1, 2, 0));
    assert_eq!(
        stage.say(1, Progress::Complete, Event::Completed),
        census(2, 1, 1)
    );
    assert_eq!(
        stage.say(1, Progress::Complete, Event::Completed),
        census(2, 1, 1)
    );
    assert_eq!(stage.say(0, Progress::Partial, Event::None), census(1, 2, 1));
    stage.announcers.handle_closed(ConnId(1));
    assert_eq!(stage.announcers.census(&key("film")), census(0, 2, 1));
    assert_eq!(stage.announcers.census(&key("nowhere")), Census::default());
}

#[test]
fn a_member_that_is_silent_is_taken_out() {
    let mut stage = Stage::with(0..2);
    assert!(stage.advance(INTERVAL * 2).is_empty());
    assert_eq!(stage.announce(0, &[]), []);
    assert_eq!(stage.advance(INTERVAL / 2), [1]);
    assert_eq!(stage.announce(0, &[1]), [], "nobody else is there");
    assert_eq!(stage.advance(INTERVAL * 5 / 2), [0]);
    let stats = stage.announcers.stats();
    assert_eq!((stats.members, stats.rooms, stats.lapsed), (0, 0, 2));
    assert_eq!(stage.announcers.poll_timeout(), None);
}

#[test]
fn an_interval_out_of_range_is_refused() {
    for seconds in [0, 9, 1801] {
        let config = AnnouncersConfig {
            interval: Duration::from_secs(seconds),
        };
        assert!(Announcers::new(config, Box::new(Scattered), [0; 32]).is_err());
    }
}

#[derive(Debug, Clone)]
enum Step {
    Enter { conn: u64, swarm: u8, name: u8 },
    Announce { conn: u64, offers: Vec<u8> },
    Answer { conn: u64, to: u8, offer: u8 },
    Close { conn: u64 },
    Wait { seconds: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let (conn, name) = (0..12u64, 0..10u8);
    prop_oneof![
        3 => (conn.clone(), 0..2u8, name.clone()).prop_map(|(conn, swarm, name)| Step::Enter { conn, swarm, name }),
        4 => (conn.clone(), prop::collection::vec(0..4u8, 0..12))
            .prop_map(|(conn, offers)| Step::Announce { conn, offers }),
        6 => (conn.clone(), name, 0..4u8).prop_map(|(conn, to, offer)| Step::Answer { conn, to, offer }),
        1 => conn.prop_map(|conn| Step::Close { conn }),
        1 => (0..150u64).prop_map(|seconds| Step::Wait { seconds }),
    ]
}

/// What the rules are meant to know, in the plainest form.
#[derive(Default)]
struct Model {
    /// Swarm, name, when it is silent for too long.
    members: BTreeMap<u64, (u8, u8, Duration)>,
    /// From, to, offer, until when.
    open: Vec<(u64, u64, u8, Duration)>,
}

impl Model {
    fn owner(&self, swarm: u8, name: u8) -> Option<u64> {
        let mut members = self.members.iter();
        members
            .find(|(_, (its, names, _))| (*its, *names) == (swarm, name))
            .map(|(conn, _)| *conn)
    }

    fn close(&mut self, conn: u64) {
        self.members.remove(&conn);
        self.open.retain(|(_, to, ..)| *to != conn);
    }
}

proptest! {
    #[test]
    fn only_open_offers_are_answered_whatever_happens(steps in prop::collection::vec(step(), 1..200), seed: u8) {
        let mut stage = Stage::seeded(seed);
        let mut model = Model::default();
        // Connections' names are not used twice: a closed one comes back under another.
        let mut life = [0u64; 12];
        for step in steps {
            let name_of = |conn: u64| life[usize::try_from(conn).unwrap()] * 100 + conn;
            match step {
                Step::Enter { conn, swarm, name } => {
                    let conn = name_of(conn);
                    if model.members.contains_key(&conn) {
                        continue;
                    }
                    let free = model.owner(swarm, name).is_none();
                    let entered = stage.enter_as(conn, &swarm.to_string(), peer(name.into()));
                    prop_assert_eq!(entered.is_ok(), free);
                    if free {
                        model.members.insert(conn, (swarm, name, stage.now + INTERVAL * 5 / 2));
                    }
                }
                Step::Announce { conn, offers } => {
                    let conn = name_of(conn);
                    let carried = stage.announce(conn, &offers);
                    let now = stage.now;
                    let Some(member) = model.members.get_mut(&conn) else {
                        prop_assert!(carried.is_empty());
                        continue;
                    };
                    member.2 = now + INTERVAL * 5 / 2;
                    let swarm = member.0;
                    prop_assert_eq!(receivers(&carried).len(), carried.len(), "each another");
                    let may = model.members.iter().filter(|(other, its)| {
                        let waiting = model.open.iter().filter(|(_, to, _, until)| to == *other && *until > now);
                        let of_one = waiting.clone().filter(|(from, ..)| *from == conn).count();
                        **other != conn
                            && its.0 == swarm
                            && of_one < MAX_WAITING_OF_ONE
                            && waiting.count() < MAX_WAITING
                    });
                    let may: BTreeSet<u64> = may.map(|(other, _)| *other).collect();
                    prop_assert!(receivers(&carried).is_subset(&may));
                    prop_assert_eq!(carried.len(), offers.len().min(may.len()).min(MAX_OFFERS));
                    model.open.extend(carried.iter().map(|(to, offer)| (conn, *to, *offer, now + OFFER_LIFE)));
                }
                Step::Answer { conn, to, offer } => {
                    let conn = name_of(conn);
                    let swarm = model.members.get(&conn).map(|member| member.0);
                    let offerer = swarm.and_then(|swarm| model.owner(swarm, to));
                    let found = model.open.iter().position(|(from, to, its, until)| {
                        (Some(*from), *to, *its) == (offerer, conn, offer) && *until > stage.now
                    });
                    let carried = stage.answer(conn, to.into(), offer);
                    match found {
                        Some(place) => {
                            prop_assert_eq!(carried, Ok(vec![(model.open.remove(place).0, 200)]));
                        }
                        None => prop_assert_eq!(carried, Err(Unasked)),
                    }
                }
                Step::Close { conn } => {
                    stage.announcers.handle_closed(ConnId(name_of(conn)));
                    model.close(name_of(conn));
                    life[usize::try_from(conn).unwrap()] += 1;
                }
                Step::Wait { seconds } => {
                    let lapsed: BTreeSet<u64> = stage.advance(Duration::from_secs(seconds)).into_iter().collect();
                    let silent: BTreeSet<u64> =
                        model.members.iter().filter(|(_, its)| its.2 <= stage.now).map(|(conn, _)| *conn).collect();
                    for conn in &silent {
                        model.close(*conn);
                        life[usize::try_from(conn % 100).unwrap()] += 1;
                    }
                    prop_assert_eq!(lapsed, silent);
                }
            }
            prop_assert_eq!(stage.announcers.stats().members, u64::try_from(model.members.len()).unwrap());
        }
    }
}
