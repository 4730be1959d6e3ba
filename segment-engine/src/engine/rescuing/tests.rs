//! What stands back for what the player is about to lack.

use std::time::Duration;

use crate::engine::rig::{Rig, at};
use crate::input::{Input, Playback, PlaybackState};
use crate::wire::Frame;

#[test]
fn nothing_is_claimed_while_what_the_player_needs_next_may_come_too_late() {
    // (what is left to the player, in milliseconds; whether stripes of a later segment are claimed): the origin takes half a
    // second for a segment, and half of a rescue's guard is another half.
    for (left, claimed) in [(600, false), (1_200, false), (2_000, true)] {
        let mut rig = Rig::new(|_| {});
        rig.link("a", 1);
        rig.play(0);
        rig.demand(1);
        let first = rig.begin_fetch();
        rig.wait(500);
        rig.fetched(first, 25);
        rig.tell(Input::FetchFinished(first));
        rig.hold("a", 12, 25, &[]);
        rig.hold("a", 20, 25, &[]);

        rig.tell(Input::Playback(Playback {
            position: at(0) + Duration::from_millis(44_000 - left),
            buffered: Duration::from_millis(left),
            state: PlaybackState::Stalled,
        }));
        rig.demand(12);
        rig.demand(20);
        rig.outputs.clear();
        rig.wait(400);
        let claims = rig
            .sent_to("a")
            .into_iter()
            .filter(|frame| matches!(frame, Frame::Claim { .. }));
        assert_eq!(claims.count() > 0, claimed, "{left} ms");
    }
}
