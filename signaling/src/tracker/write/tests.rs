//! What is written is JSON that says what was meant, and is read back where clients say the same.

use proptest::prelude::*;
use serde_json::{Value, json};
use signaling_proto::rooms::announce::{Census, Id20};

use super::{Kind, Letterhead, announced, failure, scraped};
use crate::tracker::read::{Request, read};

const ODD: Id20 = Id20(*b"\x00\x1f \"\\/\x7f\x80\xc3\xa9\xffabcdefghi");
const PLAIN: Id20 = Id20(*b"aaaaaaaaaaaaaaaaaaaa");

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The characters of a name, as clients write it.
fn characters(id: &Id20) -> String {
    id.0.iter().copied().map(char::from).collect()
}

#[test]
fn names_are_written_as_the_reference_writes_them() {
    let written = failure("x", Some(&ODD));
    let expected = concat!(
        r#"{"failure reason":"x","action":"announce","info_hash":"\u0000\u001f \"\\/"#,
        "\u{7f}\u{80}\u{c3}\u{a9}\u{ff}",
        r#"abcdefghi"}"#
    );
    assert_eq!(written, expected);
}

#[test]
fn each_message_has_its_members() {
    let census = Census {
        complete: 1,
        incomplete: 2,
        downloaded: 3,
    };
    let cases = [
        (
            Letterhead::new(&ODD, &PLAIN).write(Kind::Offer, &ODD, "v=0\r\n\"\\\u{1}é"),
            json!({
                "action": "announce", "info_hash": characters(&ODD), "peer_id": characters(&PLAIN),
                "offer_id": characters(&ODD), "offer": {"type": "offer", "sdp": "v=0\r\n\"\\\u{1}é"},
            }),
        ),
        (
            Letterhead::new(&PLAIN, &ODD).write(Kind::Answer, &PLAIN, ""),
            json!({
                "action": "announce", "info_hash": characters(&PLAIN), "peer_id": characters(&ODD),
                "offer_id": characters(&PLAIN), "answer": {"type": "answer", "sdp": ""},
            }),
        ),
        (
            announced(&ODD, 120, &census),
            json!({
                "action": "announce", "info_hash": characters(&ODD), "interval": 120, "complete": 1, "incomplete": 2,
            }),
        ),
        (
            scraped(&[(ODD, census), (PLAIN, Census::default())]),
            json!({"action": "scrape", "files": {
                characters(&ODD): {"complete": 1, "incomplete": 2, "downloaded": 3},
                characters(&PLAIN): {"complete": 0, "incomplete": 0, "downloaded": 0},
            }}),
        ),
        (scraped(&[]), json!({"action": "scrape", "files": {}})),
        (
            failure("no \"way\"", None),
            json!({"failure reason": "no \"way\""}),
        ),
    ];
    for (written, expected) in cases {
        assert_eq!(parsed(&written), expected, "{written}");
    }
}

proptest! {
    #[test]
    fn names_and_texts_come_back_as_they_were(hash: [u8; 20], peer: [u8; 20], offer: [u8; 20], sdp: String) {
        let text = Letterhead::new(&Id20(hash), &Id20(peer)).write(Kind::Answer, &Id20(offer), &sdp);
        // What a peer gets lacks only whom it was for.
        let whom: String = characters(&PLAIN);
        let frame = text.replacen('{', &format!(r#"{{"to_peer_id":"{whom}","#), 1);
        let Ok(Request::Answer(answer)) = read(&frame) else { panic!("{frame}") };
        prop_assert_eq!(
            (answer.info_hash.0, answer.peer.0, answer.offer.0, answer.sdp.as_ref()),
            (hash, peer, offer, sdp.as_str())
        );
    }
}
