//! What is made of what passes through.

use std::time::Duration;

use segment_engine::id::{SegmentKey, SegmentKind, TrackKey};
use segment_engine::input::FetchError;

use super::*;

const STEP: Duration = Duration::from_millis(40);

fn engine(meter: &mut Meter, now: Instant, event: Event) {
    meter.on_event(now, &PeerEvent::Engine(event));
}

fn received(verified: bool) -> Event {
    Event::SegmentReceived {
        label: String::new(),
        key: SegmentKey {
            track: TrackKey([1; 8]),
            kind: SegmentKind::Media,
            time: 0,
            range: None,
        },
        start_ms: None,
        duration_ms: 0,
        bytes: 1,
        source: Source::Origin,
        peers: Vec::new(),
        verified,
    }
}

#[test]
fn a_manifest_that_has_not_changed_is_read_again() {
    let (mut meter, now) = (Meter::new(), Instant::now());
    meter.on_manifest_unchanged();
    assert!(matches!(meter.manifest, ManifestState::Unread(None)));
    engine(
        &mut meter,
        now,
        Event::TimelineUpdated {
            tracks: 1,
            live: true,
        },
    );
    engine(
        &mut meter,
        now,
        Event::ManifestUnreachable {
            error: FetchError::Status(503),
            retry_in_ms: 1,
        },
    );
    assert!(matches!(meter.manifest, ManifestState::Stale(_)));
    meter.on_manifest_unchanged();
    assert_eq!(meter.manifest, ManifestState::Read);
}

#[test]
fn a_manifest_goes_from_unread_to_read_to_stale_and_back() {
    let (mut meter, now) = (Meter::new(), Instant::now());
    let unreachable = Event::ManifestUnreachable {
        error: FetchError::Status(503),
        retry_in_ms: 1,
    };
    engine(&mut meter, now, unreachable);
    assert!(matches!(&meter.manifest, ManifestState::Unread(Some(reason)) if reason.contains("503")));
    let read = Event::TimelineUpdated {
        tracks: 1,
        live: true,
    };
    engine(&mut meter, now, read.clone());
    assert_eq!(meter.manifest, ManifestState::Read);
    let reason = "not XML".to_owned();
    engine(&mut meter, now, Event::ManifestRejected { reason });
    assert!(matches!(&meter.manifest, ManifestState::Stale(reason) if reason.contains("not XML")));
    engine(&mut meter, now, read);
    assert_eq!(meter.manifest, ManifestState::Read);
}

#[test]
fn latency_counts_up_to_the_head_and_not_what_was_given_up() {
    let (mut meter, now) = (Meter::new(), Instant::now());
    let started = FetchEvent::Started {
        partial: false,
        length: None,
        total: None,
        url: String::new(),
    };
    for id in 1..=3 {
        meter.on_fetch(now, FetchId(id));
    }
    let later = now + STEP;
    meter.on_fetch_event(later, FetchId(1), &started);
    meter.on_abort(FetchId(2));
    meter.on_fetch_event(later, FetchId(2), &started);
    meter.on_fetch_event(later, FetchId(3), &FetchEvent::Failed(FetchError::Timeout));
    let origin = &meter.origin;
    assert_eq!(
        (origin.requests, origin.latency.count(), origin.failures.timeout),
        (3, 1, 1)
    );
    assert_eq!(origin.latency.sum(), STEP);
    assert!(meter.begun.is_empty());
}

#[test]
fn only_a_joined_peer_can_be_away() {
    let (mut meter, now) = (Meter::new(), Instant::now());
    let lost = PeerEvent::Signaling(ClientEvent::Lost { retry_in_ms: 1 });
    meter.on_event(now, &lost);
    assert_eq!(meter.signaling, SignalingState::Never);
    meter.signaling = SignalingState::Joined;
    meter.on_event(now, &lost);
    assert_eq!(meter.signaling, SignalingState::Away);
}

#[test]
fn digests_lag_by_the_oldest_that_is_not_signed_yet() {
    let (mut meter, now) = (Meter::new(), Instant::now());
    engine(&mut meter, now, received(true));
    meter.on_sign(now + STEP);
    assert_eq!(
        meter.digest_lag.count(),
        0,
        "what was signed before does not wait"
    );
    engine(&mut meter, now + STEP, received(false));
    engine(&mut meter, now + STEP * 2, received(false));
    meter.on_sign(now + STEP * 3);
    meter.on_sign(now + STEP * 9);
    assert_eq!((meter.digest_lag.count(), meter.digest_lag.sum()), (1, STEP * 2));
}
