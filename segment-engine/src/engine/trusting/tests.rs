//! Neighbours who lie about sizes and leaves, alone and together, in each mode of trust: what is played is the origin's,
//! and who lied is dropped.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test names what it expects, and no more"
)]

use super::super::rig::{FILM, Rig};
use super::*;
use crate::config::{Config, Trust};
use crate::id::{DemandId, FetchId, Member, Slot};
use crate::input::{Demand, FetchError, Input, Playback, PlaybackState, Signature};
use crate::integrity::{Batch, write_batch};
use crate::output::{Fetch, Output, PublicKey};
use crate::piece::{Body, PIECE};
use crate::time::{MediaTime, Timestamp, UnixTime};
use crate::transfer::{Cause, Span};
use crate::wire::{Have, Holds, Leaves, PieceBody, VERSION, decode, encode};

const QUORUM_MODE: Trust = Trust::Quorum { audits: 0 };
const AUDITED: Trust = Trust::Quorum { audits: 1_000 };

/// Two pieces and a part of one.
const SIZE: usize = 2 * PIECE + 700;

/// The segment that all of this is about.
const NUMBER: u64 = 2;

fn truth() -> Vec<u8> {
    (0..SIZE).map(|index| (index % 251).to_le_bytes()[0]).collect()
}

/// What liars say the segment is: as large, and other.
fn lie() -> Vec<u8> {
    truth().iter().map(|byte| !byte).collect()
}

fn leaves(bytes: &[u8]) -> Vec<Digest> {
    Body::of(bytes).leaves()
}

/// How the origin answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Server {
    /// With parts, and says of how much.
    Ranges,
    /// With parts, and does not.
    Mute,
    /// With all of it, and says how long that is.
    Whole,
    /// With all of it, in a coding.
    Coded,
}

/// One engine between hand-played neighbours and an origin.
struct Play {
    engine: Engine,
    now: Timestamp,
    key: Option<SegmentKey>,
    outputs: Vec<Output>,
    fetches: Vec<Fetch>,
    demands: u64,
    asked: Vec<Option<crate::id::ByteRange>>,
    delivered: Vec<Vec<u8>>,
    events: Vec<Event>,
}

impl Play {
    fn new(trust: Trust) -> Self {
        let now = Timestamp::from_millis(1_000);
        let config = Config {
            trust,
            ..Config::viewer("title")
        };
        let mut play = Self {
            engine: Engine::new(config, [3; 32], now).unwrap(),
            now,
            key: None,
            outputs: Vec::new(),
            fetches: Vec::new(),
            demands: 0,
            asked: Vec::new(),
            delivered: Vec::new(),
            events: Vec::new(),
        };
        play.tell(Input::Clock(UnixTime::from_millis(1_700_000_000_000)));
        play.tell(Input::Manifest {
            url: "https://origin.example/title.mpd".into(),
            body: FILM.into(),
        });
        let track = play.engine.timeline().tracks()[0].key;
        let from = MediaTime::from_micros(4_000_000);
        let to = MediaTime::from_micros(8_000_000);
        let segments = play
            .engine
            .timeline
            .segments(track, from, to, UnixTime::default(), 1);
        play.key = Some(segments[0].key);
        play
    }

    /// One that has played its first segment, and has buffer enough to wait for the next.
    fn started(trust: Trust, neighbours: &[&str]) -> Self {
        let mut play = Self::new(trust);
        for (number, name) in (1..).zip(neighbours) {
            play.link(name, number);
        }
        play.demand(1);
        play.answer(Server::Ranges);
        play.tell(Input::Playback(Playback {
            position: MediaTime::ZERO,
            buffered: Duration::from_secs(4),
            state: PlaybackState::Playing,
        }));
        play.answer(Server::Ranges);
        (play.outputs, play.asked, play.delivered) = Default::default();
        play
    }

    fn key(&self) -> SegmentKey {
        self.key.unwrap()
    }

