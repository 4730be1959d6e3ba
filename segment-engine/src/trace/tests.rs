//! What is recorded comes back as it was, and hostile traces are refused.

use std::time::Duration;

use super::*;
#[cfg(feature = "upload-limits")]
use crate::config::BitsPerSecond;
use crate::device::{Battery, Charging, DeviceClass, DeviceState, Metered, NetworkKind, Uploads, Visibility};
use crate::id::{ByteRange, CheckId, DemandId, FetchId, PeerId, SegmentKind};
#[cfg(feature = "shelf")]
use crate::id::{SegmentKey, TrackKey};
use crate::input::{Demand, FetchError, FileDemand, Playback, PlaybackState, Position, Signature};
#[cfg(feature = "shelf")]
use crate::integrity::{Record, SignedBatch};
#[cfg(feature = "shelf")]
use crate::piece::{Body, Digest};
#[cfg(feature = "shelf")]
use crate::shelf::{ShelfEntry, ShelfFact};
use crate::time::{MediaTime, UnixTime};
use crate::wire::Message;

#[test]
fn every_input_is_read_as_it_was_written() {
    let mut recorder = Recorder::new([7; 32], Timestamp::from_micros(5));
    let mut expected = Vec::new();
    for (index, input) in all_inputs().into_iter().enumerate() {
        let at = Timestamp::from_micros(5 + index as u64 * 300);
        recorder.on_input(at, &input);
        recorder.on_timeout(at);
        expected.push(Step {
            at,
            input: Some(input),
        });
        expected.push(Step { at, input: None });
    }
    let trace = read(&recorder.into_bytes()).unwrap();
    assert_eq!((trace.seed, trace.born), ([7; 32], Timestamp::from_micros(5)));
    assert_eq!(trace.steps, expected);
}

#[test]
fn a_part_of_a_trace_is_a_shorter_trace_or_none() {
    let mut recorder = Recorder::new([0; 32], Timestamp::ZERO);
    for input in all_inputs() {
        recorder.on_input(Timestamp::from_millis(1), &input);
    }
    let bytes = recorder.into_bytes();
    let whole = read(&bytes).unwrap();
    for length in 0..bytes.len() {
        if let Ok(part) = read(&bytes[..length]) {
            assert!(whole.steps.starts_with(&part.steps));
        }
    }
    assert_eq!(read(b"something else"), Err(TraceError::Head));
}

#[test]
fn a_peer_is_named_once() {
    let mut recorder = Recorder::new([0; 32], Timestamp::ZERO);
    let peer = PeerId::new(&"p".repeat(60)).unwrap();
    let before = recorder.len();
    for _ in 0..100 {
        let peer = peer.clone();
        recorder.on_input(Timestamp::ZERO, &Input::PeerBuffered { peer, bytes: 1 });
    }
    assert_eq!(
        recorder.len() - before,
        100 * 4 + 61,
        "time, kind, peer and bytes each"
    );
}

#[test]
fn a_replayed_engine_wants_the_same() {
    let inputs = [
        Input::Clock(UnixTime::from_millis(1_000)),
        Input::SignalingUp,
        Input::PeerIntroduced(PeerId::new("a").unwrap()),
        Input::PeerConnected(PeerId::new("a").unwrap()),
        Input::PeerConnected(PeerId::new("a").unwrap()),
        Input::SignalingDown,
    ];
    let config = Config::viewer("title");
    let mut engine = Engine::new(config.clone(), [3; 32], Timestamp::ZERO).unwrap();
    let mut recorder = Recorder::new([3; 32], Timestamp::ZERO);
    let mut outputs = Vec::new();
    let mut now = Timestamp::ZERO;
    for input in inputs {
        recorder.on_input(now, &input);
        // The second `PeerConnected` is a mistake, and stays one.
        drop(engine.handle_input(now, input));
        outputs.extend(std::iter::from_fn(|| engine.poll_output()).map(|output| (now, output)));
        now = engine
            .poll_timeout()
            .unwrap_or(now)
            .max(now + Duration::from_millis(1));
        recorder.on_timeout(now);
        engine.handle_timeout(now);
        outputs.extend(std::iter::from_fn(|| engine.poll_output()).map(|output| (now, output)));
    }
    assert!(outputs.len() > 3, "{outputs:?}");
    let trace = read(&recorder.into_bytes()).unwrap();
    let mut again = Vec::new();
    let replayed = replay(config, &trace, |at, output| again.push((at, output))).unwrap();
    assert_eq!(again, outputs);
    assert_eq!(replayed.stats(), engine.stats());
}

