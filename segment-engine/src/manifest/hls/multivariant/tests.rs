//! Tests of which playlists are found, and of their names.

use super::*;

const TEXT: &str = r#"#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",LANGUAGE="en",URI="en.m3u8?t=1"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="None"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="English",URI="file:///s.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=900,CODECS="avc1.4d401e,mp4a.40.2",RESOLUTION=640x360,AUDIO="a"
https://one.example/v.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=900,CODECS="avc1.4d401e,mp4a.40.2",RESOLUTION=640x360,AUDIO="a"
https://two.example/v.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=700,CODECS="mp4a.40.2"
audio.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=800,AUDIO="b"
https://one.example/v.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=50,URI="i.m3u8"
"#;

fn playlists(text: &str) -> Vec<PlaylistRef> {
    let url = Address::parse("https://cdn.example/t/m.m3u8").unwrap();
    read(text, &url, &Arc::default(), &Limits::default()).unwrap()
}

#[test]
fn finds_each_playlist_once() {
    let found = playlists(TEXT);
    let found: Vec<_> = found
        .iter()
        .map(|p| (p.url.as_str(), p.bandwidth, p.content))
        .collect();
    let expected = [
        ("https://one.example/v.m3u8", 900, Content::Video),
        ("https://two.example/v.m3u8", 900, Content::Video),
        ("https://cdn.example/t/audio.m3u8", 700, Content::Audio),
        ("https://cdn.example/t/i.m3u8", 50, Content::Other),
        ("https://cdn.example/t/en.m3u8?t=1", 0, Content::Audio),
    ];
    assert_eq!(found, expected);
}

#[test]
fn names_do_not_depend_on_urls() {
    let moved = TEXT
        .replace(".example/v", ".other/x/v")
        .replace("?t=1", "?t=2")
        .replace("audio.m3u8", "z");
    let names = |text: &str| {
        playlists(text)
            .into_iter()
            .map(|p| p.identity)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(TEXT), names(&moved));
    let unique: BTreeSet<_> = names(TEXT).into_iter().collect();
    assert_eq!(unique.len(), 5);
}

#[test]
fn what_is_malformed_leaves_out_its_own_playlist() {
    let text = r#"#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="open,URI="a.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="The "best" one",URI="b.m3u8"
#EXT-X-I-FRAME-STREAM-INF:URI="c.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="x
d.m3u8
#EXT-X-STREAM-INF: BANDWIDTH=2 , FOO, NAME=
e.m3u8
"#;
    let found = playlists(text);
    let found: Vec<_> = found.iter().map(|p| (&p.url[22..], &p.identity[..])).collect();
    let expected = [
        ("e.m3u8", "variant,bandwidth=2#0"),
        ("b.m3u8", "audio,group=a,name=The \"best\" one,language=#0"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn an_attribute_left_out_between_commas_leaves_out_no_playlist() {
    let text = r#"#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",,NAME="n",URI="a.m3u8"
#EXT-X-STREAM-INF:,BANDWIDTH=1,,AUDIO="a",
v.m3u8
"#;
    let found = playlists(text);
    let found: Vec<_> = found.iter().map(|p| (&p.url[22..], &p.identity[..])).collect();
    let expected = [
        ("v.m3u8", "variant,bandwidth=1,audio=a#0"),
        ("a.m3u8", "audio,group=a,name=n,language=#0"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn bounds_their_number() {
    let url = Address::parse("https://cdn.example/m").unwrap();
    let text = format!("#EXTM3U\n{}", "#EXT-X-STREAM-INF:BANDWIDTH=1\nx\n".repeat(5));
    let limits = Limits {
        tracks: 4,
        ..Limits::default()
    };
    assert!(matches!(
        read(&text, &url, &Arc::default(), &limits),
        Err(ManifestError::OverLimit { .. })
    ));
    let many = "#EXT-X-STREAM-INF:BANDWIDTH=1\nx\n".repeat(1025);
    assert!(read(&many, &url, &Arc::default(), &Limits::default()).is_err());
}

#[test]
fn reads_attributes_that_are_quoted_and_leaves_out_what_it_cannot_read() {
    let name = |attributes: &str| {
        let text = format!("#EXTM3U\n#EXT-X-STREAM-INF:{attributes}\nv.m3u8\nstray.m3u8\n");
        playlists(&text).remove(0).identity
    };
    let table = [
        (
            "RESOLUTION=\"1x2\",CODECS=\"a,b\",X=9,FRAME-RATE=abc",
            "variant,bandwidth=0,codecs=a,b,resolution=1x2#0",
        ),
        ("BANDWIDTH=\"7\",AUDIO=\"\"", "variant,bandwidth=7#0"),
        ("BANDWIDTH=1,AVERAGE-BANDWIDTH=-2", "variant,bandwidth=1#0"),
    ];
    for (attributes, identity) in table {
        assert_eq!(name(attributes), identity);
    }
}

#[test]
fn refuses_a_variant_without_a_uri() {
    let url = Address::parse("https://cdn.example/m").unwrap();
    let text = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n";
    assert!(read(text, &url, &Arc::default(), &Limits::default()).is_err());
}

#[test]
fn frame_rates_are_the_numbers_that_the_standard_library_reads() {
    for text in [
        "25",
        "25.000",
        "29.97",
        "23.976",
        "59.94005994",
        "0.1",
        ".5",
        "119.88011988012",
    ] {
        assert_eq!(decimal(text), text.parse().ok(), "{text}");
    }
    for text in ["", "-1", "1e3", "1.2.3", "NaN", "1234567890.1234567"] {
        assert_eq!(decimal(text), None, "{text}");
    }
}
