//! What is made of a member's events.

use segment_engine_native::segment_engine::id::PeerId;

use super::*;

fn joined(name: &str) -> PeerEvent {
    PeerEvent::Engine(Event::PeerJoined {
        peer: PeerId::new(name).unwrap(),
        seeder: false,
    })
}

#[test]
fn a_link_is_told_from_its_handshake_to_its_end() {
    let mut member = Member::new(Role::Viewer, "vod");
    member.hear(joined("one"));
    member.hear(joined("two"));
    member.hear(PeerEvent::Engine(Event::PeerLeft {
        peer: PeerId::new("one").unwrap(),
        reason: None,
    }));
    let told = serde_json::to_value(&member).unwrap();
    assert_eq!(told["links"], serde_json::json!([{ "peer": "two", "bytes": 0 }]));
    assert_eq!(told["names"], serde_json::json!([]));
}
