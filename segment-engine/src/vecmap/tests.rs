//! Maps of few entries against the standard one.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn does_what_a_b_tree_does(steps in prop::collection::vec((0_u8..5, 0_u8..20, any::<u8>()), 0..60)) {
        let (mut map, mut tree) = (VecMap::default(), BTreeMap::new());
        for (step, key, value) in steps {
            match step {
                0 => prop_assert_eq!(map.insert(key, value), tree.insert(key, value)),
                1 => prop_assert_eq!(map.remove(&key), tree.remove(&key)),
                2 => prop_assert_eq!(map.get(&key), tree.get(&key)),
                3 => {
                    map.retain(|_, held| *held >= value);
                    tree.retain(|_, held| *held >= value);
                }
                _ => prop_assert_eq!(map.pop_first(), tree.pop_first()),
            }
            prop_assert!(map.iter().eq(tree.iter()));
            prop_assert_eq!(map.is_empty(), tree.is_empty());
        }
    }

    #[test]
    fn a_set_holds_each_member_once_in_order(keys in prop::collection::vec(any::<u8>(), 0..60)) {
        let (mut set, mut tree) = (VecSet::default(), BTreeSet::new());
        for key in keys {
            prop_assert_eq!(set.insert(key), tree.insert(key));
        }
        prop_assert!(set.iter().eq(tree.iter()));
        prop_assert_eq!(set.first(), tree.first());
        prop_assert_eq!(set.len(), tree.len());
    }
}
