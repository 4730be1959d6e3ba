//! Measures what one introduction costs a server: a member that joined asks for eight, in rooms of 100, 1,000 and 10,000
//! members that turn over. `pick` is the choice alone, `frame` all that the message causes: reading it, the choice, the
//! pairings, what is said of them. Of five rounds the quietest counts: what else runs on the machine only adds. And what a
//! population gains by it.
//!
//! `cargo run --release -p signaling-proto --example pairing [-- --json]`

#[path = "../../src/rooms/tests/population/people.rs"]
mod people;
mod population;

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use signaling_proto::message::{Hints, Join, ToServer};
use signaling_proto::rooms::{
    ClientLocation, ConnId, Crowd, Nearest, Pairing, Party, Rooms, RoomsConfig, Scattered,
};

const SIZES: [u64; 3] = [100, 1_000, 10_000];
const ROUNDS: usize = 5;
const PICKS: usize = 5_000;
const WANT: u32 = 8;
const CAPACITY: u32 = 16;
const SYSTEMS: u64 = 50;
const COUNTRIES: u64 = 12;
/// What one pick by distance in the largest room may take at the 99th percentile (issue 4).
const GOAL: Duration = Duration::from_micros(50);

fn main() {
    let as_json = std::env::args().any(|argument| argument == "--json");
    let mut figures = Vec::new();
    for size in SIZES {
        figures.extend(measure("nearest", Box::new(Nearest), size));
        figures.extend(measure("scattered", Box::new(Scattered), size));
    }
    figures.extend(population::figures());
    if as_json {
        print(&json!({ "figures": figures }).to_string());
        return;
    }
    for figure in figures {
        let value = figure["value"].as_f64().unwrap_or_default();
        let name = figure["name"].as_str().unwrap_or_default();
        let unit = figure["unit"].as_str().unwrap_or_default();
        let verdict = match figure["holds"].as_bool() {
            None => String::new(),
            Some(holds) => {
                let goal = figure["goal"].as_str().unwrap_or_default();
                format!("   goal {goal:<8} {}", if holds { "holds" } else { "MISSED" })
            }
        };
        print(&format!("{name:<32} {value:>8.2} {unit:<6}{verdict}"));
    }
}

/// The median and the 99th percentile of picks and of frames, for a strategy in a room of that size.
fn measure(strategy: &str, pairing: Box<dyn Pairing + Send>, size: u64) -> Vec<Value> {
    let mut room = Room::new(pairing, size);
    let (mut picks, mut frames) = ([Duration::MAX; 2], [Duration::MAX; 2]);
    for _ in 0..ROUNDS {
        let (pick, frame): (Vec<_>, Vec<_>) = (0..PICKS).map(|_| room.turn_over()).unzip();
        for (least, took) in [(&mut picks, pick), (&mut frames, frame)] {
            let [half, most] = percentiles(took);
            *least = [least[0].min(half), least[1].min(most)];
        }
    }
    let mut figures = Vec::new();
    for (what, took) in [("pick", picks), ("frame", frames)] {
        for (percentile, took) in ["p50", "p99"].into_iter().zip(took) {
            let name = format!("{strategy}_{size}_{what}_{percentile}");
            let has_goal = name == "nearest_10000_pick_p99";
            figures.push(json!({
                "name": name,
                "value": took.as_secs_f64() * 1e6,
                "unit": "us",
                "goal": has_goal.then_some("< 50"),
                "holds": has_goal.then_some(took < GOAL),
            }));
        }
    }
    figures
}

fn percentiles(mut took: Vec<Duration>) -> [Duration; 2] {
    took.sort_unstable();
    [50, 99].map(|percent| took[took.len() * percent / 100])
}

/// A strategy that tells how long its last choice took, in nanoseconds.
#[derive(Debug)]
struct Timed {
    pairing: Box<dyn Pairing + Send>,
    took: Arc<AtomicU64>,
}

