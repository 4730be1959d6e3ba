//! The tree: whatever changes, the root does.

use proptest::prelude::*;

use super::*;
use crate::piece::{PIECE, Piece};

/// A digest that is written by hand: no hash of anything.
fn digest(byte: u8) -> Digest {
    Digest([byte; 28])
}

fn node(left: Digest, right: Digest) -> Digest {
    Digest::of(&[&[1], &left.0, &right.0])
}

fn root(size: u64, top: Digest) -> Digest {
    Digest::of(&[&[2], &size.to_be_bytes(), &top.0])
}

/// Leaves of a segment of as many whole pieces.
fn layer(leaves: Vec<Digest>) -> (Record, Vec<Digest>) {
    let size = (leaves.len() * PIECE) as u64;
    let root = root_of(size, &leaves);
    (Record { size, root }, leaves)
}

#[test]
fn an_odd_node_moves_up_unchanged() {
    let [a, b, c, d, e] = [1, 2, 3, 4, 5].map(digest);
    assert_eq!(root_of(7, &[a]), root(7, a));
    assert_eq!(root_of(7, &[a, b]), root(7, node(a, b)));
    assert_eq!(root_of(7, &[a, b, c]), root(7, node(node(a, b), c)));
    let four = node(node(a, b), node(c, d));
    assert_eq!(root_of(7, &[a, b, c, d]), root(7, four));
    assert_eq!(root_of(7, &[a, b, c, d, e]), root(7, node(four, e)));
}

#[test]
fn a_leaf_is_no_node_and_a_node_no_root() {
    let (a, b) = (digest(1), digest(2));
    let both = [a.0, b.0].concat();
    let leaf = Piece::new(&both).leaf();
    assert_ne!(leaf, node(a, b));
    assert_ne!(root_of(56, &[leaf]), root_of(56, &[a, b]));
}

#[test]
fn the_largest_segment_has_a_root() {
    let leaves = vec![digest(1); piece_count(MAX_SEGMENT) as usize];
    let record = Record {
        size: MAX_SEGMENT,
        root: root_of(MAX_SEGMENT, &leaves),
    };
    assert!(leaves_match(&record, &leaves));
}

#[test]
fn sizes_that_no_segment_has_match_nothing() {
    for (size, leaves) in [(0, vec![]), (MAX_SEGMENT + 1, vec![digest(1); 4096])] {
        let root = root_of(size, &leaves);
        assert!(!leaves_match(&Record { size, root }, &leaves), "{size} bytes");
    }
}

proptest! {
    #[test]
    fn any_changed_byte_changes_the_root(
        bytes in prop::collection::vec(any::<u8>(), 1..3 * PIECE),
        at in any::<prop::sample::Index>(),
        change in 1_u8..,
    ) {
        let before = Record::of(&Body::of(&bytes));
        let mut changed = bytes;
        let at = at.index(changed.len());
        changed[at] ^= change;
        prop_assert_ne!(Record::of(&Body::of(&changed)).root, before.root);
    }

    #[test]
    fn any_changed_length_changes_the_root(size in 1..=3 * PIECE, other in 1..=3 * PIECE) {
        prop_assume!(size != other);
        let root = |size| Record::of(&Body::of(&vec![0; size])).root;
        prop_assert_ne!(root(size), root(other));
    }

    #[test]
    fn the_length_counts_though_the_leaves_be_the_same(
        leaves in prop::collection::vec(any::<[u8; 28]>().prop_map(Digest), 1..40),
        size in any::<u64>(),
        other in any::<u64>(),
    ) {
        prop_assume!(size != other);
        prop_assert_ne!(root_of(size, &leaves), root_of(other, &leaves));
    }

    #[test]
    fn any_damage_to_a_layer_is_seen(
        leaves in prop::collection::vec(any::<[u8; 28]>().prop_map(Digest), 2..70),
        at in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
        byte in 0_usize..28,
    ) {
        let (record, leaves) = layer(leaves);
        prop_assert!(leaves_match(&record, &leaves));
        let (at, to) = (at.index(leaves.len()), to.index(leaves.len()));

        let mut changed = leaves.clone();
        changed[at].0[byte] ^= 1;
        prop_assert!(!leaves_match(&record, &changed), "a changed leaf");

        let mut swapped = leaves.clone();
        swapped.swap(at, to);
        prop_assert_eq!(leaves_match(&record, &swapped), swapped == leaves, "two leaves swapped");

        let mut shorter = leaves.clone();
        shorter.remove(at);
        prop_assert!(!leaves_match(&record, &shorter), "a leaf left out");

        let mut longer = leaves.clone();
        longer.insert(at, leaves[to]);
        prop_assert!(!leaves_match(&record, &longer), "a leaf more");

        let other = Record { size: record.size - 1, ..record };
        prop_assert!(!leaves_match(&other, &leaves), "another length with as many leaves");
    }
}
