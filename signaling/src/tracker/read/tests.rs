//! What is read of frames, and what is refused; random ones never panic.

use std::borrow::Cow;

use proptest::prelude::*;
use signaling_proto::rooms::announce::{Id20, MAX_OFFERS, Progress};

use super::{Announce, Answer, Event, Offer, ReadError, Request, read};
use crate::tracker::{MAX_FRAME, MAX_SCRAPED};

const HASH: &str = "hhhhhhhhhhhhhhhhhhhh";
const PEER: &str = "pppppppppppppppppppp";

fn id(byte: u8) -> Id20 {
    Id20([byte; 20])
}

/// An announce with more members.
fn announce(more: &str) -> String {
    format!(r#"{{"action":"announce","info_hash":"{HASH}","peer_id":"{PEER}"{more}}}"#)
}

fn read_announce(frame: &str) -> Announce<'_> {
    match read(frame) {
        Ok(Request::Announce(announce)) => announce,
        other => panic!("{frame}: {other:?}"),
    }
}

#[test]
fn an_announce_of_the_reference_client_is_read() {
    let more = r#","numwant":1,"uploaded":0,"downloaded":0,"left":null,"event":"started","trackerid":"x",
        "offers":[{"offer_id":"oooooooooooooooooooo","offer":{"type":"offer","sdp":"v=0\r\n"}}]"#;
    let expected = Announce {
        info_hash: id(b'h'),
        peer: id(b'p'),
        progress: Progress::Partial,
        event: Event::None,
        offers: vec![Offer {
            id: id(b'o'),
            sdp: "v=0\r\n".into(),
        }],
    };
    assert_eq!(read(&announce(more)), Ok(Request::Announce(expected)));
}

#[test]
fn an_answer_is_read() {
    let more = r#","to_peer_id":"tttttttttttttttttttt","offer_id":"oooooooooooooooooooo",
        "answer":{"sdp":"v=0","type":"answer"}"#;
    let expected = Answer {
        info_hash: id(b'h'),
        peer: id(b'p'),
        to: id(b't'),
        offer: id(b'o'),
        sdp: "v=0".into(),
    };
    assert_eq!(read(&announce(more)), Ok(Request::Answer(expected)));
}

