//! How long one engine takes for one thing that it is told: a viewer's session among 24 viewers of a film of 1,500 segments,
//! recorded in the simulator, is replayed. `cargo xtask bench handle_input [--json]`.
//!
//! A slice of time that something else on the machine took says nothing of the engine: of each input the shortest of
//! several replays counts.
//!
//! Then the same for many engines that take turns, as in the simulator: how much of the time is spent waiting for memory.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use segment_engine::time::Timestamp;
use segment_engine::trace::{Trace, read};
use segment_engine::{Engine, Input};
use serde_json::json;
use swarm_tests::Recorded;
use swarm_tests::run::{Options, Sharing, run};
use swarm_tests::scenario::{Scenario, folder};

/// How often the session is replayed.
const REPLAYS: usize = 7;

/// What 99 in 100 inputs have to stay below.
const GOAL: Duration = Duration::from_micros(50);

/// So many engines take turns: the state of one is in the processor's caches, that of the most in none.
const CROWDS: [usize; 3] = [1, 16, 512];

/// So many inputs each of them gets, of which the second half counts.
const TURNS: usize = 8_000;

/// Some viewer in the middle; seeders have the first numbers.
const NODE: u32 = 12;

/// A session, and how its engine was at the end.
struct Session {
    recorded: Recorded,
    trace: Trace,
}

impl Session {
    fn record() -> Self {
        let changes = [
            "stream.segment=1s",
            "stream.length=25min",
            "viewers.count=24",
            "viewers.arrival={ kind = \"spread\", over = \"20s\" }",
            "viewers.sessions={ kind = \"static\" }",
            "time.warm_up=40s",
            "time.measure=40s",
        ];
        let changes: Vec<String> = changes.map(str::to_owned).to_vec();
        let scenario = Scenario::load_with(&folder().join("vod-20.toml"), &changes).expect("a scenario");
        let options = Options {
            seed: 1,
            sharing: Sharing::Peers,
            traced: None,
            recorded: Some(NODE),
        };
        let recorded = run(&scenario, options, &mut |_, _| {})
            .recorded
            .expect("the viewer is there");
        let trace = read(&recorded.trace).expect("the recorder's own");
        Self { recorded, trace }
    }

    fn engine(&self) -> Engine {
        let config = self.recorded.config.clone();
        Engine::new(config, self.trace.seed, self.trace.born).expect("worked before")
    }

    /// What an input takes in the mean where so many engines take turns at the same session.
    fn in_turn(&self, engines: usize) -> Duration {
        let mut engines: Vec<Engine> = (0..engines).map(|_| self.engine()).collect();
        let (mut spent, mut inputs) = (Duration::ZERO, 0);
        for (turn, step) in self.trace.steps.iter().take(TURNS).enumerate() {
            let told: Vec<Option<Input>> = vec![step.input.clone(); engines.len()];
            let begun = Instant::now();
            for (engine, input) in engines.iter_mut().zip(told) {
                take(engine, step.at, input);
            }
            if turn >= TURNS / 2 {
                spent += begun.elapsed();
                inputs += u32::try_from(engines.len()).expect("few engines");
            }
        }
        spent / inputs.max(1)
    }

    /// Replays the session, and returns what each step took with all that it led to.
    fn replay(&self) -> (Engine, Vec<Duration>) {
        let mut engine = self.engine();
        let mut took = Vec::with_capacity(self.trace.steps.len());
        for step in &self.trace.steps {
            let input = step.input.clone();
            let begun = Instant::now();
            take(&mut engine, step.at, input);
            took.push(begun.elapsed());
        }
        (engine, took)
    }
}

/// An engine takes an input, or notices the time, with all that it leads to.
fn take(engine: &mut Engine, at: Timestamp, input: Option<Input>) {
    match input {
        Some(input) => drop(engine.handle_input(at, input)),
        None => engine.handle_timeout(at),
    }
    while engine.poll_output().is_some() {}
}

fn name(input: Option<&Input>) -> &'static str {
    match input {
        Some(Input::PeerMessage { .. }) => "frame of a peer",
        Some(Input::FetchChunk { .. }) => "chunk of a response",
        Some(Input::PeerBuffered { .. }) => "channel drained",
        Some(Input::Playback(_)) => "playback",
        Some(Input::Demand(_)) => "demand",
        Some(_) => "other input",
        None => "time",
    }
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(rank).copied().unwrap_or_default()
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

fn main() {
    let as_json = std::env::args().any(|argument| argument == "--json");
    let session = Session::record();
    let (engine, mut best) = session.replay();
    for _ in 1..REPLAYS {
        for (best, took) in best.iter_mut().zip(session.replay().1) {
            *best = took.min(*best);
        }
    }
    let mut kinds: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    for (step, took) in session.trace.steps.iter().zip(&best) {
        kinds.entry(name(step.input.as_ref())).or_default().push(*took);
    }
    best.sort_unstable();
    let (half, most) = (percentile(&best, 50), percentile(&best, 99));
    let stats = engine.stats();
    let crowds = CROWDS.map(|engines| (engines, session.in_turn(engines)));
    if as_json {
        let figure = |name: &str, value: f64, unit: &str| json!({"name": name, "value": value, "unit": unit, "goal": null, "holds": null});
        let mut p99 = figure("handle_input_p99", micros(most), "us");
        p99["goal"] = json!("< 50");
        p99["holds"] = json!(most < GOAL);
        let figures = [
            p99,
            figure("handle_input_p50", micros(half), "us"),
            figure("inputs", best.len() as f64, "count"),
            figure("neighbours", f64::from(stats.peers + stats.seeders), "count"),
            figure("known_segments", stats.known_digests as f64, "count"),
        ];
        let mean = |(engines, took)| figure(&format!("mean_of_{engines}_in_turn"), micros(took), "us");
        let figures: Vec<_> = figures.into_iter().chain(crowds.map(mean)).collect();
        println!("{}", json!({ "figures": figures }));
        return;
    }
    println!(
        "{} inputs, {} neighbours, {} known segments; shortest of {REPLAYS} replays",
        best.len(),
        stats.peers + stats.seeders,
        stats.known_digests
    );
    println!(
        "{:<22} {:>9} {:>10} {:>10} {:>10}",
        "", "count", "p50 us", "p99 us", "most us"
    );
    for (kind, took) in &mut kinds {
        took.sort_unstable();
        println!(
            "{kind:<22} {:>9} {:>10.1} {:>10.1} {:>10.1}",
            took.len(),
            micros(percentile(took, 50)),
            micros(percentile(took, 99)),
            micros(percentile(took, 100))
        );
    }
    println!(
        "{:<22} {:>9} {:>10.1} {:>10.1} {:>10.1}   goal of p99: below 50",
        "all",
        best.len(),
        micros(half),
        micros(most),
        micros(percentile(&best, 100))
    );
    for (engines, took) in crowds {
        println!("{engines:>4} engines in turn: {:.1} us in the mean", micros(took));
    }
}
