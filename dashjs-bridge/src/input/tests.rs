//! Every input of `ts/core.ts` means something; what is none is refused by name.

use std::collections::BTreeMap;

use segment_engine::device::Uploads;
use segment_engine::shelf::{ShelfFact, write_name};
use signaling_proto::message::{Cell, Hints};

use super::*;

#[test]
fn a_link_concerns_engine_and_client_both() {
    let connected = input("peerConnected", [("peer", Value::Text("p"))]);
    let meaning = meaning(&connected).unwrap();
    assert_eq!(
        meaning.engine,
        Some(Input::PeerConnected(PeerId::new("p").unwrap()))
    );
    assert_eq!(meaning.client, Some(ClientInput::LinkUp("p".into())));
}

#[test]
fn a_demand_carries_its_range_and_position() {
    let range = object([("first", Value::Number(1.0)), ("last", Value::Number(2.0))]);
    let position = object([
        ("representation", Value::Text("360p")),
        ("kind", Value::Text("media")),
        ("startMs", Value::Number(4000.5)),
    ]);
    let demand = input(
        "demand",
        [
            ("id", Value::Number(7.0)),
            ("url", Value::Text("http://origin/s")),
            ("range", Value::Object(range)),
            ("position", Value::Object(position)),
        ],
    );
    let Some(Input::Demand(demand)) = meaning(&demand).unwrap().engine else {
        panic!("a demand concerns the engine");
    };
    assert_eq!((demand.id, demand.range), (DemandId(7), ByteRange::new(1, 2)));
    assert_eq!(demand.position.unwrap().start, MediaTime::from_micros(4_000_500));
}

#[test]
fn a_demand_with_a_digest_is_for_the_file_of_it() {
    let demand = |sha224: &'static str| {
        input(
            "demand",
            [
                ("id", Value::Number(7.0)),
                ("url", Value::Text("http://origin/f")),
                ("sha224", Value::Text(sha224)),
            ],
        )
    };
    let given = "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7";
    let Some(Input::FileDemand(file)) = meaning(&demand(given)).unwrap().engine else {
        panic!("it is for a file");
    };
    assert_eq!((file.id, &file.url[..]), (DemandId(7), "http://origin/f"));
    assert_eq!(file.sha224.0[..2], [0x23, 0x09]);
    assert_eq!(meaning(&demand("23")), Err(MeaningError::Lacks("sha224")));
}

#[test]
fn a_range_that_is_none_is_refused() {
    let range = object([("first", Value::Number(2.0)), ("last", Value::Number(1.0))]);
    let demand = input(
        "demand",
        [
            ("id", Value::Number(7.0)),
            ("url", Value::Text("http://origin/s")),
            ("range", Value::Object(range)),
        ],
    );
    assert_eq!(meaning(&demand), Err(MeaningError::Lacks("range")));
}

#[test]
fn an_error_is_a_word_or_a_status() {
    for (error, expected) in [
        (Value::Text("network"), FetchError::Network),
        (Value::Text("timeout"), FetchError::Timeout),
        (
            Value::Object(object([("status", Value::Number(503.0))])),
            FetchError::Status(503),
        ),
    ] {
        let failed = input("fetchFailed", [("fetch", Value::Number(1.0)), ("error", error)]);
        let expected = Input::FetchFailed {
            fetch: FetchId(1),
            error: expected,
        };
        assert_eq!(meaning(&failed).unwrap().engine, Some(expected));
    }
    let failed = input(
        "fetchFailed",
        [("fetch", Value::Number(1.0)), ("error", Value::Text("bad luck"))],
    );
    assert_eq!(meaning(&failed), Err(MeaningError::Lacks("error")));
}

#[test]
fn hints_carry_what_is_known() {
    let full = input(
        "hints",
        [
            ("pop", Value::Text("FRA")),
            ("zone", Value::Text("Europe/Berlin")),
            ("north", Value::Number(105.0)),
            ("east", Value::Number(-27.0)),
        ],
    );
    let expected = Hints {
        pop: Some("FRA".into()),
        zone: Some("Europe/Berlin".into()),
        cell: Some(Cell {
            north: 105,
            east: -27,
        }),
    };
    let half = input("hints", [("north", Value::Number(1.0))]);
    for (told, expected) in [(full, expected), (half, Hints::default())] {
        assert_eq!(meaning(&told).unwrap().client, Some(ClientInput::Hints(expected)));
    }
}

#[test]
fn a_cell_off_the_globe_stays_off_it() {
    let cell = [("north", Value::Number(1e9)), ("east", Value::Number(0.0))];
    let told = meaning(&input("hints", cell));
    let Some(ClientInput::Hints(hints)) = told.unwrap().client else {
        panic!("hints concern the client");
    };
    assert!(!signaling_proto::parse::are_hints(&hints));
}

#[test]
fn tokens_and_round_trips_concern_the_client_alone() {
    let token = input("token", [("token", Value::Text("e30"))]);
    let measured = input(
        "measured",
        [("peer", Value::Text("p")), ("rttMs", Value::Number(23.0))],
    );
    let measurement = ClientInput::Measured {
        peer: "p".into(),
        rtt_ms: 23,
    };
    for (told, expected) in [(token, ClientInput::Token("e30".into())), (measured, measurement)] {
        let meaning = meaning(&told).unwrap();
        assert_eq!((meaning.engine, meaning.client), (None, Some(expected)));
    }
}

