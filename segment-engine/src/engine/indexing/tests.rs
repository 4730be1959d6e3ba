//! A film whose subsegments stand in its file, played and seeded.
#![cfg_attr(
    feature = "shelf",
    expect(
        clippy::wildcard_enum_match_arm,
        reason = "each helper looks for one kind of output"
    )
)]

use super::super::rig::{FILM, Rig};
use crate::config::{Prewarm, Role};
use crate::id::{ByteRange, DemandId};
use crate::input::{Demand, Input};
use crate::integrity::Record;
use crate::output::{Event, Fetch, Output};
use crate::piece::Body;
#[cfg(feature = "shelf")]
use crate::{
    id::SegmentKey,
    shelf::{ShelfCommand, ShelfEntry, ShelfFact},
};
#[cfg(feature = "shelf")]
use std::collections::BTreeMap;

const FILE: &str = "https://origin.example/v.mp4";
const INDEX: ByteRange = ByteRange {
    first: 100,
    last: 155,
};
/// The first subsegment.
const FIRST: ByteRange = ByteRange {
    first: 156,
    last: 195,
};
const MPD: &str = r#"<MPD mediaPresentationDuration="PT4S"><Period><AdaptationSet contentType="video"><Representation id="v"
    bandwidth="8000"><BaseURL>v.mp4</BaseURL><SegmentBase indexRange="100-155"><Initialization range="0-99"/></SegmentBase>
    </Representation></AdaptationSet></Period></MPD>"#;

/// Two subsegments of 2 s, of 40 and 50 bytes; the box is 56 bytes long.
fn index() -> Vec<u8> {
    let mut body = vec![0, 0, 0, 56];
    body.extend(b"sidx");
    for field in [0, 1, 1, 0, 0, 2, 40, 2, 0, 50, 2, 0] {
        body.extend(u32::to_be_bytes(field));
    }
    body
}

fn rig() -> Rig {
    let mut rig = Rig::new(|_| {});
    rig.tell(Input::Manifest {
        url: "https://origin.example/film.mpd".into(),
        body: MPD.into(),
    });
    rig
}

#[test]
fn a_response_that_brings_all_of_a_range_tells_how_fast_the_origin_is() {
    let mut rig = rig();
    rig.tell(Input::Manifest {
        url: "https://origin.example/film.mpd".into(),
        body: MPD
            .replace("indexRange=\"100-155\"", "")
            .replace("range=\"0-99\"", "range=\"0-65535\"")
            .into(),
    });
    let range = ByteRange {
        first: 0,
        last: 65_535,
    };
    let bytes = vec![1; 65_536];
    let key = rig.engine.timeline.locate(FILE, Some(range)).unwrap().key;
    let (record, made) = (Record::of(&Body::of(&bytes)), rig.engine.unix());
    rig.engine.integrity.witness(key, record, made);
    demand(&mut rig, 1, range);
    let before = expected(&rig);
    rig.wait(100);
    let fetch = rig.outputs.iter().find_map(|output| match output {
        Output::Fetch(fetch) => Some(fetch.id),
        _ => None,
    });
    let fetch = fetch.expect("the origin is asked");
    rig.tell(Input::FetchStarted {
        fetch,
        partial: true,
        length: Some(65_536),
        total: None,
        url: None,
    });
    rig.wait(1_000);
    rig.tell(Input::FetchChunk {
        fetch,
        bytes: bytes.into(),
    });
    assert!(
        rig.outputs
            .iter()
            .any(|output| matches!(output, Output::Deliver(_)))
    );
    let after = expected(&rig);
    assert!(
        after > before + std::time::Duration::from_millis(900),
        "{before:?} {after:?}"
    );
}

/// What the origin is expected to take for as much as that.
fn expected(rig: &Rig) -> std::time::Duration {
    let track = &rig.engine.timeline.tracks()[0];
    let segment = rig.engine.timeline.init_segments(track.key).remove(0);
    rig.engine.origin.expected(track, &segment, Some(65_536))
}

