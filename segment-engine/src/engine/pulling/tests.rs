//! How much is asked of peers at once.

use super::MAX_IN_FLIGHT;
use crate::engine::rig::Rig;
use crate::input::Input;
use crate::rate::{Came, Rung};
use crate::timeline::Content;
use crate::wire::Frame;

const NAMES: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

/// A session's first segment comes from the origin.
fn start(rig: &mut Rig) {
    rig.demand(3);
    let fetch = rig.begin_fetch();
    rig.fetched(fetch, 25);
    rig.tell(Input::FetchFinished(fetch));
}

/// How many runs of pieces are asked for when ten neighbours hold all of a segment.
fn asked_for(rig: &mut Rig) -> usize {
    rig.outputs.clear();
    for name in NAMES {
        rig.hold(name, 12, 100, &[(0, 100)]);
    }
    let asked = |rig: &Rig, wanted: fn(&Frame) -> bool| -> Vec<&str> {
        let frames = |name: &&str| rig.sent_to(name).into_iter().filter(wanted).count();
        let all = NAMES.iter().flat_map(|name| vec![*name; frames(name)]);
        all.collect()
    };
    rig.wait(50);
    let leaves = asked(rig, |frame| matches!(frame, Frame::WantLeaves { .. }));
    rig.give_leaves(leaves[0], 100);
    asked(rig, |frame| matches!(frame, Frame::Request { .. })).len()
}

#[test]
fn half_as_much_is_in_flight_after_a_late_segment_of_several_rungs() {
    let rung = Rung {
        content: Content::Video,
        this: 800_000,
        above: Some(2_000_000),
    };
    // (what came before, of how many runs one is in flight)
    let table = [
        (vec![], 1),
        (vec![Came::InTime], 1),
        (vec![Came::Late], 2),
        (vec![Came::Late, Came::InTime, Came::InTime], 2),
        (vec![Came::Late, Came::InTime, Came::InTime, Came::InTime], 1),
    ];
    for (before, part) in table {
        let mut rig = Rig::new(|_| {});
        (1..).zip(NAMES).for_each(|(member, name)| rig.link(name, member));
        rig.play(0);
        start(&mut rig);
        for came in &before {
            rig.engine.rates.told(rig.now, Some(rung), *came);
        }
        let expected = MAX_IN_FLIGHT as usize / part;
        assert_eq!(asked_for(&mut rig), expected, "{before:?}");
    }
}
