//! What is announced, and what is read out of answers.

use super::*;

const SWARM: Id = Id(*b"aaaaaaaaaaaaaaaaaaaa");
const PEER: Id = Id(*b"-WW0102-bbbbbbbbbbbb");
const ODD: Id = Id([
    0, 8, 9, 10, 12, 13, 31, 32, b'"', b'\\', b'/', 127, 128, 160, 200, 255, b'a', b'z', 1, 254,
]);

#[test]
fn writes_an_announce_as_the_reference_client_does() {
    let mut text = String::new();
    let offers = [(ODD, r#"{"type":"offer","sdp":"v=0\r\n"}"#), (PEER, "{}")];
    let announce = Announce {
        swarm: SWARM,
        peer: PEER,
        event: Some("started"),
        offers: &offers,
    };
    announce.write(&mut text);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["action"], "announce");
    assert_eq!(value["info_hash"], "aaaaaaaaaaaaaaaaaaaa");
    assert_eq!(value["event"], "started");
    assert_eq!(value["numwant"], 2);
    assert_eq!(value["offers"][0]["offer"]["sdp"], "v=0\r\n");
    let binary: String = ODD.0.into_iter().map(char::from).collect();
    assert_eq!(value["offers"][0]["offer_id"], binary);
    assert_eq!(value["offers"][1]["offer_id"], "-WW0102-bbbbbbbbbbbb");
}

#[test]
fn writes_an_answer_to_the_offering_peer() {
    let mut text = "left over".to_owned();
    let description = r#"{"type":"answer","sdp":""}"#;
    Answer {
        swarm: SWARM,
        peer: PEER,
        to: SWARM,
        offer: ODD,
        description,
    }
    .write(&mut text);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["to_peer_id"], "aaaaaaaaaaaaaaaaaaaa");
    assert_eq!(value["answer"]["type"], "answer");
}

#[test]
fn reads_back_every_byte_of_an_identifier() {
    for start in 0..=255_u8 {
        let id = Id(std::array::from_fn(|index| {
            start.wrapping_add(u8::try_from(index).unwrap())
        }));
        let mut text = String::new();
        id.write(&mut text);
        assert_eq!(serde_json::from_str::<Id>(&text).unwrap(), id);
    }
}

#[test]
fn refuses_identifiers_of_other_lengths_and_letters() {
    for text in [
        "\"\"",
        "\"aaaaaaaaaaaaaaaaaaa\"",
        "\"aaaaaaaaaaaaaaaaaaaaa\"",
        "\"aaaaaaaaaaaaaaaaaaa\u{100}\"",
        "1",
    ] {
        assert!(serde_json::from_str::<Id>(text).is_err(), "{text}");
    }
}

#[test]
fn tells_apart_what_a_tracker_says() {
    let id = "bbbbbbbbbbbbbbbbbbbb";
    let offer = format!(
        r#"{{"action":"announce","offer":{{"type":"offer"}},"offer_id":"{id}","peer_id":"{id}","info_hash":"{id}"}}"#
    );
    let id = Id(*b"bbbbbbbbbbbbbbbbbbbb");
    assert_eq!(read(&offer), Message::Offer { peer: id, offer: id });
    let answer = offer.replace("\"offer\":", "\"answer\":");
    assert_eq!(read(&answer), Message::Answer { offer: id });
    let response = r#"{"action":"announce","interval":120,"info_hash":"x","complete":0,"incomplete":1}"#;
    assert_eq!(read(response), Message::Response);
    assert_eq!(
        read(r#"{"failure reason":"slow down","action":"announce"}"#),
        Message::Failure("slow down".into())
    );
    assert_eq!(read(r#"{"action":"scrape","files":{}}"#), Message::Other);
}

#[test]
fn refuses_what_is_no_json() {
    assert!(Message::parse(b"{").is_err());
    assert!(Message::parse(b"[]").is_err());
    assert!(Message::parse(&[0xff, 0xfe]).is_err());
}

fn read(text: &str) -> Message {
    Message::parse(text.as_bytes()).unwrap()
}
