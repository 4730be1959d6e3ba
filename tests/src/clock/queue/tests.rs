//! Events come in the order of their times, and of equal times in the order they were set.

use super::*;
use crate::clock::Dice;

#[test]
fn happens_in_order_of_time_then_of_asking() {
    let mut queue = Queue::new();
    for (at, what) in [(30, 'c'), (10, 'a'), (10, 'b'), (9_000_000, 'e'), (5_000, 'd')] {
        queue.push(at, what);
    }
    let all: String = std::iter::from_fn(|| queue.pop_before(u64::MAX).map(|(_, what)| what)).collect();
    assert_eq!(all, "abcde");
}

#[test]
fn nothing_happens_before_its_time() {
    let mut queue = Queue::new();
    queue.push(100, ());
    assert_eq!(queue.pop_before(100), None);
    assert_eq!(queue.pop_before(101), Some((100, ())));
    assert_eq!(queue.pop_before(u64::MAX), None);
}

#[test]
fn agrees_with_a_sorted_list_whatever_is_asked_for() {
    let mut dice = Dice::new(3);
    let mut queue = Queue::new();
    let mut model: Vec<(u64, u64)> = Vec::new();
    let mut now = 0;
    for number in 0..200_000_u64 {
        if dice.below(5) < 3 || model.is_empty() {
            let after = match dice.below(4) {
                0 => dice.below(64),
                1 => dice.below(100_000),
                2 => dice.below(4_300_000),
                _ => dice.below(60_000_000),
            };
            queue.push(now + after, number);
            let at = model.partition_point(|other| *other > (now + after, number));
            model.insert(at, (now + after, number));
            if model.len() > 400 {
                model.truncate(400);
                while queue.pop_before(u64::MAX).is_some() {}
                for entry in std::mem::take(&mut model) {
                    now = now.max(entry.0);
                }
            }
            continue;
        }
        let expected = model.pop().expect("not empty");
        assert_eq!(queue.pop_before(u64::MAX), Some(expected));
        now = expected.0;
    }
}