#[test]
fn consent_is_told_with_the_device_or_left_to_the_configuration() {
    for (said, expected) in [
        (Some("on"), Some(Uploads::On)),
        (Some("off"), Some(Uploads::Off)),
        (None, None),
    ] {
        let known = [("metered", "no"), ("visibility", "visible"), ("class", "desktop")];
        let told = known.into_iter().chain(said.map(|word| ("consent", word)));
        let device = Object(told.map(|(name, word)| (name, Value::Text(word))).collect());
        let told = input("device", [("device", Value::Object(device))]);
        let Some(Input::Device(state)) = meaning(&told).unwrap().engine else {
            panic!("a device concerns the engine");
        };
        assert_eq!(state.consent, expected);
    }
}

#[test]
fn leaving_and_joining_concern_the_client_alone() {
    for (kind, expected) in [("leave", ClientInput::Leave), ("join", ClientInput::Join)] {
        let meaning = meaning(&input(kind, [])).unwrap();
        assert_eq!((meaning.engine, meaning.client), (None, Some(expected)));
    }
}

#[test]
fn numbers_beyond_reason_saturate() {
    let playback = input(
        "playback",
        [
            ("positionMs", Value::Number(f64::NAN)),
            ("bufferedMs", Value::Number(-5.0)),
            ("state", Value::Text("playing")),
        ],
    );
    let Some(Input::Playback(playback)) = meaning(&playback).unwrap().engine else {
        panic!("playback concerns the engine");
    };
    assert_eq!(
        (playback.position, playback.buffered),
        (MediaTime::ZERO, Duration::ZERO)
    );
}

#[test]
fn what_a_database_holds_counts_where_it_makes_sense() {
    let name = vec![0x94, 0xc4, 8, 0, 0, 0, 0, 0, 0, 0, 1, 1, 5, 0xc0];
    let entry = |key: Vec<u8>, root: usize| {
        Value::Object(object([
            ("key", Value::Bytes(key)),
            ("size", Value::Number(10.0)),
            ("root", Value::Bytes(vec![7; root])),
        ]))
    };
    let list = object([
        ("0", entry(name.clone(), 28)),
        ("1", entry(name.clone(), 27)),
        ("2", entry(vec![1, 2, 3], 28)),
        ("3", Value::Object(object([]))),
    ]);
    let opened = meaning(&input("shelfOpened", [("entries", Value::Object(list))])).unwrap();
    let Some(Input::Shelf(ShelfFact::Opened(entries))) = opened.engine else {
        panic!("it concerns the engine");
    };
    let [entry] = &entries[..] else {
        panic!("one of them makes sense: {entries:?}");
    };
    assert_eq!(entry.record.size, 10);
    assert_eq!(write_name(&entry.key), name);
    let gone = meaning(&input("unshelved", [("key", Value::Bytes(name))])).unwrap();
    let (key, body) = (entry.key, None);
    assert_eq!(
        gone.engine,
        Some(Input::Shelf(ShelfFact::Unshelved { key, body }))
    );
    assert_eq!(
        meaning(&input("unshelved", [("key", Value::Bytes(vec![9]))])),
        Err(MeaningError::Lacks("key"))
    );
}

#[test]
fn what_is_no_input_is_refused_by_name() {
    assert_eq!(
        meaning(&input("shout", [])),
        Err(MeaningError::Unknown("shout".into()))
    );
    assert_eq!(
        meaning(&input("seeked", [])),
        Err(MeaningError::Lacks("positionMs"))
    );
    assert_eq!(
        meaning(&input("seeked", [("positionMs", Value::Text("5"))])),
        Err(MeaningError::Lacks("positionMs"))
    );
    let nobody = input("peerClosed", [("peer", Value::Text("two words"))]);
    assert_eq!(meaning(&nobody), Err(MeaningError::Peer(InvalidPeerId)));
}

fn input<const N: usize>(kind: &'static str, members: [(&'static str, Value); N]) -> Object {
    let mut input = object(members);
    input.0.insert("type", Value::Text(kind));
    input
}

fn object<const N: usize>(members: [(&'static str, Value); N]) -> Object {
    Object(members.into_iter().collect())
}

/// An object as the host would give it.
#[derive(Clone)]
struct Object(BTreeMap<&'static str, Value>);

#[derive(Clone)]
enum Value {
    Text(&'static str),
    Number(f64),
    Bytes(Vec<u8>),
    Object(Object),
}

impl Members for Object {
    fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::Text(text) => Some((*text).to_owned()),
            Value::Number(_) | Value::Bytes(_) | Value::Object(_) => None,
        }
    }

    fn number(&self, name: &str) -> Option<f64> {
        match self.0.get(name)? {
            Value::Number(number) => Some(*number),
            Value::Text(_) | Value::Bytes(_) | Value::Object(_) => None,
        }
    }

    fn flag(&self, _: &str) -> Option<bool> {
        None
    }

    fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        match self.0.get(name)? {
            Value::Bytes(bytes) => Some(bytes.clone()),
            Value::Text(_) | Value::Number(_) | Value::Object(_) => None,
        }
    }

    fn object(&self, name: &str) -> Option<Box<dyn Members>> {
        match self.0.get(name)? {
            Value::Object(object) => Some(Box::new(object.clone())),
            Value::Text(_) | Value::Bytes(_) | Value::Number(_) => None,
        }
    }
}
