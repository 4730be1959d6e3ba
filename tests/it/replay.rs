//! What an engine was told makes it do the same again.

use segment_engine::trace::{read, replay};
use swarm_tests::run::{Options, Sharing};

use crate::scenarios::{once_with, scenario};

#[test]
fn a_recorded_engine_replayed_wants_the_same_byte_for_byte() {
    let options = Options {
        seed: 3,
        sharing: Sharing::Peers,
        traced: None,
        recorded: Some(7),
    };
    let seen = once_with(&scenario("live-20", &["time.measure=30s"]), options);
    let recorded = seen.recorded.expect("node 7 is there");
    let trace = read(&recorded.trace).unwrap();
    let mut next = 0;
    replay(recorded.config, &trace, |at, output| {
        let expected = recorded.outputs.get(next);
        assert_eq!(Some(&(at, output)), expected, "output {next}");
        next += 1;
    })
    .unwrap();
    assert_eq!(next, recorded.outputs.len());
    assert!(next > 1_000, "{next} outputs are a session");
}