    fn tell(&mut self, input: Input) {
        self.engine.handle_input(self.now, input).unwrap();
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Fetch(fetch) => {
                    self.asked.push(fetch.range);
                    self.fetches.push(fetch);
                }
                Output::AbortFetch(id) => self.fetches.retain(|fetch| fetch.id != id),
                Output::Deliver(delivery) => self.delivered.push(delivery.body.to_vec()),
                Output::Event(event) => self.events.push(event),
                other => self.outputs.push(other),
            }
        }
    }

    fn run(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        while let Some(due) = self.engine.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.engine.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    fn hear(&mut self, from: &str, frame: &Frame) {
        let message = encode(frame);
        let peer = PeerId::new(from).unwrap();
        self.tell(Input::PeerMessage { peer, message });
    }

    fn link(&mut self, name: &str, number: u8) {
        self.tell(Input::PeerConnected(PeerId::new(name).unwrap()));
        let hello = Frame::Hello {
            version: VERSION,
            swarm: "title".to_owned(),
            role: crate::wire::PeerRole::Viewer,
            member: Member([number; 8]),
            capabilities: 0,
        };
        self.hear(name, &hello);
    }

    fn holds(&mut self, from: &str, size: usize) {
        let have = Have {
            key: self.key(),
            size: size as u64,
            holds: Holds::All,
            leaves: Leaves::Held,
        };
        let frame = Frame::Announce {
            came: vec![have],
            gone: Vec::new(),
        };
        self.hear(from, &frame);
    }

    fn demand(&mut self, number: u64) {
        self.demands += 1;
        self.tell(Input::Demand(Demand {
            id: DemandId(self.demands),
            url: format!("https://origin.example/{number}.m4s"),
            range: None,
            position: None,
        }));
    }

    /// What was asked of a neighbour since the last time.
    fn requests(&mut self, of: &str) -> Vec<Frame> {
        let mut requests = Vec::new();
        self.outputs.retain(|output| {
            let Output::Send { peer, message } = output else {
                return true;
            };
            if peer.as_str() == of {
                requests.push(decode(message.clone()).unwrap());
            }
            peer.as_str() != of
        });
        requests
    }

    /// A neighbour answers what it was asked with what it takes for the segment; returns how much it was asked.
    fn serve(&mut self, name: &str, bytes: &[u8]) -> usize {
        let body = Body::of(bytes);
        let mut answered = 0;
        for frame in self.requests(name) {
            if let Frame::WantLeaves { request, .. } = frame {
                answered += 1;
                let leaves = body.leaves();
                self.hear(
                    name,
                    &Frame::Leaves {
                        request,
                        first: 0,
                        leaves,
                    },
                );
            } else if let Frame::Request {
                request,
                first,
                count,
                ..
            } = frame
            {
                answered += 1;
                for piece in first..first + count {
                    let body = PieceBody::Plain(body.pieces()[piece as usize].clone());
                    self.hear(name, &Frame::Piece { request, piece, body });
                }
            }
        }
        answered
    }

    /// The viewer is there, with a few seconds to play.
    fn at(&mut self, position: u64) {
        self.tell(Input::Playback(Playback {
            position: MediaTime::from_micros(i64::try_from(position).unwrap() * 1_000_000),
            buffered: Duration::from_secs(4),
            state: PlaybackState::Playing,
        }));
    }

    /// The origin answers all requests, those too that its answers lead to.
    fn answer(&mut self, server: Server) {
        while let Some(fetch) = self.fetches.pop() {
            self.respond(&fetch, server);
        }
    }

    fn respond(&mut self, fetch: &Fetch, server: Server) {
        let (id, bytes) = (fetch.id, truth());
        let size = bytes.len() as u64;
        let range = fetch
            .range
            .filter(|_| matches!(server, Server::Ranges | Server::Mute));
        if range.is_some_and(|range| range.first >= size) {
            let error = FetchError::Status(416);
            self.tell(Input::FetchFailed { fetch: id, error });
            return;
        }
        let (first, end) = range.map_or((0, size), |range| (range.first, size.min(range.last + 1)));
        let told = |tells: bool, number: u64| tells.then_some(number);
        let tells = match server {
            Server::Ranges | Server::Whole => true,
            Server::Mute => range.is_none(),
            Server::Coded => false,
        };
        self.tell(Input::FetchStarted {
            fetch: id,
            partial: range.is_some(),
            length: told(server != Server::Coded, end - first),
            total: told(tells, size),
            url: None,
        });
        for chunk in bytes[usize::try_from(first).unwrap()..usize::try_from(end).unwrap()].chunks(10_000) {
            // It may have been given up meanwhile.
            self.tell(Input::FetchChunk {
                fetch: id,
                bytes: chunk.to_vec().into(),
            });
        }
        self.tell(Input::FetchFinished(id));
    }

    /// Lets time pass in which the origin answers.
    fn settle(&mut self, server: Server) {
        for _ in 0..40 {
            self.run(100);
            self.answer(server);
        }
    }

    fn dropped(&self) -> Vec<&str> {
        let corrupt = self.outputs.iter().filter_map(|output| match output {
            Output::Disconnect {
                peer,
                reason: DisconnectReason::Corrupt,
            } => Some(peer.as_str()),
            _ => None,
        });
        corrupt.collect()
    }

    fn broke(&self) -> bool {
        let broken = |event: &Event| matches!(event, Event::QuorumBroken { .. });
        self.events.iter().any(broken)
    }

    /// What a neighbour that comes now is told of the segment: its size.
    fn offered(&mut self) -> Option<u64> {
        self.run(200);
        self.outputs.clear();
        self.link("newcomer", 99);
        let key = self.key();
        let told = self.requests("newcomer").into_iter().find_map(|frame| {
            let Frame::Announce { came, .. } = frame else {
                return None;
            };
            came.into_iter().find(|have| have.key == key)
        });
        told.map(|have| have.size)
    }

    fn plays_truth(&self, label: &str) {
        assert_eq!(self.delivered.len(), 1, "{label}");
        assert!(
            self.delivered[0] == truth(),
            "{label}: {} bytes",
            self.delivered[0].len()
        );
    }

    fn whole_fetches(&self) -> usize {
        self.asked.iter().filter(|range| range.is_none()).count()
    }
}

