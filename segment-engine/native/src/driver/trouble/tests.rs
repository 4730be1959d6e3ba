//! What is said of an outage, and how often.

use segment_engine::id::{SegmentKey, SegmentKind, TrackKey};
use segment_engine::input::FetchError;

use super::*;

const KEY: SegmentKey = SegmentKey {
    track: TrackKey([1; 8]),
    kind: SegmentKind::Media,
    time: 0,
    range: None,
};

fn failed() -> Event {
    Event::OriginFailed {
        key: KEY,
        error: FetchError::Status(404),
    }
}

fn gap(reason: GapReason) -> Event {
    Event::Gap {
        label: String::new(),
        key: KEY,
        reason,
    }
}

fn received() -> Event {
    Event::SegmentReceived {
        label: String::new(),
        key: KEY,
        start_ms: None,
        duration_ms: 0,
        bytes: 1,
        source: Source::Origin,
        peers: Vec::new(),
        verified: false,
    }
}

#[test]
fn an_origin_that_fails_at_each_segment_is_said_to_once() {
    let (mut trouble, start) = (Trouble::default(), Instant::now());
    assert_eq!(trouble.on_event(start, &failed()), Loudness::Plain);
    for seconds in 1..600 {
        let now = start + Duration::from_secs(seconds);
        assert_eq!(trouble.on_event(now, &failed()), Loudness::Low, "{seconds}");
    }
    trouble.on_event(start + Duration::from_secs(600), &received());
    let later = start + Duration::from_secs(601);
    assert_eq!(
        trouble.on_event(later, &failed()),
        Loudness::Plain,
        "another outage"
    );
}

#[test]
fn what_comes_and_goes_is_said_once_a_minute() {
    let (mut trouble, start) = (Trouble::default(), Instant::now());
    let mut said = 0;
    for seconds in 0..180 {
        let now = start + Duration::from_secs(seconds);
        said += u32::from(trouble.on_event(now, &failed()) == Loudness::Plain);
        trouble.on_event(now, &received());
    }
    assert_eq!(said, 3);
}

#[test]
fn segments_that_are_given_up_are_said_to_for_each_reason() {
    let (mut trouble, now) = (Trouble::default(), Instant::now());
    let missing = || gap(GapReason::Origin(FetchError::Status(404)));
    assert_eq!(trouble.on_event(now, &missing()), Loudness::Plain);
    assert_eq!(trouble.on_event(now, &missing()), Loudness::Low);
    assert_eq!(trouble.on_event(now, &gap(GapReason::TooLarge)), Loudness::Plain);
    let later = now + SAID_EVERY;
    assert_eq!(trouble.on_event(later, &missing()), Loudness::Plain);
}

#[test]
fn a_manifest_that_is_read_again_ends_its_outage() {
    let (mut trouble, now) = (Trouble::default(), Instant::now());
    let unreachable = Event::ManifestUnreachable {
        error: FetchError::Network,
        retry_in_ms: 1,
    };
    assert_eq!(trouble.on_event(now, &unreachable), Loudness::Plain);
    assert_eq!(
        trouble.on_event(now + 2 * SAID_EVERY, &unreachable),
        Loudness::Low
    );
    let read = Event::TimelineUpdated {
        tracks: 1,
        live: true,
    };
    trouble.on_event(now + 2 * SAID_EVERY, &read);
    assert_eq!(
        trouble.on_event(now + 2 * SAID_EVERY, &unreachable),
        Loudness::Plain
    );
    trouble.on_manifest();
    assert_eq!(
        trouble.on_event(now + 4 * SAID_EVERY, &unreachable),
        Loudness::Plain,
        "it was as it was in between"
    );
}
