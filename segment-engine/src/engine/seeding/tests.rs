//! How much a seeder asks of its origin at once.

use std::collections::BTreeSet;

use crate::config::Role;
use crate::engine::rig::Rig;
use crate::input::Input;
use crate::output::{FetchPurpose, Output};

#[test]
fn each_track_of_a_live_title_has_a_request_of_its_own_and_a_film_has_its_share() {
    let live = r#"type="dynamic" availabilityStartTime="2023-11-14T22:00:00Z""#;
    let film = r#"type="static" mediaPresentationDuration="PT10M""#;
    // Kind of title, tracks -> requests in flight, of how many tracks
    for (kind, tracks, requests, of) in [
        (live, 1, 4, 1),
        (live, 4, 4, 4),
        (live, 14, 14, 14),
        (live, 50, 32, 32),
        (film, 14, 4, 4),
    ] {
        let fetched = unanswered(kind, tracks);
        let told: BTreeSet<_> = fetched.iter().filter_map(|url| url.split('/').nth(3)).collect();
        assert_eq!(
            (fetched.len(), told.len()),
            (requests, of),
            "{kind} {tracks}: {fetched:?}"
        );
    }
}

/// The URLs of segments that a seeder asks for of a title in segments of 4 s, while the origin answers for the manifest alone.
fn unanswered(kind: &str, tracks: usize) -> Vec<String> {
    let tracks: String = (0..tracks)
        .map(|track| format!(r#"<Representation id="{track}" bandwidth="{}"/>"#, track + 1))
        .collect();
    let manifest = format!(
        r#"<MPD {kind} timeShiftBufferDepth="PT60S"><Period id="1" start="PT0S"><AdaptationSet contentType="video">
        <SegmentTemplate duration="4" media="$RepresentationID$/$Number$"/>{tracks}</AdaptationSet></Period></MPD>"#
    );
    let mut rig = Rig::new(|config| {
        config.role = Role::Seeder {
            manifest: "https://origin.example/live.mpd".into(),
        };
    });
    rig.wait(0);
    let mut fetched = Vec::new();
    for output in std::mem::take(&mut rig.outputs) {
        let Output::Fetch(fetch) = output else { continue };
        assert_eq!(fetch.purpose, FetchPurpose::Manifest);
        rig.tell(Input::FetchStarted {
            fetch: fetch.id,
            partial: false,
            length: None,
            total: None,
            url: None,
        });
        rig.tell(Input::FetchChunk {
            fetch: fetch.id,
            bytes: manifest.clone().into_bytes().into(),
        });
        rig.tell(Input::FetchFinished(fetch.id));
    }
    rig.wait(50);
    for output in &rig.outputs {
        if let Output::Fetch(fetch) = output
            && fetch.purpose != FetchPurpose::Manifest
        {
            fetched.push(fetch.url.clone());
        }
    }
    fetched
}