#[test]
fn a_size_that_one_neighbour_says_cuts_nothing_short() {
    for server in [Server::Ranges, Server::Mute, Server::Whole, Server::Coded] {
        for said in [1, SIZE - 1, SIZE + PIECE] {
            let mut play = Play::started(QUORUM_MODE, &["liar"]);
            play.holds("liar", said);
            play.demand(NUMBER);
            play.settle(server);
            play.plays_truth(&format!("{server:?} {said}"));
            assert_eq!(play.asked, [None], "{server:?} {said}: it counts for nothing");
            assert_eq!(play.offered(), Some(SIZE as u64));
        }
    }
}

#[test]
fn a_size_that_the_origin_does_not_have_gives_way_to_the_origins() {
    let servers = [Server::Ranges, Server::Whole, Server::Coded];
    for (trust, liars) in [
        (QUORUM_MODE, &["liar", "other"][..]),
        (Trust::Open, &["liar"][..]),
    ] {
        for server in servers {
            for said in [1, PIECE, SIZE - 1, SIZE + 1, SIZE + 3 * PIECE] {
                let mut play = Play::started(trust.clone(), liars);
                for liar in liars {
                    play.holds(liar, said);
                }
                play.demand(NUMBER);
                play.settle(server);
                let label = format!("{trust:?} {server:?} {said} {:?}", play.asked);
                play.plays_truth(&label);
                assert!(play.whole_fetches() <= 1, "{label}: what came is kept");
                assert_eq!(play.offered(), Some(SIZE as u64), "{label}");
            }
        }
    }
}

