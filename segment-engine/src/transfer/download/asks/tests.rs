//! A piece is asked of nobody, of one peer or of two.

use super::*;

fn asked(pieces: &[u32]) -> Asks {
    let mut asks = Asks::none(4);
    pieces.iter().for_each(|piece| asks.ask(*piece));
    asks
}

fn all(asks: &Asks) -> (Vec<u32>, Vec<u32>) {
    let twice = (0..5).filter(|piece| asks.is_twice(*piece));
    (asks.pieces().iter().collect(), twice.collect())
}

#[test]
fn what_two_are_asked_for_is_still_asked_for_when_one_of_them_lets_go() {
    let mut asks = asked(&[1, 2, 2]);
    assert_eq!(all(&asks), (vec![1, 2], vec![2]));
    [1, 2].into_iter().for_each(|piece| asks.release(piece));
    assert_eq!(all(&asks), (vec![2], vec![]));
    asks.release(2);
    assert_eq!(all(&asks), (vec![], vec![]));
}

#[test]
fn what_came_is_asked_of_nobody() {
    let mut asks = asked(&[1, 2, 2]);
    [0, 1, 2].into_iter().for_each(|piece| asks.on_come(piece));
    assert_eq!(all(&asks), (vec![], vec![]));
}

#[test]
fn a_piece_that_the_segment_has_not_is_never_asked_for() {
    assert_eq!(all(&asked(&[4, 4, u32::MAX])), (vec![], vec![]));
}
