//! Tags in, a description out.

use super::*;

#[test]
fn tells_keys_codecs_and_tags() {
    let text = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-STREAM-INF:CODECS=\"avc1.4d401f, mp4a.40.2\",BANDWIDTH=1\na\n\
        #EXT-X-STREAM-INF:BANDWIDTH=2,CODECS=\"avc1.4d401f\"\nb\n#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES,URI=\"a,b\",\
        KEYFORMAT=\"com.apple.streamingkeydelivery\"\n#EXT-X-KEY:METHOD=NONE\n";
    let (playlist, warnings) = describe(text);
    assert_eq!(playlist.playlist, "multivariant");
    assert_eq!(playlist.version.as_deref(), Some("7"));
    assert_eq!(
        playlist.codecs.iter().collect::<Vec<_>>(),
        ["avc1.4d401f", "mp4a.40.2"]
    );
    assert_eq!(
        playlist.drm.iter().collect::<Vec<_>>(),
        ["SAMPLE-AES, com.apple.streamingkeydelivery"]
    );
    assert_eq!(playlist.tags["EXT-X-STREAM-INF"], 2);
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[test]
fn warns_of_what_it_cannot_share_or_know() {
    let text = "#EXTM3U\n#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n#EXTINF:4,\na\n#EXT-X-PART:DURATION=1,URI=\"p\"\n#EXT-X-GAP\n";
    let (playlist, warnings) = describe(text);
    assert_eq!(playlist.playlist, "media");
    assert_eq!(describe(&text.replace('\n', "\r")).1, warnings);
    for word in ["TARGETDURATION", "delta", "partial", "missing"] {
        assert!(
            warnings.iter().any(|warning| warning.contains(word)),
            "{word}: {warnings:?}"
        );
    }
}

#[test]
fn many_different_tags_are_bounded() {
    let text: String = (0..10_000).map(|n| format!("#EXT-X-{n}\n")).collect();
    let (playlist, _) = describe(&text);
    assert_eq!(playlist.tags.len(), MAX_TOLD);
}
