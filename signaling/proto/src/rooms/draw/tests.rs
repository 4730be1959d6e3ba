//! That draws are fair, cheap and without replacement.

use std::collections::BTreeMap;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::{ConnId, Shuffled};

#[test]
fn every_member_is_drawn_once_and_the_list_stays_as_it_is() {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    for len in [0, 1, 2, 3, 64, 1000] {
        let list = list(len);
        let mut drawn = drawn(&list, &mut rng);
        drawn.sort_unstable();
        assert_eq!(drawn, list);
    }
}

#[test]
fn every_order_is_as_likely_as_the_next() {
    const RUNS: usize = 24_000;
    let mut rng = ChaCha20Rng::from_seed([2; 32]);
    let list = list(4);
    let mut orders: BTreeMap<Vec<ConnId>, usize> = BTreeMap::new();
    for _ in 0..RUNS {
        *orders.entry(drawn(&list, &mut rng)).or_default() += 1;
    }
    assert_eq!(orders.len(), 24);
    // A thousand each are expected; five standard deviations are 155.
    assert!(
        orders.values().all(|count| (845..=1155).contains(count)),
        "{orders:?}"
    );
}

#[test]
fn a_draw_from_a_million_notes_what_it_swapped_and_nothing_else() {
    let mut rng = ChaCha20Rng::from_seed([3; 32]);
    let list = list(1_000_000);
    let mut shuffled = Shuffled::new(&list);
    for count in 1..=100 {
        assert!(shuffled.draw(&mut rng).is_some());
        assert!(shuffled.drawn == count && shuffled.swapped.len() <= count);
    }
}

fn list(len: u64) -> Vec<ConnId> {
    (0..len).map(ConnId).collect()
}

fn drawn(list: &[ConnId], rng: &mut ChaCha20Rng) -> Vec<ConnId> {
    let mut shuffled = Shuffled::new(list);
    std::iter::from_fn(|| shuffled.draw(rng)).collect()
}