#[test]
fn a_volunteer_for_a_size_that_is_a_lie_takes_all_from_the_origin() {
    // The response to a part tells how large the whole is, or that there is no such part.
    for said in [1, SIZE - 1, SIZE + 1, SIZE + 3 * PIECE] {
        let mut play = Play::started(QUORUM_MODE, &["liar", "other"]);
        play.holds("liar", said);
        play.holds("other", said);
        play.demand(NUMBER);
        let (key, size) = (play.key(), said as u64);
        let last = crate::wire::piece_count(size) - 1;
        let span = Span::Pieces {
            first: last,
            end: last + 1,
            size,
        };
        play.engine.fetch(key, span, Cause::Claim(1));
        play.drain();
        play.answer(Server::Ranges);
        play.plays_truth(&format!("{said}"));
        assert_eq!(play.whole_fetches(), 1, "{said}");
    }
}

#[test]
fn what_came_before_two_liars_spoke_is_kept() {
    for said in [1, PIECE, SIZE + 1] {
        let mut play = Play::started(QUORUM_MODE, &["liar", "other"]);
        play.demand(NUMBER);
        play.run(3_500);
        let fetch = play.fetches.pop().expect("nobody has it: the origin is asked");
        let id = fetch.id;
        play.tell(Input::FetchStarted {
            fetch: id,
            partial: false,
            length: None,
            total: None,
            url: None,
        });
        let bytes = truth();
        let (before, after) = bytes.split_at(PIECE + 5);
        play.tell(chunk(id, before));
        play.holds("liar", said);
        play.holds("other", said);
        play.tell(chunk(id, after));
        play.tell(Input::FetchFinished(id));
        play.plays_truth(&format!("{said}"));
        assert_eq!(play.asked.len(), 1, "{said}");
    }
}

#[test]
fn the_size_that_the_origin_has_told_counts_before_what_neighbours_say() {
    let mut play = Play::started(QUORUM_MODE, &["honest", "liar", "other"]);
    play.demand(NUMBER);
    play.run(3_500);
    let fetch = play.fetches.pop().expect("nobody has it: the origin is asked");
    play.tell(Input::FetchStarted {
        fetch: fetch.id,
        partial: false,
        length: Some(SIZE as u64),
        total: Some(SIZE as u64),
        url: None,
    });
    for (name, said) in [("liar", 1), ("other", 1), ("honest", SIZE)] {
        play.holds(name, said);
    }
    let mismatch = |event: &Event| matches!(event, Event::OriginMismatch { .. });
    assert!(!play.events.iter().any(mismatch));
    assert_eq!(play.serve("honest", &truth()), 1, "it is asked for leaves");
    assert_eq!(play.serve("liar", &truth()), 0);
}

#[test]
fn a_signed_size_that_the_origin_does_not_have_is_not_shared() {
    for server in [Server::Ranges, Server::Whole, Server::Coded] {
        for signed in [PIECE, SIZE + 1] {
            let mut play = Play::started(Trust::signed(PublicKey([1; 32])), &["a"]);
            let lie = vec![7; signed];
            play.sign(&lie);
            play.holds("a", signed);
            play.demand(NUMBER);
            play.settle(server);
            play.plays_truth(&format!("{server:?} {signed}"));
            assert!(
                play.whole_fetches() <= 1,
                "{server:?} {signed}: what came is kept"
            );
            assert_eq!(play.offered(), None);
        }
    }
}

