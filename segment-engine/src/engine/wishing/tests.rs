//! A seeder that fetches little unasked, among viewers who say what they say to any peer.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each test looks for one kind of output"
)]

use super::*;
use crate::config::{Prewarm, Renditions, Role};
use crate::engine::rig::{Rig, peer};
use crate::input::{FetchError, Input, Signature};
use crate::output::{Event, FetchPurpose, GapReason, Output};
use crate::wire::{Claim, Have, Holds, Leaves, RequestId};

/// Ten minutes in segments of 4 s, in two rungs.
const FILM: &str = r#"<MPD type="static" mediaPresentationDuration="PT10M"><Period>
  <AdaptationSet contentType="video"><SegmentTemplate duration="4" media="$RepresentationID$/$Number$"/>
  <Representation id="low" bandwidth="400000"/><Representation id="high" bandwidth="800000"/></AdaptationSet>
  </Period></MPD>"#;

/// The same as it goes on, since long ago.
const LIVE: &str = r#"<MPD type="dynamic" availabilityStartTime="2023-11-14T21:00:00Z" timeShiftBufferDepth="PT60S">
  <Period id="1" start="PT0S"><AdaptationSet contentType="video">
  <SegmentTemplate duration="4" media="$RepresentationID$/$Number$"/>
  <Representation id="low" bandwidth="400000"/><Representation id="high" bandwidth="800000"/></AdaptationSet>
  </Period></MPD>"#;

/// That as another run of the packager has it.
const LIVE_AGAIN: &str = r#"<MPD type="dynamic" availabilityStartTime="2023-11-14T22:13:00Z" timeShiftBufferDepth="PT60S">
  <Period id="1" start="PT0S"><AdaptationSet contentType="video">
  <SegmentTemplate duration="4" media="$RepresentationID$/$Number$"/>
  <Representation id="low" bandwidth="400000"/><Representation id="high" bandwidth="800000"/></AdaptationSet>
  </Period></MPD>"#;

#[test]
fn nothing_is_fetched_of_a_film_that_nobody_plays() {
    let mut seeder = Seeder::new(FILM, Renditions::All, Prewarm::Nothing);
    seeder.wait(60_000);
    assert_eq!(seeder.fetched, Vec::<String>::new());
}

#[test]
fn a_playhead_has_one_segment_of_each_rung_signed_and_the_watched_rung_fetched_ahead() {
    let mut seeder = Seeder::new(FILM, Renditions::All, Prewarm::Nothing);
    seeder.rig.link("viewer", 2);
    seeder.play_at(100);
    assert_eq!(
        seeder.taken(),
        ["high/26", "low/26"],
        "which rung it is cannot be told"
    );
    seeder.play_at(101);
    assert!(seeder.taken().is_empty(), "and is not asked again at once");
    let key = seeder.key("low", 26);
    seeder.announce(key);
    seeder.play_at(102);
    let ahead: Vec<_> = (27..=33).map(|number| format!("low/{number}")).collect();
    assert_eq!(seeder.taken(), ahead);
    assert!(seeder.rig.engine.stats().on_demand >= 9);
}

#[test]
fn what_was_fetched_for_one_viewer_is_told_to_all_and_fetched_once() {
    let mut seeder = Seeder::new(FILM, Renditions::All, Prewarm::Nothing);
    for (name, member) in [("viewer", 2), ("other", 3)] {
        seeder.rig.link(name, member);
    }
    seeder.play_at(100);
    seeder.wait(1_000);
    let told = seeder.rig.sent_to("other");
    let key = seeder.key("low", 26);
    let announced = told.iter().any(
        |frame| matches!(frame, Frame::Announce { came, .. } if came.iter().any(|have| have.key == key)),
    );
    assert!(announced, "{told:?}");
    seeder.taken();
    seeder.want_leaves("other", key);
    assert!(seeder.taken().is_empty());
}

#[test]
fn a_segment_that_is_asked_for_is_fetched_though_nobody_said_that_it_is_here() {
    let mut seeder = Seeder::new(FILM, Renditions::All, Prewarm::Nothing);
    seeder.rig.link("viewer", 2);
    let key = seeder.key("high", 7);
    seeder.want_leaves("viewer", key);
    assert_eq!(seeder.taken(), ["high/7"]);
}

#[test]
fn a_greedy_peer_has_no_title_fetched() {
    let mut seeder = Seeder::new(FILM, Renditions::All, Prewarm::Nothing);
    seeder.rig.link("viewer", 2);
    for number in 1..=150 {
        let key = seeder.key("high", number);
        seeder.want_leaves("viewer", key);
    }
    assert_eq!(seeder.taken().len(), 24);
    let jumps = (0..600).step_by(31);
    jumps.for_each(|at| seeder.play_at(at));
    assert!(seeder.taken().is_empty(), "playheads are wishes as well");
}

