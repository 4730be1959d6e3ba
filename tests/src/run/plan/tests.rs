//! When the traffic of others comes and goes on each downlink.

use super::*;
use crate::scenario::Time;

fn of_line(line: u32, seed: u64) -> Vec<(u64, Act)> {
    let cross = CrossTraffic {
        share: 0.25,
        on: Time(10 * SECOND),
        off: Time(30 * SECOND),
    };
    cross_traffic(line, cross, Dice::new(seed), 100 * SECOND, 40_100 * SECOND)
}

#[test]
fn cross_traffic_comes_and_goes_by_turns_for_a_quarter_of_the_time() {
    let acts = of_line(7, 1);
    assert_eq!(acts[0].0, 100 * SECOND, "from the start on");
    assert!(acts.iter().all(|(at, _)| *at < 40_100 * SECOND));
    let left: Vec<u64> = acts
        .iter()
        .map(|(_, act)| match act {
            Act::Downlink { line: 7, percent } => *percent,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(
        left.windows(2).all(|pair| pair[0] + pair[1] == 175),
        "75 and 100 by turns"
    );
    let busy = acts.windows(2).zip(&left).filter(|(_, left)| **left == 75);
    let busy: u64 = busy.map(|(pair, _)| pair[1].0 - pair[0].0).sum();
    let part = busy as f64 / (40_000 * SECOND) as f64;
    assert!((0.2..0.3).contains(&part), "{part}");
}

#[test]
fn each_downlink_has_its_own() {
    let times = |seed| of_line(1, seed).iter().map(|(at, _)| *at).collect::<Vec<_>>();
    assert_eq!(times(1), times(1));
    assert_ne!(times(1)[1..], times(2)[1..]);
}
