//! Measures what one introduction costs a server: a member that joined asks for eight, in rooms of 100, 1,000 and 10,000
//! members. Timed is all that the frame causes: reading it, the choice, the pairings, what is said of them.
//!
//! `cargo run --release -p signaling-proto --example pairing [-- --json]`

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use signaling_proto::message::{Hints, Join, ToServer};
use signaling_proto::rooms::{ConnId, Nearest, Origin, Pairing, Rooms, RoomsConfig, Scattered};

const SIZES: [u64; 3] = [100, 1_000, 10_000];
const PICKS: u64 = 20_000;
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
    if as_json {
        print(&json!({ "figures": figures }).to_string());
        return;
    }
    for figure in figures {
        let value = figure["value"].as_f64().unwrap_or_default();
        let name = figure["name"].as_str().unwrap_or_default();
        print(&format!("{name:<28} {value:>8.1} us"));
    }
}

/// The median and the 99th percentile for a strategy in a room of that size.
fn measure(strategy: &str, pairing: Box<dyn Pairing + Send>, size: u64) -> [Value; 2] {
    let mut room = Room::new(pairing, size);
    let mut took: Vec<Duration> = (0..PICKS).map(|_| room.pick()).collect();
    took.sort_unstable();
    let of = |percent: usize| took[took.len() * percent / 100];
    let figure = |name: &str, took: Duration| {
        json!({
            "name": format!("{strategy}_{size}_{name}"),
            "value": took.as_secs_f64() * 1e6,
            "unit": "us",
            "goal": null,
            "holds": null,
        })
    };
    let mut p99 = figure("p99", of(99));
    if strategy == "nearest" && size == 10_000 {
        p99["goal"] = json!("< 50");
        p99["holds"] = json!(of(99) < GOAL);
    }
    [figure("p50", of(50)), p99]
}

/// A room whose members turn over: for each that comes, the oldest leaves.
struct Room {
    rooms: Rooms,
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
        let rooms = Rooms::new(config, pairing, [7; 32]).expect("invariant: valid limits");
        let mut room = Self {
            rooms,
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

    fn pick(&mut self) -> Duration {
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
        let (origin, hints) = self.whereabouts();
        self.rooms.handle_connected(Duration::ZERO, conn, origin);
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

    fn ask(&mut self, conn: ConnId) -> Duration {
        let frame = ToServer::Want { count: WANT }.to_json();
        let start = now();
        self.rooms.handle_frame(Duration::ZERO, conn, &frame);
        let took = now() - start;
        self.drain();
        took
    }

    fn drain(&mut self) {
        while self.rooms.poll_output().is_some() {}
    }

    /// Somewhere in one of fifty systems in twelve countries; the first ones are the larger.
    fn whereabouts(&mut self) -> (Origin, Hints) {
        let system = self.draw(SYSTEMS).min(self.draw(SYSTEMS));
        let country = system % COUNTRIES;
        let byte = |number: u64| u8::try_from(number % 256).unwrap_or_default();
        let address = [100, byte(system), byte(self.draw(256)), byte(self.draw(256))];
        let origin = Origin {
            asn: u32::try_from(64_500 + system).ok(),
            country: Some([b'X', b'A' + byte(country)]),
            ..IpAddr::from(address).into()
        };
        let hints = Hints {
            pop: Some(format!("POP{}", country / 2)),
            zone: Some(format!("Zone/{}", country / 4)),
            ..Hints::default()
        };
        (origin, hints)
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
