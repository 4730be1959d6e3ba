//! Against a model: whatever the shelf loses, garbles, holds back and lets go, what is offered is what is held, and nothing
//! is served that is not right.

use proptest::prelude::*;

use super::bench::{Bench, SEGMENTS, Way, body};
use crate::shelf::ShelfFact;

/// Something that happens to a seeder.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// A peer asks for a piece.
    Request(usize),
    /// A peer asks for leaves.
    Leaves(usize),
    /// A player asks for a segment.
    Demand(usize),
    /// The shelf's copy turns into another's bytes.
    Garble(usize),
    /// The shelf's copy is lost without a word.
    Lose(usize),
    /// The driver lets a segment go.
    Drop(usize),
    /// The shelf does nothing until it is let.
    Hold,
    /// It does again.
    Release,
    /// It writes nothing.
    Refuse,
    /// Time passes.
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let number = || 1..=SEGMENTS;
    let step = prop_oneof![
        6 => number().prop_map(Step::Request),
        2 => number().prop_map(Step::Leaves),
        3 => number().prop_map(Step::Demand),
        2 => number().prop_map(Step::Garble),
        2 => number().prop_map(Step::Lose),
        2 => number().prop_map(Step::Drop),
        1 => Just(Step::Hold),
        2 => Just(Step::Release),
        1 => Just(Step::Refuse),
        3 => (1_u64..8_000).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..60)
}

/// What was asked of the engine, and must be answered in the end.
#[derive(Default)]
struct Asked {
    /// For each request whose number is its index, the segment.
    pieces: Vec<usize>,
    leaves: u32,
    demands: usize,
}

fn apply(bench: &mut Bench, step: Step, asked: &mut Asked) {
    match step {
        Step::Request(number) => {
            let request = u32::try_from(asked.pieces.len()).unwrap();
            bench.request("a", request, number, (0, 1));
            asked.pieces.push(number);
        }
        Step::Leaves(number) => {
            asked.leaves += 1;
            bench.want_leaves("b", asked.leaves, number);
        }
        Step::Demand(number) => {
            bench.demand(number);
            asked.demands += 1;
        }
        Step::Garble(number) => {
            let key = bench.key(number);
            let copy = bench.disk.entry(key);
            copy.and_modify(|copy| *copy = body(number + 100));
        }
        Step::Lose(number) => drop(bench.disk.remove(&bench.key(number))),
        Step::Drop(number) => {
            let key = bench.key(number);
            bench.disk.remove(&key);
            bench.tell_shelf(ShelfFact::Dropped(vec![key]));
        }
        Step::Hold => bench.way = Way::Holds,
        Step::Release => bench.release(),
        Step::Refuse => {
            bench.release();
            bench.way = Way::Refuses;
        }
        Step::Wait(millis) => bench.wait(millis),
    }
}

fn check(bench: &Bench, asked: &Asked) -> Result<(), TestCaseError> {
    for (request, byte) in bench.bytes_sent() {
        let number = asked.pieces[request as usize];
        prop_assert_eq!(usize::from(byte), number, "a piece of another's bytes");
    }
    for (demand, delivered) in &bench.delivered {
        let right = (1..=SEGMENTS).any(|number| *delivered == body(number));
        prop_assert!(right, "demand {} was given what no segment is", demand);
    }
    let stats = bench.engine.stats();
    prop_assert!(stats.stored_bytes <= 1 << 20);
    prop_assert!(stats.shelved_segments <= SEGMENTS as u64);
    Ok(())
}

/// What is offered is held: in memory, or on the shelf as far as the engine was told.
fn check_offers(bench: &mut Bench) -> Result<(), TestCaseError> {
    bench.release();
    bench.wait(200);
    for number in 1..=SEGMENTS {
        let key = bench.key(number);
        let shelved = bench.engine.shelving.shelf.there(&key).is_some();
        let held = bench.in_memory(number) || shelved;
        prop_assert_eq!(bench.engine.is_held(&key), held);
        prop_assert_eq!(bench.offered("a").contains(&number), held, "segment {}", number);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_is_offered_is_held_and_what_is_served_is_right(steps in steps()) {
        let mut bench = Bench::seeder();
        bench.open(&[]);
        bench.wait(1_000);
        bench.link("a");
        bench.link("b");
        let mut asked = Asked::default();
        for step in steps {
            apply(&mut bench, step, &mut asked);
            check(&bench, &asked)?;
        }
        check_offers(&mut bench)?;
        bench.wait(20_000);
        check(&bench, &asked)?;
        prop_assert!(bench.dropped.is_empty(), "nobody is driven away");
        prop_assert_eq!(bench.delivered.len(), asked.demands, "every demand is met");
        let answers = bench.pieces("a").len() + bench.rejects("a").len();
        prop_assert_eq!(answers, asked.pieces.len(), "every request is answered once");
    }
}