#[test]
fn a_segment_that_is_not_there_yet_is_not_fetched_for_anybody() {
    let mut seeder = Seeder::new(LIVE, Renditions::Listed(vec!["low".into()]), Prewarm::All);
    seeder.rig.link("viewer", 2);
    seeder.taken();
    let last = seeder.last_live();
    for (rung, number) in [("low", last + 2), ("high", last)] {
        let key = seeder.key(rung, number);
        seeder.want_leaves("viewer", key);
    }
    assert!(seeder.taken().is_empty(), "too soon, and not served here at all");
}

#[test]
fn only_rungs_that_peers_hold_claim_or_ask_for_are_followed_where_that_is_asked_for() {
    for by in ["holding", "claiming", "asking"] {
        let mut seeder = Seeder::new(LIVE, Renditions::Wanted, Prewarm::All);
        seeder.rig.link("viewer", 2);
        seeder.wait(8_000);
        assert!(seeder.taken().is_empty(), "nobody watches");
        let last = seeder.last_live();
        let key = seeder.key("high", last);
        match by {
            "holding" => seeder.announce(key),
            "claiming" => seeder.claim(key),
            _ => seeder.want_leaves("viewer", key),
        }
        seeder.wait(8_000);
        let taken = seeder.taken();
        assert!(taken.contains(&format!("high/{}", last + 2)), "{by}: {taken:?}");
        assert!(
            taken.iter().all(|path| path.starts_with("high/")),
            "{by}: {taken:?}"
        );
        seeder.wait(60_000);
        seeder.taken();
        seeder.wait(20_000);
        assert!(
            seeder.taken().is_empty(),
            "{by}: it was not heard of for a minute"
        );
    }
}

#[test]
fn a_segment_that_is_given_up_is_told_and_counted() {
    let mut seeder = Seeder::unstarted(FILM, Renditions::Listed(vec!["low".into()]), Prewarm::Percent(1));
    seeder.broken = true;
    seeder.wait(300_000);
    let gaps: Vec<_> = seeder.events(|event| match event {
        Event::Gap { label, reason, .. } => Some((label.clone(), *reason)),
        _ => None,
    });
    let reason = GapReason::Origin(FetchError::Status(500));
    assert_eq!(
        gaps,
        [("low 0.0s".to_owned(), reason), ("low 4.0s".to_owned(), reason)]
    );
    assert_eq!(seeder.rig.engine.stats().gaps, 2);
}

#[test]
fn no_request_is_made_while_the_origin_asks_to_be_left_alone() {
    let mut seeder = Seeder::unstarted(FILM, Renditions::Listed(vec!["low".into()]), Prewarm::Percent(1));
    seeder.broken = true;
    seeder.retry_after = Some(Duration::from_secs(20));
    seeder.wait(1_000);
    let asked = seeder.asked.len();
    assert_eq!(asked, 2, "those that were in flight when it said so");
    seeder.wait(18_000);
    assert_eq!(seeder.asked.len(), asked);
    seeder.broken = false;
    seeder.wait(30_000);
    assert_eq!(seeder.taken().len(), 2);
}

#[test]
fn a_live_origin_that_hangs_is_asked_again_soon_and_one_that_is_slow_gets_its_time() {
    let patience = |manifest| {
        let mut seeder = Seeder::unstarted(manifest, Renditions::Listed(vec!["low".into()]), Prewarm::All);
        seeder.broken = true;
        seeder.wait(60_000);
        let of_first = seeder
            .asked
            .iter()
            .zip(&seeder.patience)
            .filter(|(url, _)| **url == seeder.asked[0]);
        of_first.map(|(_, patience)| *patience).collect::<Vec<_>>()
    };
    let live = patience(LIVE);
    assert_eq!(live, [2_000, 4_000, 8_000, 10_000], "then it has left the window");
    assert!(
        patience(FILM).iter().all(|patience| *patience == 10_000),
        "nobody waits for a film"
    );
}

#[test]
fn pieces_that_the_driver_has_hashed_are_the_same_as_their_bytes() {
    let mut signed = Vec::new();
    for hashed in [false, true] {
        let mut seeder = Seeder::unstarted(FILM, Renditions::All, Prewarm::Percent(5));
        seeder.hashed = hashed;
        seeder.wait(5_000);
        assert_eq!(seeder.taken().len(), 16);
        signed.push(seeder.signed.clone());
    }
    assert_eq!(signed[0], signed[1]);
    assert!(!signed[0].is_empty());
}

