//! What is worth an attempt, by magic, by name, and by sample.

use super::*;
use crate::piece::PIECE;

/// Bytes that say nothing by how they start.
fn prose() -> Vec<u8> {
    b"It was a dark and stormy night; the rain fell in torrents. ".repeat(100)
}

#[test]
fn names_say_what_is_media() {
    let table = [
        ("https://a.example/video/1.m4s", Some(Looks::Dense)),
        ("https://a.example/video/1.M4S?token=a.vtt", Some(Looks::Dense)),
        ("https://a.example/video/1.ts#t=3", Some(Looks::Dense)),
        ("https://a.example/a.vtt/1.webm", Some(Looks::Dense)),
        ("https://a.example/logo.png", Some(Looks::Dense)),
        ("https://a.example/font.woff2", Some(Looks::Dense)),
        ("https://a.example/subtitles/en.vtt", Some(Looks::Loose)),
        (
            "https://a.example/subtitles/en.TTML?x=1/2.mp4",
            Some(Looks::Loose),
        ),
        ("https://a.example/live.m3u8", Some(Looks::Loose)),
        ("https://a.example/app.wasm", Some(Looks::Loose)),
        ("https://a.example/segment", None),
        ("https://a.example/segment.bin", None),
        ("https://a.example/v1.2/segment", None),
        ("https://a.example/.", None),
        ("", None),
    ];
    for (url, expected) in table {
        assert_eq!(by_name(url), expected, "{url}");
    }
}

#[test]
fn first_bytes_say_what_is_media() {
    let mut ts = vec![0; 400];
    (ts[0], ts[188]) = (0x47, 0x47);
    let table: [(&[u8], Option<Looks>); 22] = [
        (b"\0\0\0\x18ftypmp42", Some(Looks::Dense)),
        (b"\0\0\0\x18stypmsdh", Some(Looks::Dense)),
        (b"\0\0\x01\x18moof", Some(Looks::Dense)),
        (b"\0\0\x01\x18moo", None),
        (&ts, Some(Looks::Dense)),
        (&ts[..188], None),
        (b"\x1a\x45\xdf\xa3\x01", Some(Looks::Dense)),
        (b"OggS\0", Some(Looks::Dense)),
        (b"ID3\x04", Some(Looks::Dense)),
        (b"\xff\xf1\x50\x80", Some(Looks::Dense)),
        (b"\xff\xfb\x90", Some(Looks::Dense)),
        (b"\xff\xfe<\0t\0t\0", None),
        (b"\xff\xd8\xff\xe0", Some(Looks::Dense)),
        (b"\x89PNG\r\n", Some(Looks::Dense)),
        (b"PK\x03\x04", Some(Looks::Dense)),
        (b"\x1f\x8b\x08", Some(Looks::Dense)),
        (b"\x28\xb5\x2f\xfd", Some(Looks::Dense)),
        (b"WEBVTT\n", Some(Looks::Loose)),
        (b"<?xml version", Some(Looks::Loose)),
        (b"#EXTM3U\n", Some(Looks::Loose)),
        (b"It was a dark", None),
        (b"", None),
    ];
    for (bytes, expected) in table {
        assert_eq!(by_magic(bytes), expected, "{bytes:02x?}");
    }
}

#[cfg(all(feature = "zstd", not(target_arch = "wasm32")))]
#[test]
fn what_neither_says_a_sample_does() {
    use crate::compression::noise;

    let nowhere = "https://a.example/segment";
    assert!(is_promising(nowhere, &Body::of(&prose())));
    assert!(!is_promising(nowhere, &Body::of(&noise(5000))));
    assert!(!is_promising(nowhere, &Body::of(&prose()[..1023])), "too small");
    // Bytes count for more than names, and names for more than samples.
    let gzip = [&b"\x1f\x8b"[..], &prose()].concat();
    assert!(!is_promising("https://a.example/1.vtt", &Body::of(&gzip)));
    assert!(!is_promising("https://a.example/1.mp4", &Body::of(&prose())));
    assert!(is_promising("https://a.example/1.vtt", &Body::of(&noise(5000))));
}

#[test]
fn samples_are_the_start_the_middle_and_the_end() {
    let first_bytes = |body: &Body| -> Vec<u8> { samples(body).map(|sample| sample[0]).collect() };
    let body = |pieces: u8| {
        let bytes: Vec<u8> = (0..pieces).flat_map(|piece| vec![piece; PIECE]).collect();
        Body::of(&bytes)
    };
    assert_eq!(first_bytes(&body(1)), [0]);
    assert_eq!(first_bytes(&body(3)), [0, 1, 2]);
    assert_eq!(first_bytes(&body(7)), [0, 1, 2, 3, 6]);
    assert_eq!(first_bytes(&body(100)), [0, 1, 2, 3, 50, 99]);
}

#[test]
fn the_line_is_drawn_at_7_2_bits() {
    let of = |different: u16| {
        let bytes: Vec<u8> = (0..different * 16)
            .map(|byte| u8::try_from(byte % different).unwrap())
            .collect();
        entropy::of_bytes(std::iter::once(&bytes[..]))
    };
    assert!(of(128) <= DENSE);
    assert!(of(147) <= DENSE, "log2(147) = 7.1997");
    assert!(of(148) > DENSE);
    assert!(of(256) > DENSE);
}