impl Pairing for Timed {
    fn choose(&self, seeker: Party, crowd: &mut dyn Crowd, count: usize) -> Vec<ConnId> {
        let start = now();
        let chosen = self.pairing.choose(seeker, crowd, count);
        let nanos = u64::try_from((now() - start).as_nanos()).unwrap_or(u64::MAX);
        // A choice among those that are full adds to the one before.
        self.took.fetch_add(nanos, Ordering::Relaxed);
        chosen
    }
}

/// A room whose members turn over: for each that comes, the oldest leaves.
struct Room {
    rooms: Rooms,
    took: Arc<AtomicU64>,
    members: VecDeque<ConnId>,
    comers: u64,
    draws: u64,
}

impl Room {
    fn new(pairing: Box<dyn Pairing + Send>, size: u64) -> Self {
        let most = usize::try_from(size).map_or(usize::MAX, |size| size + 1);
        let config = RoomsConfig {
            peers_per_swarm: most,
            connections: most,
            connections_per_address: most,
            ..RoomsConfig::default()
        };
        let took = Arc::new(AtomicU64::new(0));
        let timed = Timed {
            pairing,
            took: Arc::clone(&took),
        };
        let rooms = Rooms::new(config, Box::new(timed), [7; 32]).expect("invariant: valid limits");
        let mut room = Self {
            rooms,
            took,
            members: VecDeque::new(),
            comers: 0,
            draws: 1,
        };
        for _ in 0..size {
            let conn = room.join();
            room.ask(conn);
        }
        room
    }

    /// How long the choice for a newcomer took, and all of its frame.
    fn turn_over(&mut self) -> (Duration, Duration) {
        let conn = self.join();
        let took = self.ask(conn);
        if let Some(oldest) = self.members.pop_front() {
            self.rooms.handle_closed(Duration::ZERO, oldest);
            self.drain();
        }
        took
    }

    fn join(&mut self) -> ConnId {
        self.comers += 1;
        let conn = ConnId(self.comers);
        let (location, hints) = self.whereabouts();
        self.rooms.handle_connected(Duration::ZERO, conn, location);
        let join = ToServer::Join(Join {
            capacity: Some(CAPACITY),
            hints,
            ..Join::new("film", 0)
        });
        self.rooms.handle_frame(Duration::ZERO, conn, &join.to_json());
        self.drain();
        self.members.push_back(conn);
        conn
    }

    fn ask(&mut self, conn: ConnId) -> (Duration, Duration) {
        let frame = ToServer::Want { count: WANT }.to_json();
        self.took.store(0, Ordering::Relaxed);
        let start = now();
        self.rooms.handle_frame(Duration::ZERO, conn, &frame);
        let took = now() - start;
        self.drain();
        (Duration::from_nanos(self.took.load(Ordering::Relaxed)), took)
    }

    fn drain(&mut self) {
        while self.rooms.poll_output().is_some() {}
    }

    /// Somewhere in one of fifty systems in twelve countries; the first ones are the larger.
    fn whereabouts(&mut self) -> (ClientLocation, Hints) {
        let system = self.draw(SYSTEMS).min(self.draw(SYSTEMS));
        let country = system % COUNTRIES;
        let byte = |number: u64| u8::try_from(number % 256).unwrap_or_default();
        let address = [100, byte(system), byte(self.draw(256)), byte(self.draw(256))];
        let location = ClientLocation {
            asn: u32::try_from(64_500 + system).ok(),
            country: Some([b'X', b'A' + byte(country)]),
            ..IpAddr::from(address).into()
        };
        let hints = Hints {
            pop: Some(format!("POP{}", country / 2)),
            zone: Some(format!("Zone/{}", country / 4)),
            ..Hints::default()
        };
        (location, hints)
    }

    /// Marsaglia's xorshift: the same room at every run.
    fn draw(&mut self, bound: u64) -> u64 {
        self.draws ^= self.draws << 13;
        self.draws ^= self.draws >> 7;
        self.draws ^= self.draws << 17;
        (self.draws >> 11) % bound
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "it measures what the rules themselves must not see"
)]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::print_stdout, reason = "its figures are read from there")]
fn print(line: &str) {
    println!("{line}");
}