fn demand(rig: &mut Rig, id: u64, range: ByteRange) {
    rig.tell(Input::Demand(Demand {
        id: DemandId(id),
        url: FILE.into(),
        range: Some(range),
        position: None,
    }));
}

/// Answers the newest request.
fn answer(rig: &mut Rig, body: &[u8]) -> Fetch {
    let fetches = rig.outputs.iter().rev();
    let mut fetches = fetches.filter_map(|output| {
        if let Output::Fetch(fetch) = output {
            Some(fetch.clone())
        } else {
            None
        }
    });
    let fetch = fetches.next().unwrap();
    reply(rig, &fetch, body);
    fetch
}

fn reply(rig: &mut Rig, fetch: &Fetch, body: &[u8]) {
    rig.tell(Input::FetchStarted {
        fetch: fetch.id,
        partial: fetch.range.is_some(),
        length: Some(body.len() as u64),
        total: None,
        url: None,
    });
    rig.tell(Input::FetchChunk {
        fetch: fetch.id,
        bytes: body.to_vec().into(),
    });
    rig.tell(Input::FetchFinished(fetch.id));
}

#[test]
fn a_viewer_learns_subsegments_from_the_index_that_its_player_asks_for() {
    let mut rig = rig();
    demand(&mut rig, 1, FIRST);
    assert!(
        rig.outputs
            .iter()
            .any(|output| matches!(output, Output::Decline { .. })),
        "not known before the index"
    );
    demand(&mut rig, 2, INDEX);
    let fetch = answer(&mut rig, &index());
    assert_eq!(fetch.url, FILE);
    let updated = |output: &Output| matches!(output, Output::Event(Event::TimelineUpdated { .. }));
    assert!(rig.outputs.iter().any(updated));
    rig.outputs.clear();
    demand(&mut rig, 3, FIRST);
    let fetch = answer(&mut rig, &[7; 40]);
    assert_eq!(fetch.range, Some(FIRST));
    let delivered =
        |output: &Output| matches!(output, Output::Deliver(delivery) if delivery.demand == DemandId(3));
    assert!(rig.outputs.iter().any(delivered));
}

#[test]
fn an_index_that_is_held_from_before_a_manifest_is_learned_when_it_is_asked_for() {
    let mut rig = rig();
    demand(&mut rig, 1, INDEX);
    answer(&mut rig, &index());
    for body in [FILM, MPD] {
        rig.tell(Input::Manifest {
            url: "https://origin.example/film.mpd".into(),
            body: body.into(),
        });
    }
    assert!(
        rig.engine.timeline.locate(FILE, Some(FIRST)).is_none(),
        "forgotten"
    );
    demand(&mut rig, 2, INDEX);
    assert!(rig.engine.timeline.locate(FILE, Some(FIRST)).is_some());
}

#[test]
fn what_is_no_index_is_told_and_delivered_all_the_same() {
    let mut rig = rig();
    demand(&mut rig, 1, INDEX);
    answer(&mut rig, &[0x1a; 56]);
    let rejected = |output: &Output| matches!(output, Output::Event(Event::ManifestRejected { .. }));
    assert!(rig.outputs.iter().any(rejected));
    let delivered = |output: &Output| matches!(output, Output::Deliver(_));
    assert!(rig.outputs.iter().any(delivered));
}

#[test]
fn a_seeder_fetches_the_index_and_then_as_much_of_the_file_as_it_is_to() {
    for (prewarm, expected) in [
        (Prewarm::All, vec![(156, 195), (196, 245)]),
        (Prewarm::Percent(50), vec![(156, 195)]),
        (Prewarm::Nothing, vec![]),
    ] {
        let mut rig = seeder(prewarm);
        rig.wait(0);
        let asked = harvest(&mut rig);
        let media = asked.into_iter().flatten().filter(|range| range.0 > INDEX.last);
        assert_eq!(media.collect::<Vec<_>>(), expected, "{prewarm:?}");
    }
}

