//! How a node is written, and found in the ids of its peers.

use super::{NodeId, NodeIdError};

#[test]
fn is_written_with_eight_digits_and_read_back() {
    for (node, text) in [(0, "00000000"), (0x1f, "0000001f"), (u32::MAX, "ffffffff")] {
        assert_eq!(NodeId(node).to_string(), text);
        assert_eq!(text.parse(), Ok(NodeId(node)));
    }
}

#[test]
fn has_one_spelling_only() {
    for text in ["", "1f", "0000001F", "+000001f", "0000001f0", "0000001g", "äöüß"] {
        assert_eq!(text.parse::<NodeId>(), Err(NodeIdError), "{text:?}");
    }
}

#[test]
fn begins_the_ids_of_its_peers() {
    assert_eq!(NodeId::of_peer("0000001f-03-9ab4"), Some(NodeId(0x1f)));
    assert_eq!(NodeId::of_peer("0000001f"), Some(NodeId(0x1f)));
    for stranger in ["", "0000001", "peer-1", "aaaaaaaß"] {
        assert_eq!(NodeId::of_peer(stranger), None, "{stranger:?}");
    }
}
