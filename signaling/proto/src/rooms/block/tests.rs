//! Which blocks have one tag.

use std::collections::BTreeSet;

use super::{BlockKey, BlockTag, Prefix};

fn tag(key: u8, address: &str) -> BlockTag {
    BlockKey([key; 32]).tag(Prefix::of(address.parse().unwrap()))
}

#[test]
fn a_tag_is_of_a_block_and_a_key() {
    assert_eq!(tag(1, "198.51.100.1"), tag(1, "198.51.100.254"));
    assert_ne!(tag(1, "198.51.100.1"), tag(1, "198.51.101.1"));
    assert_ne!(tag(1, "198.51.100.1"), tag(2, "198.51.100.1"));
    assert_eq!(tag(1, "2001:db8:1:2::"), tag(1, "2001:db8:1:3::"));
    assert_ne!(tag(1, "2001:db8:1::"), tag(1, "2001:db8:2::"));
    assert_ne!(tag(1, "0.0.1.0"), tag(1, "::1:0:0:0:0:0"), "of either family");
}

#[test]
fn blocks_that_share_a_tag_are_not_found_by_trying() {
    // With 16 bits, some two thousand of so many would share one.
    let blocks = (0..16_384_u16).map(|block| {
        let [high, low] = block.to_be_bytes();
        BlockKey::default().tag(Prefix::of([198, high, low, 1].into()))
    });
    assert_eq!(blocks.collect::<BTreeSet<_>>().len(), 16_384);
}

#[test]
fn a_key_is_not_shown() {
    assert_eq!(format!("{:?}", BlockKey([7; 32])), "BlockKey");
}