#[test]
fn a_live_title_that_begins_anew_is_fetched_anew_though_its_names_are_the_same() {
    let mut seeder = Seeder::new(LIVE, Renditions::All, Prewarm::All);
    seeder.wait(10_000);
    let (old, held) = (seeder.key("low", seeder.last_live()), seeder.taken().len());
    assert!(held > 20 && seeder.rig.engine.offerable(&old));
    // It began 20 s before the first is read.
    seeder.manifest = LIVE_AGAIN;
    seeder.wait(10_000);
    assert!(!seeder.rig.engine.offerable(&old));
    let taken = seeder.taken();
    assert!(
        ["low/1", "low/5", "high/1"]
            .iter()
            .all(|path| taken.contains(&(*path).to_owned())),
        "{taken:?}"
    );
}

#[test]
fn what_a_player_asked_for_and_never_got_is_fetched_all_the_same() {
    // (what becomes of the demand, whether the segment's turn had come)
    for (fails, passed) in [(false, true), (true, true), (false, false), (true, false)] {
        let prewarm = if passed { Prewarm::All } else { Prewarm::Nothing };
        let mut seeder = Seeder::unstarted(FILM, Renditions::Listed(vec!["low".to_owned()]), prewarm);
        let number = 1;
        seeder.rig.tell(Input::Manifest {
            url: "https://origin.example/film.mpd".into(),
            body: FILM.into(),
        });
        let id = crate::id::DemandId(1);
        seeder.rig.tell(Input::Demand(crate::input::Demand {
            id,
            url: format!("https://origin.example/low/{number}"),
            range: None,
            position: None,
        }));
        let fetch = seeder.rig.outputs.iter().find_map(|output| match output {
            Output::Fetch(fetch) if fetch.url.ends_with("low/1") => Some(fetch.id),
            _ => None,
        });
        let fetch = fetch.expect("it is fetched for the player");
        if fails {
            let error = FetchError::Status(500);
            seeder.rig.tell(Input::FetchFailed { fetch, error });
        } else {
            seeder.rig.tell(Input::DemandCancelled(id));
        }
        assert!(!seeder.rig.engine.transfers.contains(&seeder.key("low", 1)));
        seeder
            .rig
            .outputs
            .retain(|output| !matches!(output, Output::Fetch(known) if known.id == fetch));
        seeder.wait(5_000);
        assert_eq!(
            seeder.taken().contains(&"low/1".to_owned()),
            passed,
            "{fails} {passed}"
        );
    }
}

/// A seeder beside an origin that gives each segment 20,000 bytes of its path.
struct Seeder {
    rig: Rig,
    manifest: &'static str,
    fetched: Vec<String>,
    asked: Vec<String>,
    /// How long each of those may be silent, in milliseconds.
    patience: Vec<u128>,
    signed: Vec<Vec<u8>>,
    looked_at: usize,
    broken: bool,
    hashed: bool,
    retry_after: Option<Duration>,
}

impl Seeder {
    fn new(manifest: &'static str, renditions: Renditions, prewarm: Prewarm) -> Self {
        Self::unstarted(manifest, renditions, prewarm).started()
    }

    /// The same before it has asked for anything.
    fn unstarted(manifest: &'static str, renditions: Renditions, prewarm: Prewarm) -> Self {
        let rig = Rig::new(|config| {
            config.role = Role::Seeder {
                manifest: "https://origin.example/film.mpd".into(),
            };
            config.seeding.renditions = renditions;
            config.seeding.prewarm = prewarm;
        });
        Self {
            rig,
            manifest,
            fetched: Vec::new(),
            asked: Vec::new(),
            patience: Vec::new(),
            signed: Vec::new(),
            looked_at: 0,
            broken: false,
            hashed: false,
            retry_after: None,
        }
    }

    fn started(mut self) -> Self {
        self.wait(0);
        self
    }

    /// What was fetched since this was asked last, in order of the paths.
    fn taken(&mut self) -> Vec<String> {
        self.wait(0);
        let mut taken = std::mem::take(&mut self.fetched);
        taken.sort();
        taken
    }

    fn wait(&mut self, millis: u64) {
        let end = self.rig.now + Duration::from_millis(millis);
        loop {
            self.answer();
            let due = self.rig.engine.poll_timeout().filter(|due| *due <= end);
            let Some(due) = due else { break };
            let wait = due.since(self.rig.now).as_micros().div_ceil(1_000);
            self.rig.wait(u64::try_from(wait).unwrap());
        }
        let rest = end.since(self.rig.now).as_millis();
        self.rig.wait(u64::try_from(rest).unwrap());
        self.answer();
    }

