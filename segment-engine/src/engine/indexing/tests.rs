//! A film whose subsegments stand in its file, played and seeded.

use super::super::rig::{FILM, Rig};
use crate::config::{Prewarm, Role};
use crate::id::{ByteRange, DemandId};
use crate::input::{Demand, Input};
use crate::output::{Event, Fetch, Output};

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
        let mut rig = Rig::new(|config| {
            config.role = Role::Seeder {
                manifest: "https://origin.example/film.mpd".into(),
            };
            config.seeding.prewarm = prewarm;
        });
        rig.wait(0);
        let mut media = Vec::new();
        let mut answered = 0;
        while let Some(fetch) = next_fetch(&rig, &mut answered) {
            match fetch.range.map(|range| (range.first, range.last)) {
                None => reply(&mut rig, &fetch, MPD.as_bytes()),
                Some((100, 155)) => reply(&mut rig, &fetch, &index()),
                Some((0, 99)) => reply(&mut rig, &fetch, &[7; 100]),
                Some((first, last)) => {
                    media.push((first, last));
                    let bytes = vec![1; usize::try_from(last - first + 1).unwrap()];
                    reply(&mut rig, &fetch, &bytes);
                }
            }
            rig.wait(1);
        }
        assert_eq!(media, expected, "{prewarm:?}");
    }
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