#[test]
fn texts_without_escapes_are_borrowed() {
    let frame =
        announce(r#","offers":[{"offer_id":"oooooooooooooooooooo","offer":{"type":"offer","sdp":"v=0"}}]"#);
    assert!(matches!(
        read_announce(&frame).offers[0].sdp,
        Cow::Borrowed("v=0")
    ));
}

#[test]
fn names_are_bytes_however_they_are_written() {
    // Each is 20 characters; those from U+0080 on are two bytes of UTF-8.
    let high: String = (0..20u8).map(|place| char::from(236 + place % 20)).collect();
    let escaped: String = (0..20u8)
        .map(|place| format!("\\u00{:02X}", 236 + place % 20))
        .collect();
    let bytes: Vec<u8> = (0..20u8).map(|place| 236 + place % 20).collect();
    for written in [high, escaped] {
        let frame = format!(r#"{{"action":"announce","info_hash":"{written}","peer_id":"{PEER}"}}"#);
        assert_eq!(read_announce(&frame).info_hash.0.as_slice(), bytes);
    }
    let control = "\\u0000\\u001f\\\"\\\\\\n\\/\\t\\u007f\u{7f}\u{80}\\u00ff".to_owned() + &"a".repeat(9);
    let frame = format!(r#"{{"action":"announce","info_hash":"{control}","peer_id":"{PEER}"}}"#);
    assert_eq!(
        read_announce(&frame).info_hash.0,
        *b"\x00\x1f\"\\\n/\t\x7f\x7f\x80\xffaaaaaaaaa"
    );
}

#[test]
fn names_that_are_not_20_bytes_are_refused() {
    let names = [
        String::new(),
        "a".repeat(19),
        "a".repeat(21),
        "a".repeat(19) + "\u{100}",
        "a".repeat(19) + "\\u0100",
        "a".repeat(19) + "\u{1f600}",
        "a".repeat(18) + "\\ud83d\\ude00",
        "a".repeat(19) + "\\ud800",
    ];
    for name in names {
        let frame = format!(r#"{{"action":"announce","info_hash":"{name}","peer_id":"{PEER}"}}"#);
        assert_eq!(read(&frame), Err(ReadError::Malformed), "{frame}");
    }
}

#[test]
fn events_and_what_is_left_are_read() {
    let events = [
        ("", Event::None),
        (r#","event":null"#, Event::None),
        (r#","event":"""#, Event::None),
        (r#","event":"started""#, Event::None),
        (r#","event":"update""#, Event::None),
        (r#","event":"completed""#, Event::Completed),
        (r#","event":"stopped""#, Event::Stopped),
        (r#","event":"st\u006fpped""#, Event::Stopped),
    ];
    for (more, event) in events {
        assert_eq!(read_announce(&announce(more)).event, event, "{more}");
    }
    let frame = announce(r#","event":"paused""#);
    assert_eq!(read(&frame), Err(ReadError::Event(id(b'h'))));
    let left = [
        ("", Progress::Partial),
        (r#","left":null"#, Progress::Partial),
        (r#","left":0"#, Progress::Complete),
        (r#","left":0.0"#, Progress::Complete),
        (r#","left":1"#, Progress::Partial),
        (r#","left":-1"#, Progress::Partial),
        (r#","left":1e300"#, Progress::Partial),
    ];
    for (more, progress) in left {
        assert_eq!(read_announce(&announce(more)).progress, progress, "{more}");
    }
}

#[test]
fn offers_beyond_the_limit_are_not_kept() {
    let offer = r#"{"offer_id":"oooooooooooooooooooo","offer":{"type":"offer","sdp":"v=0"}}"#;
    let frame = announce(&format!(r#","offers":[{}]"#, [offer; 30].join(",")));
    assert_eq!(read_announce(&frame).offers.len(), MAX_OFFERS);
}

#[test]
fn scrapes_name_what_they_ask_for() {
    let scrape = |hashes: &str| format!(r#"{{"action":"scrape"{hashes}}}"#);
    let many = |count: usize| {
        format!(
            r#","info_hash":[{}]"#,
            vec![format!(r#""{HASH}""#); count].join(",")
        )
    };
    let one = format!(r#","info_hash":"{HASH}""#);
    assert_eq!(read(&scrape(&one)), Ok(Request::Scrape(vec![id(b'h')])));
    assert_eq!(read(&scrape(&many(0))), Ok(Request::Scrape(Vec::new())));
    let most = vec![id(b'h'); MAX_SCRAPED];
    assert_eq!(read(&scrape(&many(MAX_SCRAPED))), Ok(Request::Scrape(most)));
    assert_eq!(read(&scrape(&many(MAX_SCRAPED + 1))), Err(ReadError::FullScrape));
    assert_eq!(read(&scrape("")), Err(ReadError::FullScrape));
}

#[test]
fn other_frames_are_refused() {
    let too_large = announce(&" ".repeat(MAX_FRAME));
    let deep = "[".repeat(60_000);
    let cases = [
        (too_large.as_str(), ReadError::TooLarge),
        (&deep, ReadError::Malformed),
        ("", ReadError::Malformed),
        ("{}", ReadError::Malformed),
        ("[]", ReadError::Malformed),
        (r#"{"action":7}"#, ReadError::Malformed),
        (r#"{"action":"announce"}"#, ReadError::Malformed),
        (r#"{"action":"dance"}"#, ReadError::Action),
        (r#"{"action":"scrape","info_hash":7}"#, ReadError::Malformed),
    ];
    for (frame, error) in cases {
        assert_eq!(read(frame), Err(error), "{:.80}", frame);
    }
    let malformed = [
        r#","info_hash":"hhhhhhhhhhhhhhhhhhhh""#,
        r#","left":"0""#,
        r#","left":1e999"#,
        r#","offers":{}"#,
        r#","offers":[{}]"#,
        r#","offers":[{"offer_id":"short","offer":{"sdp":""}}]"#,
        r#","answer":{"sdp":"v=0"}"#,
        r#","answer":"v=0""#,
    ];
    for more in malformed {
        assert_eq!(read(&announce(more)), Err(ReadError::Malformed), "{more}");
    }
    let listed = format!(r#"{{"action":"announce","info_hash":["{HASH}","{HASH}"],"peer_id":"{PEER}"}}"#);
    assert_eq!(
        read(&listed),
        Err(ReadError::Malformed),
        "one announce, one info hash"
    );
}

/// Pieces that frames are made of, so that random ones get past the first brace.
fn piece() -> impl Strategy<Value = String> {
    let words = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "null",
        "0",
        "1e9",
        "\"action\"",
        "\"announce\"",
        "\"scrape\"",
        "\"info_hash\"",
        "\"peer_id\"",
        "\"offers\"",
        "\"offer\"",
        "\"sdp\"",
        "\"answer\"",
        "\"event\"",
        "\"\\ud800\"",
        "\"aaaaaaaaaaaaaaaaaaaa\"",
        "\"ÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿ\"",
    ];
    prop_oneof![
        8 => prop::sample::select(words.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

proptest! {
    #[test]
    fn random_frames_do_not_panic(pieces in prop::collection::vec(piece(), 0..40)) {
        let _ = read(&pieces.concat());
    }

    #[test]
    fn frames_with_a_byte_changed_do_not_panic(place: prop::sample::Index, to: char) {
        let frame = announce(
            r#","left":0,"event":"","offers":[{"offer_id":"oooooooooooooooooooo","offer":{"type":"offer","sdp":"v=0\r\n"}}]"#,
        );
        let mut characters: Vec<char> = frame.chars().collect();
        let place = place.index(characters.len());
        characters[place] = to;
        let _ = read(&characters.into_iter().collect::<String>());
    }
}
