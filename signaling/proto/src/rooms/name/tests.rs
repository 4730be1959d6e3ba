//! A peer's name tells on which server it is.

use super::*;

#[test]
fn a_peer_id_tells_where_its_peer_is() {
    let whereabouts = Whereabouts {
        node: NodeId(0x00ab_cdef),
        shard: 7,
    };
    assert_eq!(whereabouts.to_string(), "00abcdef07");
    assert_eq!(
        Whereabouts::of("00abcdef07ffffffffffffffffffffff"),
        Some(whereabouts)
    );
    for other in ["", "00abcdef0", "+0abcdef07", "00abcdefg7", "äääääääääää"] {
        assert_eq!(Whereabouts::of(other), None, "{other}");
    }
}
