//! Names that a manifest has, and that it has not.

use segment_engine::manifest::{self, Limits, Manifest};

use super::*;

const FILM: &str = r#"<MPD type="static" mediaPresentationDuration="PT4S"><Period><AdaptationSet mimeType="video/mp4">
  <SegmentTemplate media="$RepresentationID$-$Number$.m4s" initialization="$RepresentationID$.mp4" duration="2"/>
  <Representation id="v1" bandwidth="800000"/><Representation id="v2" bandwidth="1600000"/>
</AdaptationSet></Period></MPD>"#;

#[test]
fn a_rendition_is_found_by_its_id_or_its_bandwidth() {
    for (names, expected) in [
        (&["v1"][..], Ok(())),
        (&["1600000", "v1"], Ok(())),
        (&["v1", "720p"], Err(("lacking", "\"720p\""))),
        (&["720p"], Err(("absent", "\"720p\""))),
    ] {
        let state = naming(names).state(&tracks());
        match (&state, expected) {
            (RenditionState::Found, Ok(())) => {}
            (RenditionState::Lacking(reason), Err(("lacking", named)))
            | (RenditionState::Absent(reason), Err(("absent", named))) => {
                assert!(reason.contains(named), "{reason}");
                assert!(reason.contains("\"v2\" (1600000 bit/s)"), "{reason}");
            }
            _ => panic!("{names:?}: {state:?}"),
        }
    }
}

#[test]
fn nothing_is_missed_before_a_manifest_is_read_and_said_after_a_while_only() {
    let (now, unread) = (Instant::now(), Naming::new(&listed(&["720p"])));
    assert_eq!(unread.state(&[]), RenditionState::Found);
    let mut naming = naming(&["720p"]);
    naming.look(now, &tracks());
    assert_eq!(naming.said, RenditionState::Found);
    naming.look(now + 2 * GRACE, &tracks());
    assert!(matches!(naming.said, RenditionState::Absent(_)));
    assert_eq!(naming.due(), None);
}

#[test]
fn a_long_list_is_cut() {
    let names = (0..20).map(|number| number.to_string());
    assert!(several(names.collect::<Vec<_>>().into_iter()).ends_with("15 and 4 more"));
}

fn listed(names: &[&str]) -> Renditions {
    Renditions::Listed(names.iter().map(|&name| name.to_owned()).collect())
}

/// Of a manifest that was read.
fn naming(names: &[&str]) -> Naming {
    let mut naming = Naming::new(&listed(names));
    naming.on_timeline(Instant::now());
    naming
}

fn tracks() -> Vec<Track> {
    let read = manifest::read(
        FILM.as_bytes(),
        "http://origin.example/a.mpd",
        None,
        &Limits::default(),
    );
    let Ok(Manifest::Title(timeline)) = read else {
        panic!("{read:?}")
    };
    timeline.tracks().to_vec()
}
