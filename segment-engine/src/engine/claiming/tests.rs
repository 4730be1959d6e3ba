//! When stripes are claimed.

use crate::engine::rig::Rig;
use crate::input::Input;
use crate::wire::Frame;

fn claims(rig: &Rig) -> usize {
    let sent = rig.sent_to("a").into_iter();
    sent.filter(|frame| matches!(frame, Frame::Claim { .. })).count()
}

/// A viewer whose session has begun with a segment of the origin.
fn viewer() -> Rig {
    let mut rig = Rig::new(|_| {});
    rig.link("a", 1);
    rig.play(0);
    rig.demand(1);
    let fetch = rig.begin_fetch();
    rig.fetched(fetch, 25);
    rig.tell(Input::FetchFinished(fetch));
    rig
}

#[test]
fn a_newcomer_claims_nothing_in_its_first_second() {
    let mut rig = viewer();
    rig.sign("a", 2, 25);
    rig.demand(2);
    rig.wait(990);
    assert_eq!(claims(&rig), 0, "it listens");
    rig.wait(4_000);
    assert!(claims(&rig) > 0, "nobody else has claimed it");
}

#[test]
fn a_newcomer_that_hears_who_holds_a_segment_in_its_first_second_does_not_claim_it() {
    let mut rig = viewer();
    rig.sign("a", 2, 25);
    rig.demand(2);
    rig.wait(900);
    rig.hold("a", 2, 25, &[(0, 25)]);
    rig.wait(4_000);
    assert_eq!(claims(&rig), 0);
}

#[test]
fn who_has_been_there_for_a_second_claims_as_soon_as_its_turn_comes() {
    let mut rig = viewer();
    rig.wait(1_000);
    rig.sign("a", 2, 25);
    rig.demand(2);
    rig.wait(990);
    assert!(claims(&rig) > 0);
}
