//! What becomes of a piece that was asked for twice, once it is there.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each test looks for one kind of output"
)]

use std::time::Duration;

use crate::engine::rig::{Rig, body};
use crate::input::Input;
use crate::output::Output;
use crate::piece::PIECE;
use crate::wire::{Frame, RequestId};

/// Who brings a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    First,
    Second,
    Origin,
}

/// "a" owes the last two of 8 pieces by one request, and "b" was asked for each of them as well.
struct Twice {
    rig: Rig,
    first: RequestId,
    second: [RequestId; 2],
}

impl Twice {
    fn new() -> Self {
        let slack = Duration::from_millis(1_900);
        let mut rig = Rig::nearly_there(8, 2, slack);
        let first = rig
            .asked_of("a")
            .iter()
            .find_map(|(request, first, count)| ((*first, *count) == (6, 2)).then_some(*request));
        rig.hold("b", 12, 8, &[(0, 8)]);
        rig.wait(900);
        rig.play_before(12, slack);
        let second = [6, 7].map(|piece| {
            let asked = rig.asked_of("b").into_iter();
            let mut asked = asked.filter(|(_, first, count)| (*first, *count) == (piece, 1));
            asked.next().expect("it is late").0
        });
        Self {
            rig,
            first: first.expect("they are asked for in order"),
            second,
        }
    }

    fn bring(&mut self, from: Source, piece: u32) {
        match from {
            Source::First => self.rig.give("a", self.first, piece),
            Source::Second => self.rig.give("b", self.second[piece as usize - 6], piece),
            Source::Origin => self.fetch(piece),
        }
    }

    /// The player asks for the segment and is about to lack it: the origin is asked for the rest, and brings it as far as
    /// that piece.
    fn fetch(&mut self, last: u32) {
        self.rig.play_before(12, Duration::from_millis(100));
        self.rig.demand(12);
        let asked = self.rig.outputs.iter().rev().find_map(|output| match output {
            Output::Fetch(fetch) => Some((fetch.id, fetch.range)),
            _ => None,
        });
        let (fetch, range) = asked.expect("the origin is asked");
        assert_eq!(range.map(|range| range.first), Some(6 * PIECE as u64));
        self.rig.tell(Input::FetchStarted {
            fetch,
            partial: true,
            length: Some(2 * PIECE as u64),
            total: Some(body(8).len()),
            url: None,
        });
        self.rig.fetched(fetch, last - 5);
    }

    /// The requests of "a" and of "b" that were taken back, by their places.
    fn cancelled(&self) -> (bool, Vec<u32>) {
        let is_cancelled = |name: &str, request: RequestId| {
            let sent = self.rig.sent_to(name);
            sent.iter().any(|frame| *frame == Frame::Cancel(request))
        };
        let second = (6..).zip(self.second);
        let second = second.filter(|(_, request)| is_cancelled("b", *request));
        (
            is_cancelled("a", self.first),
            second.map(|(piece, _)| piece).collect(),
        )
    }
}

#[test]
fn what_is_there_is_not_waited_for_a_second_time() {
    use Source::{First, Origin, Second};
    // (what comes from whom, whether the request of both pieces is taken back, and which of the requests of one)
    let table = [
        (vec![(First, 6)], false, vec![6]),
        (vec![(First, 7)], false, vec![7]),
        (vec![(Second, 6)], false, vec![]),
        (vec![(Second, 6), (Second, 7)], true, vec![]),
        (vec![(First, 6), (Second, 7)], true, vec![6]),
        (vec![(First, 6), (First, 7)], false, vec![6, 7]),
        (vec![(Origin, 6)], false, vec![6]),
        (vec![(Origin, 7)], true, vec![6, 7]),
    ];
    for (comes, both, one) in table {
        let mut twice = Twice::new();
        twice.rig.outputs.clear();
        for (from, piece) in &comes {
            twice.bring(*from, *piece);
        }
        assert_eq!(twice.cancelled(), (both, one), "{comes:?}");
        assert_eq!(twice.rig.dropped(), [], "{comes:?}");
    }
}

#[test]
fn what_comes_all_the_same_counts_as_twice_and_ends_no_link() {
    let mut twice = Twice::new();
    twice.bring(Source::First, 6);
    let before = twice.rig.engine.stats().duplicate;
    twice.bring(Source::Second, 6);
    assert_eq!(twice.rig.engine.stats().duplicate - before, PIECE as u64);
    assert_eq!(twice.rig.dropped(), []);
}
