//! An origin that fails: how often it is asked, and when the player is left to itself.

use super::super::rig::Rig;
use super::*;
use crate::input::Input;

/// How often the origin is asked for a demanded segment that nobody holds, before the demand is declined.
fn asked_in_vain(error: FetchError) -> u32 {
    let mut rig = Rig::new(|_| {});
    rig.play_with(0, Duration::from_secs(60));
    rig.demand(10);
    for asked in 0..10 {
        let goes_on = |output: &Output| matches!(output, Output::Fetch(_) | Output::Decline { .. });
        while !rig.outputs.iter().any(goes_on) {
            rig.wait(100);
        }
        if rig
            .outputs
            .iter()
            .any(|output| matches!(output, Output::Decline { .. }))
        {
            return asked;
        }
        let fetch = rig.begin_fetch();
        rig.outputs.clear();
        rig.tell(Input::FetchFailed { fetch, error });
    }
    panic!("{error:?}: it is asked for ever");
}

#[test]
fn a_word_on_the_segment_is_final_and_one_on_the_request_is_not() {
    let again = MAX_FAILURES + 1;
    let table = [
        (404, 1),
        (403, 1),
        (410, 1),
        (408, again),
        (425, again),
        (429, again),
        (500, again),
        (503, again),
    ];
    for (status, times) in table {
        assert_eq!(asked_in_vain(FetchError::Status(status)), times, "{status}");
    }
}
