//! What a population gains by introductions by distance over those at random: pairs of one autonomous system, round trips,
//! and whether all are one mesh. Of three populations the one that gains least counts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use signaling_proto::message::{Hints, Join, ToClient, ToServer};
use signaling_proto::rooms::{
    ClientLocation, ConnId, Nearest, Pairing, Rooms, RoomsConfig, RoomsOutput, Scattered,
};

use super::people::People;
use super::{CAPACITY, WANT};

const MEMBERS: u64 = 2_000;
const SEEDS: u8 = 3;
/// What is asked for (issue 4): so many times the pairs of one system, and so much of the mean round trip.
const MORE_OF_A_SYSTEM: f64 = 3.0;
const OF_THE_RTT: f64 = 0.6;

/// A population's pairs.
#[derive(Debug)]
struct Outcome {
    same_system: f64,
    mean_rtt: f64,
    /// The share of members that can be reached from the first.
    reached: f64,
}

/// Ratios of both ways to introduce.
pub(super) fn figures() -> Vec<Value> {
    let (mut same, mut rtt, mut reached) = (f64::MAX, 0_f64, f64::MAX);
    for seed in 0..SEEDS {
        let near = Outcome::of(Box::new(Nearest), seed);
        let random = Outcome::of(Box::new(Scattered), seed);
        same = same.min(near.same_system / random.same_system);
        rtt = rtt.max(near.mean_rtt / random.mean_rtt);
        reached = reached.min(near.reached);
    }
    let figure = |name: &str, value: f64, unit: &str, goal: String, holds: bool| json!({"name": name, "value": value, "unit": unit, "goal": goal, "holds": holds});
    vec![
        figure(
            "population_same_asn_ratio",
            same,
            "ratio",
            format!(">= {MORE_OF_A_SYSTEM}"),
            same >= MORE_OF_A_SYSTEM,
        ),
        figure(
            "population_rtt_ratio",
            rtt,
            "ratio",
            format!("<= {OF_THE_RTT}"),
            rtt <= OF_THE_RTT,
        ),
        figure(
            "population_reached",
            reached * 100.0,
            "%",
            ">= 100".to_owned(),
            reached >= 1.0,
        ),
    ]
}

impl Outcome {
    fn of(pairing: Box<dyn Pairing + Send>, seed: u8) -> Self {
        let people = People::new(MEMBERS, seed);
        let config = RoomsConfig {
            connections_per_address: 1_000,
            ..RoomsConfig::default()
        };
        let mut rooms = Rooms::new(config, pairing, [seed; 32]).expect("invariant: valid limits");
        let (mut names, mut pairs) = (BTreeMap::new(), BTreeSet::new());
        for number in 0..MEMBERS {
            join(&mut rooms, &people, number);
            while let Some(output) = rooms.poll_output() {
                let RoomsOutput::Send { conn, message } = output else {
                    continue;
                };
                match message {
                    ToClient::Welcome(welcome) => _ = names.insert(welcome.peer, conn.0),
                    ToClient::Paired { peer, offer: true } => pairs.extend([(conn.0, peer)]),
                    ToClient::Paired { .. }
                    | ToClient::Signal { .. }
                    | ToClient::Left { .. }
                    | ToClient::Undeliverable { .. }
                    | ToClient::Pong
                    | ToClient::GoAway { .. }
                    | ToClient::Error { .. } => {}
                }
            }
        }
        let pairs: Vec<(u64, u64)> = pairs.into_iter().map(|(one, peer)| (one, names[&peer])).collect();
        Self::new(&people, &pairs)
    }

    fn new(people: &People, pairs: &[(u64, u64)]) -> Self {
        let system = |number| people.person(number).system;
        let same = pairs.iter().filter(|(one, other)| system(*one) == system(*other));
        let rtts = pairs.iter().map(|(one, other)| people.rtt(*one, *other));
        Self {
            same_system: same.count() as f64 / pairs.len() as f64,
            mean_rtt: rtts.sum::<u64>() as f64 / pairs.len() as f64,
            reached: reached(pairs) as f64 / MEMBERS as f64,
        }
    }
}

fn join(rooms: &mut Rooms, people: &People, number: u64) {
    let person = people.person(number);
    let conn = ConnId(number);
    let location = ClientLocation {
        asn: Some(person.asn()),
        country: Some(person.country()),
        ..ClientLocation::from(person.address)
    };
    rooms.handle_connected(Duration::ZERO, conn, location);
    let join = ToServer::Join(Join {
        capacity: Some(CAPACITY),
        hints: Hints {
            pop: Some(person.pop()),
            zone: Some(person.zone()),
            ..Hints::default()
        },
        ..Join::new("film", WANT)
    });
    rooms.handle_frame(Duration::ZERO, conn, &join.to_json());
}

/// How many can be reached from the first, itself included.
fn reached(pairs: &[(u64, u64)]) -> usize {
    let mut neighbours: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for &(one, other) in pairs {
        neighbours.entry(one).or_default().push(other);
        neighbours.entry(other).or_default().push(one);
    }
    let (mut seen, mut next) = (BTreeSet::from([0]), vec![0]);
    while let Some(number) = next.pop() {
        let around = neighbours.get(&number).into_iter().flatten();
        next.extend(around.filter(|other| seen.insert(**other)));
    }
    seen.len()
}