#[expect(clippy::too_many_lines, reason = "a list: one of every kind")]
fn all_inputs() -> Vec<Input> {
    let file = FileDemand {
        id: DemandId(10),
        url: "http://origin.test/app.js".into(),
        sha224: Digest([4; 28]),
    };
    let peer = |name: &str| PeerId::new(name).unwrap();
    let fetch = FetchId(300);
    let demand = |range, position| {
        Input::Demand(Demand {
            id: DemandId(9),
            url: "http://origin.test/1".into(),
            range,
            position,
        })
    };
    let position = Position {
        representation: "v1".into(),
        kind: SegmentKind::Media,
        start: MediaTime::from_micros(-5),
    };
    let playback = |state| {
        Input::Playback(Playback {
            position: MediaTime::from_micros(-1),
            buffered: Duration::from_nanos(12_345),
            state,
        })
    };
    let device = DeviceState {
        battery: Some(Battery {
            level_percent: 20,
            charging: Charging::No,
        }),
        network: Some(NetworkKind::Cellular),
        metered: Metered::Yes,
        visibility: Visibility::Hidden,
        class: DeviceClass::Mobile,
        consent: Some(Uploads::Off),
    };
    let failed = |error| Input::FetchFailed { fetch, error };
    vec![
        Input::Clock(UnixTime::from_millis(-1)),
        Input::SignalingClock {
            unix: UnixTime::from_millis(-70_000),
            within: Duration::from_millis(45),
        },
        Input::Manifest {
            url: "http://origin.test/m".into(),
            body: vec![b'x'; 70_000],
        },
        demand(None, None),
        demand(ByteRange::new(0, u64::MAX - 1), Some(position)),
        Input::FileDemand(file),
        Input::DemandCancelled(DemandId(u64::MAX)),
        playback(PlaybackState::Playing),
        playback(PlaybackState::Paused),
        playback(PlaybackState::Stalled),
        Input::Device(device),
        Input::Device(DeviceState::default()),
        Input::Seeked(MediaTime::MIN),
        Input::Targets {
            min: Some(0),
            max: None,
        },
        Input::Targets {
            min: None,
            max: Some(u32::MAX),
        },
        Input::SignalingUp,
        #[cfg(feature = "seeder")]
        Input::Sidecar(vec![1, 2, 3].into()),
        #[cfg(feature = "seeder")]
        Input::StoreBudget(1 << 20),
        #[cfg(feature = "upload-limits")]
        Input::UploadLimit(None),
        #[cfg(feature = "upload-limits")]
        Input::UploadLimit(Some(BitsPerSecond(u64::MAX))),
        Input::SignalingDown,
        Input::PeerIntroduced(peer("a")),
        Input::PeerConnected(peer("b")),
        #[cfg(feature = "seeder")]
        Input::PeerCertificates {
            peer: peer("b"),
            own: crate::input::Fingerprint([1; 32]),
            theirs: crate::input::Fingerprint([2; 32]),
        },
        Input::PeerMessage {
            peer: peer("a"),
            message: Message::from_bytes(vec![0x90]),
        },
        Input::PeerBuffered {
            peer: peer("b"),
            bytes: 1 << 40,
        },
        Input::PeerClosed(peer("a")),
        Input::Negotiate {
            peer: peer("c"),
            payload: vec![1, 2],
        },
        Input::FetchStarted {
            fetch,
            partial: true,
            length: Some(7),
            total: Some(9_000),
            url: Some("http://cdn.test/".into()),
        },
        Input::FetchStarted {
            fetch,
            partial: false,
            length: None,
            total: None,
            url: None,
        },
        Input::FetchChunk {
            fetch,
            bytes: vec![3; 65_536].into(),
        },
        Input::FetchFinished(fetch),
        failed(FetchError::Network),
        failed(FetchError::Timeout),
        failed(FetchError::Status(503)),
        Input::SignatureChecked {
            check: CheckId(1),
            valid: true,
        },
        Input::SignatureUnclear(CheckId(3)),
        Input::Signed {
            check: CheckId(2),
            signature: Signature([5; 64]),
        },
        #[cfg(feature = "shelf")]
        Input::Shelf(ShelfFact::Opening),
        #[cfg(feature = "shelf")]
        Input::Shelf(ShelfFact::Digests(vec![SignedBatch {
            message: vec![7; 300],
            signature: Signature([8; 64]),
        }])),
        #[cfg(feature = "shelf")]
        Input::Shelf(ShelfFact::Opened(shelf_entries().to_vec())),
        #[cfg(feature = "shelf")]
        Input::Shelf(ShelfFact::Shelved(shelf_entries()[0])),
        #[cfg(feature = "shelf")]
        Input::Shelf(ShelfFact::Unshelvable(shelf_entries()[1])),
        #[cfg(feature = "shelf")]
        Input::Shelf(ShelfFact::Unshelved {
            key: shelf_entries()[0].key,
            body: Some(Body::of(&[9; 20_000])),
        }),
        #[cfg(feature = "shelf")]
        Input::Shelf(ShelfFact::Unshelved {
            key: shelf_entries()[1].key,
            body: None,
        }),
        #[cfg(feature = "shelf")]
        Input::Shelf(ShelfFact::Unreadable(shelf_entries()[0].key)),
        #[cfg(feature = "shelf")]
        Input::Shelf(ShelfFact::Dropped(
            shelf_entries().iter().map(|entry| entry.key).collect(),
        )),
    ]
}

#[cfg(feature = "shelf")]
fn shelf_entries() -> [ShelfEntry; 2] {
    [
        (SegmentKind::Init, 0, ByteRange::new(5, u64::MAX - 1)),
        (SegmentKind::Media, i64::MIN, None),
    ]
    .map(|(kind, time, range)| ShelfEntry {
        key: SegmentKey {
            track: TrackKey([3; 8]),
            kind,
            time,
            range,
        },
        record: Record {
            size: 1 << 40,
            root: Digest([8; 28]),
        },
    })
}
