//! What makes a stream ready, and well.

use segment_engine::input::FetchError;

use super::*;

fn figures(manifest: ManifestState, signaling: SignalingState) -> Figures {
    let mut figures = Figures::default();
    figures.manifest = manifest;
    figures.signaling = signaling;
    figures
}

fn missing(name: &str) -> Seen {
    Seen {
        name: name.to_owned(),
        state: State::Missing("no key".to_owned()),
    }
}

#[test]
fn a_stream_starts_until_its_manifest_is_read_and_signaling_joined() {
    for (manifest, signaling, told) in [
        (ManifestState::Unread(None), SignalingState::Joined, "no manifest"),
        (
            ManifestState::Unread(Some("status 500".into())),
            SignalingState::Never,
            "status 500",
        ),
        (ManifestState::Read, SignalingState::Never, "signaling"),
    ] {
        let health = health(&figures(manifest, signaling));
        assert!(
            matches!(&health, Health::Starting(reason) if reason.contains(told)),
            "{health:?}"
        );
    }
}

#[test]
fn what_does_not_work_any_more_is_named() {
    let joined = |manifest| figures(manifest, SignalingState::Joined);
    assert_eq!(health(&joined(ManifestState::Read)), Health::Ok);
    let stale = joined(ManifestState::Stale("status 404".into()));
    assert_eq!(health(&stale), Health::Degraded("status 404".into()));
    assert_eq!(unready(&stale), None, "it serves what it has");
    let away = figures(ManifestState::Read, SignalingState::Away);
    assert_eq!(health(&away), Health::Degraded("signaling is away".into()));
    assert!(unready(&away).is_some());
    let mut failing = joined(ManifestState::Read);
    failing.origin.failing = Some(FetchError::Status(503));
    assert!(matches!(health(&failing), Health::Degraded(reason) if reason.contains("503")));
    assert!(!is_well(&failing));
}

#[test]
fn a_rendition_that_is_not_there_is_named() {
    let mut figures = figures(ManifestState::Read, SignalingState::Joined);
    figures.renditions = RenditionState::Lacking("no rendition is called \"720\"".into());
    assert!(matches!(health(&figures), Health::Degraded(reason) if reason.contains("720")));
    assert_eq!(unready(&figures), None, "it serves the others");
    figures.renditions = RenditionState::Absent("no rendition is called \"720\"".into());
    assert!(matches!(health(&figures), Health::Degraded(reason) if reason.contains("nothing is seeded")));
    assert!(unready(&figures).unwrap().contains("720"));
}

#[test]
fn signaling_that_is_away_is_named_with_the_reason() {
    for signaling in [SignalingState::Never, SignalingState::Away] {
        let mut figures = figures(ManifestState::Read, signaling);
        figures.outage = Some("wss://signal.example/: Connection refused".into());
        let reason = unready(&figures).unwrap();
        assert!(reason.contains("signal.example/: Connection refused"), "{reason}");
    }
}

#[test]
fn all_streams_have_to_be_ready() {
    assert_eq!(readiness(&[]), (true, String::new()));
    let (ready, text) = readiness(&[missing("news")]);
    assert!(!ready);
    assert_eq!(text, "news: not ready: no key\n");
}

#[test]
fn a_stream_that_does_not_run_is_listed_with_the_reason() {
    let described = serde_json::to_value(describe(&[missing("news")])).unwrap();
    let expected = serde_json::json!({
        "streams": [{ "name": "news", "health": { "state": "missing", "reason": "no key" } }]
    });
    assert_eq!(described, expected);
}
