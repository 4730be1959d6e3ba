//! Every input of `ts/core.ts` means something; what is none is refused by name.

use super::*;

fn input(kind: &str) -> CoreInput {
    CoreInput {
        kind: kind.into(),
        ..CoreInput::default()
    }
}

#[test]
fn a_link_concerns_engine_and_client_both() {
    let connected = CoreInput {
        peer: Some("p".into()),
        ..input("peerConnected")
    };
    let meaning = connected.meaning().unwrap();
    assert_eq!(
        meaning.engine,
        Some(Input::PeerConnected(PeerId::new("p").unwrap()))
    );
    assert_eq!(meaning.client, Some(ClientInput::LinkUp("p".into())));
}

#[test]
fn a_demand_carries_its_range_and_position() {
    let position = CorePosition {
        representation: "360p".into(),
        kind: SegmentKind::Media,
        start_ms: 4000.5,
    };
    let demand = CoreInput {
        id: Some(7),
        url: Some("http://origin/s".into()),
        range: ByteRange::new(1, 2),
        position: Some(position),
        ..input("demand")
    };
    let Some(Input::Demand(demand)) = demand.meaning().unwrap().engine else {
        panic!("a demand concerns the engine");
    };
    assert_eq!((demand.id, demand.range), (DemandId(7), ByteRange::new(1, 2)));
    assert_eq!(demand.position.unwrap().start, MediaTime::from_micros(4_000_500));
}

#[test]
fn numbers_beyond_reason_saturate() {
    let playback = CoreInput {
        position_ms: Some(f64::NAN),
        buffered_ms: Some(-5.0),
        state: Some(PlaybackState::Playing),
        ..input("playback")
    };
    let Some(Input::Playback(playback)) = playback.meaning().unwrap().engine else {
        panic!("playback concerns the engine");
    };
    assert_eq!(
        (playback.position, playback.buffered),
        (MediaTime::ZERO, Duration::ZERO)
    );
}

#[test]
fn what_is_no_input_is_refused_by_name() {
    assert_eq!(
        input("shout").meaning(),
        Err(MeaningError::Unknown("shout".into()))
    );
    assert_eq!(input("seeked").meaning(), Err(MeaningError::Lacks("positionMs")));
    let nobody = CoreInput {
        peer: Some("two words".into()),
        ..input("peerClosed")
    };
    assert_eq!(nobody.meaning(), Err(MeaningError::Peer(InvalidPeerId)));
}