#[cfg(feature = "shelf")]
#[test]
fn an_index_on_the_shelf_is_read_back_and_what_it_lists_is_not_fetched_again() {
    let mut cold = seeder(Prewarm::All);
    open(&mut cold, Vec::new());
    assert_eq!(
        harvest(&mut cold).len(),
        5,
        "manifest, init, index, two subsegments"
    );
    let shelved = shelved(&cold);
    assert_eq!(shelved.len(), 4);

    let mut warm = seeder(Prewarm::All);
    let record = |body: &Body| Record::of(body);
    let found = shelved.iter().map(|(key, body)| ShelfEntry {
        key: *key,
        record: record(body),
    });
    open(&mut warm, found.collect());
    assert_eq!(harvest(&mut warm), [None], "the manifest alone");
    let read = |output: &Output| match output {
        Output::Shelf(ShelfCommand::Unshelve(key)) => Some(*key),
        _ => None,
    };
    let reads: Vec<SegmentKey> = warm.outputs.iter().filter_map(read).collect();
    let [key] = reads[..] else {
        panic!("the index alone is read: {reads:?}");
    };
    let body = Some(shelved[&key].clone());
    warm.tell(Input::Shelf(ShelfFact::Unshelved { key, body }));
    assert_eq!(harvest(&mut warm), [None], "still");
    warm.wait(1_000);
    assert_eq!(harvest(&mut warm), [None], "still");
    assert_eq!(warm.engine.stats().known_digests, 4, "all are vouched for");
    for key in shelved.keys() {
        assert!(warm.engine.is_held(key), "{key}");
    }
}

/// A seeder of the film.
fn seeder(prewarm: Prewarm) -> Rig {
    Rig::new(|config| {
        config.role = Role::Seeder {
            manifest: "https://origin.example/film.mpd".into(),
        };
        config.seeding.prewarm = prewarm;
    })
}

/// Answers all requests so far and those that they lead to; returns the ranges of all since the start.
fn harvest(rig: &mut Rig) -> Vec<Option<(u64, u64)>> {
    let mut asked = Vec::new();
    let mut answered = 0;
    while let Some(fetch) = next_fetch(rig, &mut answered) {
        let range = fetch.range.map(|range| (range.first, range.last));
        asked.push(range);
        match range {
            None => reply(rig, &fetch, MPD.as_bytes()),
            Some((100, 155)) => reply(rig, &fetch, &index()),
            Some((0, 99)) => reply(rig, &fetch, &[7; 100]),
            Some((first, last)) => {
                let bytes = vec![1; usize::try_from(last - first + 1).unwrap()];
                reply(rig, &fetch, &bytes);
            }
        }
        rig.wait(1);
    }
    asked
}

/// The driver has a shelf, and finds this on it.
#[cfg(feature = "shelf")]
fn open(rig: &mut Rig, found: Vec<ShelfEntry>) {
    rig.tell(Input::Shelf(ShelfFact::Opening));
    rig.tell(Input::Shelf(ShelfFact::Opened(found)));
    rig.wait(0);
}

/// What the driver was told to write.
#[cfg(feature = "shelf")]
fn shelved(rig: &Rig) -> BTreeMap<SegmentKey, Body> {
    let written = rig.outputs.iter().filter_map(|output| match output {
        Output::Shelf(ShelfCommand::Shelve { key, body, .. }) => Some((*key, body.clone())),
        _ => None,
    });
    written.collect()
}

/// The next request that is not answered yet.
fn next_fetch(rig: &Rig, answered: &mut usize) -> Option<Fetch> {
    let mut fetches = rig.outputs.iter().filter_map(|output| {
        if let Output::Fetch(fetch) = output {
            Some(fetch)
        } else {
            None
        }
    });
    let next = fetches.nth(*answered).cloned();
    *answered += usize::from(next.is_some());
    next
}
