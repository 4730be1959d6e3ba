//! MPDs in, a description out.

use super::*;

#[test]
fn tells_profile_type_sets_codecs_and_drm() {
    let text = r#"<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" profiles="urn:a, urn:b"
        availabilityStartTime="2024-01-01T00:00:00Z" minimumUpdatePeriod="PT2S" timeShiftBufferDepth="PT1M">
        <Period id="p" start="PT0S"><EventStream schemeIdUri="urn:scte:scte35:2013:xml"><Event id="1"/></EventStream>
        <AdaptationSet id="7" contentType="video" lang="en"><ContentProtection
        schemeIdUri="urn:uuid:EDEF8BA9-79D6-4ACE-A3C8-27DCD51D21ED"/><ContentProtection schemeIdUri="urn:own"/>
        <Representation id="v" bandwidth="5" codecs="avc1.4d401f" width="640" height="360"/></AdaptationSet></Period>
        <UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014" value="x"/></MPD>"#;
    let (mpd, warnings) = describe(text).unwrap();
    assert_eq!(mpd.presentation, "dynamic");
    assert_eq!(mpd.profiles, ["urn:a", "urn:b"]);
    assert_eq!(
        (mpd.minimum_update_period, mpd.time_shift_buffer_depth),
        (Some(2.0), Some(60.0))
    );
    assert_eq!(mpd.utc_timing, ["urn:mpeg:dash:utc:direct:2014 x"]);
    let set = &mpd.periods[0].sets[0];
    assert_eq!(mpd.periods[0].event_streams, 1);
    assert_eq!(
        (set.content.as_str(), set.language.as_deref()),
        ("video", Some("en"))
    );
    assert_eq!(set.codecs.iter().collect::<Vec<_>>(), ["avc1.4d401f"]);
    assert_eq!(set.drm.iter().collect::<Vec<_>>(), ["Widevine", "urn:own"]);
    assert_eq!(set.representations[0].height, Some(360));
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[test]
fn warns_of_links_patches_and_what_does_not_conform() {
    let text = r#"<MPD type="dynamic" maxSegmentDuration="PT1S" xmlns:xlink="http://www.w3.org/1999/xlink">
        <PatchLocation ttl="60">p.mpp</PatchLocation><Period xlink:href="https://ads.example/"><AdaptationSet>
        <SegmentTemplate media="$Number$"><SegmentTimeline><S d="9" r="2"/></SegmentTimeline></SegmentTemplate>
        <Representation id="v"/></AdaptationSet></Period></MPD>"#;
    let (_, warnings) = describe(text).unwrap();
    for word in ["patches", "xlink", "availabilityStartTime", "maxSegmentDuration"] {
        assert!(
            warnings.iter().any(|warning| warning.contains(word)),
            "{word}: {warnings:?}"
        );
    }
}

#[test]
fn warns_of_parameters_that_players_add() {
    let text = r#"<MPD><Period><AdaptationSet><EssentialProperty schemeIdUri="urn:mpeg:dash:urlparam:2014"/>
        </AdaptationSet></Period></MPD>"#;
    let (_, warnings) = describe(text).unwrap();
    assert!(
        warnings.iter().any(|warning| warning.contains("urlparam")),
        "{warnings:?}"
    );
}

#[test]
fn a_timescale_of_zero_is_told_and_not_divided_by() {
    let text = r#"<MPD maxSegmentDuration="PT1S"><Period><AdaptationSet><SegmentTemplate timescale="0"><SegmentTimeline>
        <S d="9"/></SegmentTimeline></SegmentTemplate></AdaptationSet></Period></MPD>"#;
    let (_, warnings) = describe(text).unwrap();
    assert!(
        warnings.contains(&"a timescale of zero".to_owned()),
        "{warnings:?}"
    );
}
