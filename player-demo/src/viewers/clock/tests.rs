//! The playhead as media comes and runs out.

use super::*;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn starts_with_enough_and_stalls_once_where_media_ends() {
    let start = Instant::now();
    let mut playhead = Playhead::new(secs(10));
    playhead.ready(secs(11), start);
    assert_eq!(playhead.playing(), PlayState::Starting);
    playhead.ready(secs(14), start);
    assert_eq!(
        (playhead.playing(), playhead.ahead()),
        (PlayState::Playing, secs(4))
    );

    playhead.move_to(start + secs(3));
    assert_eq!((playhead.position(), playhead.ahead()), (secs(13), secs(1)));
    for later in [5, 9] {
        playhead.move_to(start + secs(later));
        assert_eq!((playhead.position(), playhead.stalls()), (secs(14), 1));
        assert_eq!(playhead.playing(), PlayState::Stalled);
    }
    playhead.ready(secs(16), start + secs(9));
    playhead.move_to(start + secs(10));
    assert_eq!(
        (playhead.position(), playhead.playing()),
        (secs(15), PlayState::Playing)
    );
}

#[test]
fn a_jump_is_no_stall() {
    let start = Instant::now();
    let mut playhead = Playhead::new(secs(0));
    playhead.ready(secs(4), start);
    playhead.jump(secs(60));
    playhead.move_to(start + secs(9));
    assert_eq!(
        (playhead.position(), playhead.ahead(), playhead.stalls()),
        (secs(60), secs(0), 0)
    );
    assert_eq!(playhead.playing(), PlayState::Starting);
    playhead.ready(secs(63), start + secs(9));
    assert_eq!(playhead.playing(), PlayState::Playing);
}