#[test]
fn a_newer_record_of_the_same_size_puts_what_is_on_its_way_in_dispute() {
    let mut play = Play::started(Trust::signed(PublicKey([1; 32])), &["a"]);
    play.sign(&lie());
    play.holds("a", SIZE);
    play.demand(NUMBER);
    assert_eq!(play.serve("a", &lie()), 1, "it is asked for leaves");
    let pieces = Body::of(&lie()).pieces().to_vec();
    let requests = play.requests("a");
    let send = |play: &mut Play, wanted: u32| {
        for frame in &requests {
            if let Frame::Request {
                request,
                first,
                count,
                ..
            } = frame
                && (*first..first + count).contains(&wanted)
            {
                let body = PieceBody::Plain(pieces[wanted as usize].clone());
                let (request, piece) = (*request, wanted);
                play.hear("a", &Frame::Piece { request, piece, body });
            }
        }
    };
    send(&mut play, 0);
    assert_eq!(play.engine.stats().verified, 1);
    play.run(10);
    play.sign(&truth());
    send(&mut play, 1);
    send(&mut play, 2);
    play.settle(Server::Ranges);
    play.plays_truth("");
    assert_eq!(play.dropped(), [""; 0], "it had it from the first record");
    assert_eq!(play.offered(), Some(SIZE as u64), "as the newer record says");
}

#[test]
fn what_two_contradicting_batches_vouched_for_is_asked_for_anew_once_it_is_signed_anew() {
    for first in [truth(), vec![7; PIECE], vec![7; SIZE + 1]] {
        let mut play = Play::started(Trust::signed(PublicKey([1; 32])), &["a"]);
        play.sign_as(7, &first);
        play.holds("a", first.len());
        play.demand(NUMBER);
        assert_eq!(play.serve("a", &first), 1, "it is asked for leaves");
        play.sign_as(7, &lie());
        assert_eq!(play.engine.stats().equivocations, 1);
        play.run(10);
        play.sign_as(8, &truth());
        play.holds("a", SIZE);
        while play.serve("a", &truth()) > 0 {
            play.run(10);
        }
        let label = format!("at first of {} bytes", first.len());
        play.plays_truth(&label);
        assert_eq!(
            play.asked, [None; 0],
            "{label}: nothing of it comes from the origin"
        );
        let mismatch = |event: &Event| matches!(event, Event::OriginMismatch { .. });
        assert!(
            !play.events.iter().any(mismatch),
            "{label}: the origin has said nothing else"
        );
        assert_eq!(play.offered(), Some(SIZE as u64), "{label}");
    }
}

#[test]
fn leaves_are_asked_for_until_two_agree_and_who_gave_others_is_dropped() {
    // In which order they are linked, and so asked.
    for names in [["liar", "b", "c"], ["a", "liar", "c"], ["a", "b", "liar"]] {
        let mut play = Play::started(QUORUM_MODE, &names);
        for name in names {
            play.holds(name, SIZE);
        }
        play.demand(NUMBER);
        let mut lied = false;
        for _ in 0..6 {
            for name in names {
                if name == "liar" {
                    lied |= play.serve(name, &lie()) > 0;
                } else {
                    play.serve(name, &truth());
                }
            }
            play.run(20);
        }
        play.plays_truth(&format!("{names:?}"));
        assert_eq!(play.dropped(), vec!["liar"; usize::from(lied)], "{names:?}");
        assert_eq!(play.asked, [], "{names:?}: nothing from the origin");
        assert!(!play.broke());
    }
}

#[test]
fn leaves_that_differ_from_what_came_from_the_origin_end_a_link() {
    let mut play = Play::started(QUORUM_MODE, &["early", "late", "honest"]);
    for name in ["early", "late", "honest"] {
        play.holds(name, SIZE);
    }
    play.demand(NUMBER);
    play.serve("early", &lie());
    let key = play.key();
    let span = Span::Pieces {
        first: 0,
        end: 1,
        size: SIZE as u64,
    };
    play.engine.fetch(key, span, Cause::Claim(1));
    play.drain();
    let fetch = play.fetches.pop().unwrap();
    play.respond(&fetch, Server::Ranges);
    assert_eq!(play.dropped(), ["early"], "it gave them before");
    play.serve("late", &lie());
    play.serve("honest", &truth());
    assert_eq!(play.dropped(), ["early", "late"], "it gives them after");
    assert!(!play.broke(), "they did not agree before the origin spoke");
}

