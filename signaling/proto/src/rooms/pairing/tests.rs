//! What is taken of what is drawn.

use std::collections::VecDeque;

use super::{ConnId, Crowd, Pairing, Party, Pool, Scattered};

mod nearest;

#[test]
fn of_each_two_drawn_the_less_loaded_is_taken() {
    // The loads in the order in which they are drawn, how many are wanted, and which of them are taken.
    let cases: [(&[usize], usize, &[u64]); 9] = [
        (&[3, 1, 2, 0], 2, &[1, 3]),
        (&[1, 1, 0, 0], 2, &[0, 2]),
        (&[3, 1, 2, 0], 1, &[1]),
        (&[5, 4, 9], 2, &[1, 2]),
        (&[9, 8, 7, 6, 2], 4, &[1, 3, 4, 2]),
        (&[7, 0, 9, 1, 8, 2], 5, &[1, 3, 5, 0, 4]),
        (&[2, 1], 5, &[1, 0]),
        (&[], 5, &[]),
        (&[1, 2], 0, &[]),
    ];
    for (loads, count, expected) in cases {
        let chosen = Scattered.choose(party(99, 0), &mut drawn(loads), count);
        let expected: Vec<ConnId> = expected.iter().copied().map(ConnId).collect();
        assert_eq!(chosen, expected, "{count} of {loads:?}");
    }
}

#[test]
fn two_are_drawn_for_each_that_is_wanted_and_no_more() {
    let mut draw = drawn(&[0; 100]);
    assert_eq!(Scattered.choose(party(99, 0), &mut draw, 6).len(), 6);
    assert_eq!(draw.0.len(), 88);
}

/// A swarm that is drawn from in the order of the list.
struct Line(VecDeque<Party>);

impl Crowd for Line {
    fn draw(&mut self, pool: Pool) -> Option<Party> {
        assert_eq!(pool, Pool::Room);
        self.0.pop_front()
    }

    fn taken(&self, _other: ConnId) -> usize {
        0
    }

    fn chance(&mut self, _one_in: u32) -> bool {
        false
    }
}

fn drawn(loads: &[usize]) -> Line {
    let parties = (0..).zip(loads);
    Line(parties.map(|(conn, pairs)| party(conn, *pairs)).collect())
}

fn party(conn: u64, pairs: usize) -> Party {
    Party::new(ConnId(conn), pairs)
}
