//! What is on its way is what the player will come to.

use crate::engine::rig::{Rig, at};
use crate::input::Input;
use crate::transfer::Download;

#[test]
fn what_lies_beyond_the_window_is_let_go_after_a_jump_back() {
    let mut rig = Rig::new(|_| {});
    rig.link("a", 1);
    for number in (1..=8).rev().map(|step| step * 100) {
        rig.tell(Input::Seeked(at((number - 1) * 4)));
        rig.demand(number);
        let (from, to) = (at((number - 1) * 4), at((number - 1) * 4 + 60));
        let starts: Vec<_> = rig
            .engine
            .transfers
            .iter()
            .map(Download::segment)
            .map(|segment| segment.start)
            .collect();
        let ahead = starts.iter().filter(|start| (from..to).contains(start)).count();
        assert_eq!(ahead, 15, "a minute is fetched ahead");
        // What the player asked for before and did not take back is still wanted.
        let beyond = starts.iter().filter(|start| **start >= to).count();
        assert!(beyond <= 8, "{beyond} at {number}");
    }
}