#[test]
fn two_who_lie_alike_are_found_out_by_an_audit() {
    // Whether all of the segment has come from them by then.
    for whole in [false, true] {
        let mut play = Play::started(AUDITED, &["a", "b", "c"]);
        play.holds("a", SIZE);
        play.holds("b", SIZE);
        play.demand(NUMBER);
        play.serve("a", &lie());
        play.serve("b", &lie());
        let audit = play.fetches.pop().expect("every segment is audited");
        if whole {
            play.serve("a", &lie());
            play.serve("b", &lie());
            assert!(play.delivered == [lie()]);
            assert_eq!(play.engine.stats().stored_segments, 2);
        }
        play.run(100);
        play.requests("c").iter().for_each(drop);
        play.respond(&audit, Server::Ranges);
        assert!(play.broke());
        assert_eq!(play.dropped(), ["a", "b"], "{whole}");
        assert_eq!(
            play.engine.stats().stored_segments,
            1,
            "the first came from the origin"
        );
        play.run(200);
        let key = play.key();
        let withdrawn = |frame: &Frame| matches!(frame, Frame::Announce { gone, .. } if gone.contains(&key));
        assert!(play.requests("c").iter().any(withdrawn), "{whole}");
        // Nothing from peers counts any more, whoever vouches for it.
        play.link("d", 8);
        play.holds("c", SIZE);
        play.holds("d", SIZE);
        if whole {
            play.demand(NUMBER + 100);
            play.tell(Input::DemandCancelled(DemandId(play.demands)));
        }
        play.settle(Server::Ranges);
        assert_eq!(play.serve("c", &lie()) + play.serve("d", &lie()), 0);
    }
}

#[test]
fn an_audit_finds_out_a_size_too() {
    let mut play = Play::started(AUDITED, &["a", "b"]);
    // The first piece is right: there is more than that.
    let short = &truth()[..PIECE];
    play.holds("a", PIECE);
    play.holds("b", PIECE);
    play.demand(NUMBER);
    play.serve("a", short);
    play.serve("b", short);
    play.answer(Server::Ranges);
    assert!(play.broke());
    assert_eq!(play.dropped(), ["a", "b"]);
    play.settle(Server::Ranges);
    play.plays_truth("");
}

/// One that was given leaves by two neighbours and asks the origin for a piece to compare; with that request.
fn audited() -> (Play, Fetch) {
    let mut play = Play::started(AUDITED, &["a", "b"]);
    play.holds("a", SIZE);
    play.holds("b", SIZE);
    play.demand(NUMBER);
    play.serve("a", &truth());
    play.serve("b", &truth());
    let audit = play.fetches.pop().expect("every segment is audited");
    (play, audit)
}

#[test]
fn an_audit_that_is_under_way_holds_nothing_up() {
    // The audit gets no answer.
    let (mut play, _) = audited();
    play.at(1_000);
    play.tell(Input::DemandCancelled(DemandId(play.demands)));
    play.demand(251);
    play.answer(Server::Ranges);
    play.delivered.clear();
    assert!(
        !play.engine.transfers.contains(&play.key()),
        "the viewer has moved on"
    );
    play.at(4);
    play.demand(NUMBER);
    play.settle(Server::Ranges);
    play.plays_truth("back, with neighbours that fall silent");
}

#[test]
fn an_audit_that_fails_is_no_failure_of_the_segment() {
    let (mut play, audit) = audited();
    let error = FetchError::Status(503);
    play.tell(Input::FetchFailed {
        fetch: audit.id,
        error,
    });
    assert!(play.engine.audits.is_empty());
    assert_eq!(
        play.engine
            .transfers
            .get(&play.key())
            .map(|download| download.failures),
        Some(0)
    );
    assert!(play.engine.origin.is_up(play.now));
    play.settle(Server::Ranges);
    play.plays_truth("");
}