    fn answer(&mut self) {
        while let Some(output) = self.rig.outputs.get(self.looked_at).cloned() {
            self.looked_at += 1;
            match output {
                Output::Fetch(fetch) if fetch.purpose == FetchPurpose::Manifest => {
                    let bytes = self.manifest.as_bytes().to_vec();
                    self.respond(fetch.id, &[bytes]);
                }
                Output::Fetch(fetch) if self.broken => {
                    self.asked.push(fetch.url);
                    self.patience.push(fetch.timeout.as_millis());
                    if let Some(wait) = self.retry_after {
                        self.rig.tell(Input::RetryAfter {
                            fetch: fetch.id,
                            wait,
                        });
                    }
                    let error = FetchError::Status(500);
                    self.rig.tell(Input::FetchFailed {
                        fetch: fetch.id,
                        error,
                    });
                }
                Output::Fetch(fetch) => {
                    let path = fetch.url.trim_start_matches("https://origin.example/");
                    let bytes: Vec<u8> = path.bytes().cycle().take(20_000).collect();
                    let cuts = bytes.chunks(3_000).map(<[u8]>::to_vec).collect::<Vec<_>>();
                    self.fetched.push(path.to_owned());
                    if self.hashed {
                        self.respond_hashed(fetch.id, &bytes);
                    } else {
                        self.respond(fetch.id, &cuts);
                    }
                }
                Output::Sign { check, message } => {
                    self.signed.push(message);
                    let signature = Signature([1; 64]);
                    self.rig.tell(Input::Signed { check, signature });
                }
                Output::Send { peer, .. } => self.rig.tell(Input::PeerBuffered { peer, bytes: 0 }),
                _ => {}
            }
        }
    }

    fn begin(&mut self, fetch: crate::id::FetchId) {
        self.rig.tell(Input::FetchStarted {
            fetch,
            partial: false,
            length: None,
            total: None,
            url: None,
        });
    }

    fn respond(&mut self, fetch: crate::id::FetchId, chunks: &[Vec<u8>]) {
        self.begin(fetch);
        for chunk in chunks {
            let bytes = chunk.clone().into();
            self.rig.tell(Input::FetchChunk { fetch, bytes });
        }
        self.rig.tell(Input::FetchFinished(fetch));
    }

    fn respond_hashed(&mut self, fetch: crate::id::FetchId, bytes: &[u8]) {
        self.begin(fetch);
        for piece in bytes.chunks(crate::piece::PIECE) {
            let pieces = vec![crate::piece::Piece::new(piece)];
            self.rig.tell(Input::FetchPieces { fetch, pieces });
        }
        self.rig.tell(Input::FetchFinished(fetch));
    }

    fn events<T>(&self, of: impl Fn(&Event) -> Option<T>) -> Vec<T> {
        let events = self.rig.outputs.iter().filter_map(|output| match output {
            Output::Event(event) => of(event),
            _ => None,
        });
        events.collect()
    }

    fn key(&self, rung: &str, number: u64) -> SegmentKey {
        let url = format!("https://origin.example/{rung}/{number}");
        self.rig.engine.timeline.locate(&url, None).unwrap().key
    }

    /// The number of the newest live segment that is there.
    fn last_live(&self) -> u64 {
        let edge = self.rig.engine.timeline.edge(self.rig.engine.unix()).unwrap();
        u64::try_from(edge.as_micros() / 4_000_000).unwrap()
    }

    fn play_at(&mut self, head: i32) {
        self.rig.hear(
            "viewer",
            &Frame::Neighbours {
                uplink: 10,
                links: 1,
                head,
                neighbours: Vec::new(),
                sketch: Vec::new(),
                epoch: 0,
            },
        );
    }

    fn announce(&mut self, key: SegmentKey) {
        let have = Have {
            key,
            size: 20_000,
            holds: Holds::All,
            leaves: Leaves::Held,
        };
        let (came, gone) = (vec![have], Vec::new());
        self.rig.hear("viewer", &Frame::Announce { came, gone });
    }

    fn claim(&mut self, key: SegmentKey) {
        let claim = Claim {
            key,
            attempt: 0,
            stripes: 1,
        };
        self.rig.hear(
            "viewer",
            &Frame::Claim {
                claims: vec![claim],
                claimer: crate::id::Member([9; 8]),
                hops: 3,
            },
        );
    }

    fn want_leaves(&mut self, name: &str, key: SegmentKey) {
        assert!(
            self.rig.engine.peers.contains_key(&peer(name)),
            "{name} is linked"
        );
        let request = RequestId(u32::try_from(self.rig.outputs.len()).unwrap());
        self.rig.hear(name, &Frame::WantLeaves { request, key });
    }
}
