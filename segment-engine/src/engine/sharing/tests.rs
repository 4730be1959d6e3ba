//! Who is told of a piece that came, and how soon.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each test looks for one kind of output"
)]

use std::time::Duration;

use crate::engine::rig::Rig;
use crate::id::SegmentKey;
use crate::wire::{Frame, Holds, RequestId};

/// Runs of pieces.
type Runs = &'static [(u32, u32)];

/// The pieces of a segment that a neighbour was told of, as runs.
fn told(rig: &Rig, name: &str, key: SegmentKey) -> Vec<(u32, u32)> {
    let sent = rig.sent_to(name).into_iter();
    let haves = sent.flat_map(|frame| match frame {
        Frame::Announce { came, .. } => came,
        _ => Vec::new(),
    });
    let runs = haves
        .filter(|have| have.key == key)
        .flat_map(|have| match have.holds {
            Holds::Runs(runs) => runs,
            Holds::All => vec![(0, u32::MAX)],
        });
    runs.collect()
}

/// "a" sends the first piece that it was asked for, whose number is returned.
fn give_one(rig: &mut Rig, asked: &[(RequestId, u32, u32)]) -> u32 {
    let (request, first, _) = asked[0];
    rig.give("a", request, first);
    first
}

#[test]
fn a_piece_is_told_the_sooner_the_less_time_there_is() {
    // (the player's slack, how long the news is held back, both in milliseconds): a 60th of it, 20 to 133 ms.
    for (slack, held_back) in [(40_000, 133), (6_000, 100), (3_000, 50), (1_200, 20), (300, 20)] {
        let mut rig = Rig::nearly_there(8, 8, Duration::from_millis(slack));
        let asked = rig.asked_of("a");
        rig.wait(150);
        rig.outputs.clear();
        let key = rig.key(12);
        rig.play_before(12, Duration::from_millis(slack));
        let first = give_one(&mut rig, &asked);
        rig.wait(held_back - 1);
        assert_eq!(told(&rig, "b", key), [], "{slack} ms: too soon");
        rig.wait(1);
        assert_eq!(told(&rig, "b", key), [(first, 1)], "{slack} ms");
    }
}

#[test]
fn a_piece_is_told_to_who_may_lack_it() {
    // (what "b" says that it holds, whether it is told of the first piece)
    let table: [(&str, Runs, bool); 5] = [
        ("nothing", &[], true),
        ("others", &[(1, 7)], true),
        ("that one", &[(0, 1)], false),
        ("that one and others", &[(0, 3), (5, 1)], false),
        ("all", &[(0, 8)], false),
    ];
    for (name, held, is_told) in table {
        let slack = Duration::from_secs(40);
        let mut rig = Rig::nearly_there(8, 8, slack);
        let asked = rig.asked_of("a");
        if !held.is_empty() {
            rig.hold("b", 12, 8, held);
        }
        rig.wait(150);
        rig.outputs.clear();
        let key = rig.key(12);
        assert_eq!(give_one(&mut rig, &asked), 0);
        rig.wait(150);
        assert_eq!(!told(&rig, "b", key).is_empty(), is_told, "{name}");
        assert_eq!(told(&rig, "a", key), [], "{name}: who sent it has it");
    }
}