#[test]
fn what_is_fetched_finds_out_two_who_lie_alike() {
    let mut play = Play::started(QUORUM_MODE, &["a", "b"]);
    play.holds("a", SIZE);
    play.holds("b", SIZE);
    play.demand(NUMBER);
    play.serve("a", &lie());
    play.serve("b", &lie());
    assert_eq!(play.asked, [], "there is no audit");
    play.settle(Server::Ranges);
    assert!(play.broke());
    assert_eq!(play.dropped(), ["a", "b"]);
    play.plays_truth("");
}

#[test]
fn where_signatures_cannot_be_checked_nobody_is_blamed_and_nothing_believed() {
    let mut rig = Rig::new(|_| {});
    rig.link("a", 1);
    for sequence in 1..=200 {
        let batch = Batch {
            sequence,
            made: UnixTime::from_millis(1_700_000_000_000),
            expires: UnixTime::from_millis(1_700_003_600_000),
            previous: Digest([0; 28]),
            records: vec![(rig.key(1), Record::of(&Body::of(b"x")))],
        };
        let frame = Frame::Digests {
            batch: write_batch("title", &batch),
            signature: Signature([2; 64]),
        };
        rig.hear("a", &frame);
        let check = rig.outputs.iter().rev().find_map(|output| match output {
            Output::CheckSignature { check, .. } => Some(*check),
            _ => None,
        });
        rig.outputs.clear();
        let check = check.expect("each is asked about, however many were");
        rig.tell(Input::SignatureUnclear(check));
        assert_eq!(rig.dropped(), []);
    }
    assert_eq!(rig.engine.stats().known_digests, 0);
}

#[test]
fn leaves_that_nobody_signed_count_once_a_quorum_agrees() {
    let table: [(&[&[u8]], usize); 5] = [
        (&[], 0),
        (&[b"x"], 1),
        (&[b"x", b"y"], 1),
        (&[b"x", b"x"], 2),
        (&[b"y", b"x", b"z", b"x"], 2),
    ];
    for (given, alike) in table {
        let mut play = Play::new(QUORUM_MODE);
        let segment = play.engine.segment(&play.key());
        let mut download = Download::new(segment, 1, play.now, play.now);
        for (slot, bytes) in (0..).zip(given) {
            download.layers.insert(Slot(slot), leaves(bytes).into());
        }
        assert_eq!(most_alike(&download), alike, "{given:?}");
        play.run(1);
    }
}

impl Play {
    /// A neighbour hands on a signed record of the segment.
    fn sign(&mut self, bytes: &[u8]) {
        self.sign_as(self.now.as_micros(), bytes);
    }

    /// The same, in a batch with that sequence.
    fn sign_as(&mut self, sequence: u64, bytes: &[u8]) {
        let made = 1_700_000_000_000 + i64::try_from(self.now.as_micros() / 1_000).unwrap();
        let batch = Batch {
            sequence,
            made: UnixTime::from_millis(made),
            expires: UnixTime::from_millis(made + 3_600_000),
            previous: Digest([0; 28]),
            records: vec![(self.key(), Record::of(&Body::of(bytes)))],
        };
        let frame = Frame::Digests {
            batch: write_batch("title", &batch),
            signature: Signature([2; 64]),
        };
        self.hear("a", &frame);
        let check = self.outputs.iter().rev().find_map(|output| match output {
            Output::CheckSignature { check, .. } => Some(*check),
            _ => None,
        });
        self.tell(Input::SignatureChecked {
            check: check.unwrap(),
            valid: true,
        });
    }
}

fn chunk(fetch: FetchId, bytes: &[u8]) -> Input {
    Input::FetchChunk {
        fetch,
        bytes: bytes.to_vec().into(),
    }
}
