//! One engine that plays a film of its tests, among peers and an origin that are played by hand.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each test looks for one kind of output"
)]

use std::time::Duration;

use super::Engine;
use crate::config::{Config, Trust};
use crate::id::{DemandId, FetchId, Member, PeerId, SegmentKey};
use crate::input::{Demand, Input, Playback, PlaybackState, Signature};
use crate::integrity::{Batch, Record, leaves_match, root_of, write_batch};
use crate::output::{DisconnectReason, Output, PublicKey};
use crate::piece::{Body, Digest, PIECE, Piece};
use crate::time::{MediaTime, Timestamp, UnixTime};
use crate::wire::{Frame, Have, Holds, Leaves, PeerRole, PieceBody, RequestId, VERSION, decode, encode};

/// An hour in segments of 4 s, each some 400 KB in 4 stripes by what it says of itself.
pub(super) const FILM: &str = r#"<MPD type="static" mediaPresentationDuration="PT1H"><Period>
  <AdaptationSet contentType="video">
    <SegmentTemplate duration="4" media="$Number$.m4s"/><Representation id="v" bandwidth="800000"/>
  </AdaptationSet></Period></MPD>"#;

const NOW: UnixTime = UnixTime::from_millis(1_700_000_000_000);

/// The engine, the time, and what it wanted since that was looked at last.
pub(super) struct Rig {
    pub(super) engine: Engine,
    pub(super) now: Timestamp,
    pub(super) outputs: Vec<Output>,
    demands: u64,
    batches: u64,
}

impl Rig {
    pub(super) fn new(change: impl FnOnce(&mut Config)) -> Self {
        let mut rig = Self::of(Config::viewer("title"), change);
        rig.tell(Input::Manifest {
            url: "https://origin.example/film.mpd".into(),
            body: FILM.into(),
        });
        rig
    }

    /// One that has no manifest yet.
    pub(super) fn of(mut config: Config, change: impl FnOnce(&mut Config)) -> Self {
        config.trust = Trust::signed(PublicKey([1; 32]));
        change(&mut config);
        let now = Timestamp::from_millis(1_000);
        let mut rig = Self {
            engine: Engine::new(config, [3; 32], now).unwrap(),
            now,
            outputs: Vec::new(),
            demands: 0,
            batches: 0,
        };
        rig.tell(Input::Clock(NOW));
        rig
    }

    pub(super) fn tell(&mut self, input: Input) {
        self.engine.handle_input(self.now, input).unwrap();
        self.drain();
    }

    fn drain(&mut self) {
        self.outputs
            .extend(std::iter::from_fn(|| self.engine.poll_output()));
    }

    pub(super) fn wait(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        while let Some(due) = self.engine.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.engine.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    pub(super) fn hear(&mut self, from: &str, frame: &Frame) {
        let message = encode(frame);
        self.tell(Input::PeerMessage {
            peer: peer(from),
            message,
        });
    }

    /// Links a viewer whose own name is of that number.
    pub(super) fn link(&mut self, name: &str, member: u8) {
        self.tell(Input::PeerConnected(peer(name)));
        self.hear(
            name,
            &Frame::Hello {
                version: VERSION,
                swarm: "title".to_owned(),
                role: PeerRole::Viewer,
                member: Member([member; 8]),
                capabilities: 0,
            },
        );
    }

    /// All that was sent has left the channel of a peer.
    pub(super) fn drained(&mut self, name: &str) {
        self.tell(Input::PeerBuffered {
            peer: peer(name),
            bytes: 0,
        });
    }

    /// Playback stands there, with little to play.
    pub(super) fn play(&mut self, position: u64) {
        self.play_with(position, Duration::from_secs(2));
    }

    pub(super) fn play_with(&mut self, position: u64, buffered: Duration) {
        self.tell(Input::Playback(Playback {
            position: at(position),
            buffered,
            state: PlaybackState::Paused,
        }));
    }

    pub(super) fn demand(&mut self, number: u64) {
        self.demands += 1;
        self.tell(Input::Demand(Demand {
            id: DemandId(self.demands),
            url: format!("https://origin.example/{number}.m4s"),
            range: None,
            position: None,
        }));
    }

    /// The player demands a segment of 25 pieces, which the origin brings half a second later.
    pub(super) fn gets_of_the_origin(&mut self, number: u64) {
        self.demand(number);
        let fetch = self.begin_fetch();
        self.wait(500);
        self.fetched(fetch, 25);
        self.tell(Input::FetchFinished(fetch));
    }

    /// A segment's name, counted from 1.
    pub(super) fn key(&self, number: u64) -> SegmentKey {
        let url = format!("https://origin.example/{number}.m4s");
        self.engine.timeline.locate(&url, None).unwrap().key
    }

    /// A peer gives the signed record of a segment, and holds its leaves and some runs of its pieces.
    pub(super) fn hold(&mut self, name: &str, number: u64, pieces: u32, runs: &[(u32, u32)]) {
        self.sign(name, number, pieces);
        let key = self.key(number);
        self.hear(
            name,
            &Frame::Announce {
                came: vec![Have {
                    key,
                    size: body(pieces).len(),
                    holds: Holds::Runs(runs.to_vec()),
                    leaves: Leaves::Held,
                }],
                gone: Vec::new(),
            },
        );
    }

    /// A peer gives the signed record of a segment.
    pub(super) fn sign(&mut self, name: &str, number: u64, pieces: u32) {
        let record = record(pieces);
        self.batches += 1;
        let batch = Batch {
            sequence: self.batches,
            made: NOW,
            expires: NOW + Duration::from_secs(3_600),
            previous: Digest([0; 28]),
            records: vec![(self.key(number), record)],
        };
        let batch = write_batch("title", &batch);
        let signature = Signature([0; 64]);
        self.hear(name, &Frame::Digests { batch, signature });
        let check = self.outputs.iter().rev().find_map(|output| match output {
            Output::CheckSignature { check, .. } => Some(*check),
            _ => None,
        });
        let check = check.expect("a new batch is checked");
        self.tell(Input::SignatureChecked { check, valid: true });
    }

    /// A peer answers the last request for leaves, for a segment of `pieces` pieces.
    pub(super) fn give_leaves(&mut self, name: &str, pieces: u32) {
        let asked = self
            .sent_to(name)
            .into_iter()
            .rev()
            .find_map(|frame| match frame {
                Frame::WantLeaves { request, .. } => Some(request),
                _ => None,
            });
        let request = asked.expect("leaves were asked for");
        let leaves = body(pieces).leaves();
        assert!(leaves_match(&record(pieces), &leaves));
        self.hear(
            name,
            &Frame::Leaves {
                request,
                first: 0,
                leaves,
            },
        );
    }

    /// The last request to the origin, whose response has begun.
    pub(super) fn begin_fetch(&mut self) -> FetchId {
        let fetch = self.outputs.iter().rev().find_map(|output| match output {
            Output::Fetch(fetch) => Some(fetch.id),
            _ => None,
        });
        let fetch = fetch.expect("the origin was asked");
        self.tell(Input::FetchStarted {
            fetch,
            partial: false,
            length: None,
            total: None,
            url: None,
        });
        fetch
    }

    /// Brings that many more bytes of pieces of a response.
    pub(super) fn fetched(&mut self, fetch: FetchId, pieces: u32) {
        let bytes = body(pieces).to_vec();
        self.tell(Input::FetchChunk {
            fetch,
            bytes: bytes.into(),
        });
    }

    pub(super) fn request(&mut self, name: &str, request: u32, number: u64, run: (u32, u32)) {
        let key = self.key(number);
        self.hear(
            name,
            &Frame::Request {
                request: RequestId(request),
                key,
                first: run.0,
                count: run.1,
            },
        );
    }

    pub(super) fn interest(&mut self, name: &str, request: u32, number: u64, run: (u32, u32)) {
        let key = self.key(number);
        self.hear(
            name,
            &Frame::Interest {
                request: RequestId(request),
                key,
                first: run.0,
                count: run.1,
            },
        );
    }

    pub(super) fn want_leaves(&mut self, name: &str, request: u32, number: u64) {
        let key = self.key(number);
        let request = RequestId(request);
        self.hear(name, &Frame::WantLeaves { request, key });
    }

    /// The frames that were sent to a peer since the outputs were looked at.
    pub(super) fn sent_to(&self, name: &str) -> Vec<Frame> {
        let sent = self.outputs.iter().filter_map(|output| match output {
            Output::Send { peer, message } if peer.as_str() == name => Some(decode(message.clone()).unwrap()),
            _ => None,
        });
        sent.collect()
    }

    /// The pieces that were sent to a peer, each with its request.
    pub(super) fn pieces_to(&self, name: &str) -> Vec<(u32, u32)> {
        let sent = self.sent_to(name).into_iter();
        let pieces = sent.filter_map(|frame| match frame {
            Frame::Piece { request, piece, .. } => Some((request.0, piece)),
            _ => None,
        });
        pieces.collect()
    }

    /// The runs that a peer was asked for since the outputs were looked at: the request, the first piece, and how many.
    pub(super) fn asked_of(&self, name: &str) -> Vec<(RequestId, u32, u32)> {
        let sent = self.sent_to(name).into_iter();
        let runs = sent.filter_map(|frame| match frame {
            Frame::Request {
                request,
                first,
                count,
                ..
            } => Some((request, first, count)),
            _ => None,
        });
        runs.collect()
    }

    /// A peer sends a piece that a request of this engine names.
    pub(super) fn give(&mut self, name: &str, request: RequestId, piece: u32) {
        let body = PieceBody::Plain(Piece::new(&[7; PIECE]));
        self.hear(name, &Frame::Piece { request, piece, body });
    }

    /// "a" and "b" are neighbours, and "a" has sent segment 12 of `pieces` pieces except for the last `left`, for which it
    /// was asked in order. The player stands `slack` before it, and does not ask for it.
    pub(super) fn nearly_there(pieces: u32, left: u32, slack: Duration) -> Self {
        let mut rig = Self::new(|_| {});
        (1..)
            .zip(["a", "b"])
            .for_each(|(member, name)| rig.link(name, member));
        rig.play(0);
        rig.demand(3);
        let fetch = rig.begin_fetch();
        rig.fetched(fetch, 25);
        rig.tell(Input::FetchFinished(fetch));
        // Pieces are asked for in order while the player is about to lack them.
        rig.play_before(12, Duration::from_millis(200));
        rig.hold("a", 12, pieces, &[(0, pieces)]);
        rig.wait(50);
        rig.give_leaves("a", pieces);
        let mut seen = 0;
        while let Some((request, first, count)) = rig.asked_of("a").get(seen).copied() {
            seen += 1;
            for piece in (first..first + count).filter(|piece| piece + left < pieces) {
                rig.give("a", request, piece);
            }
        }
        rig.play_before(12, slack);
        rig
    }

    /// Playback stands that long before a segment begins, with nothing to play.
    pub(super) fn play_before(&mut self, number: u64, slack: Duration) {
        let begins = at((number - 1) * 4);
        self.tell(Input::Playback(Playback {
            position: begins - slack,
            buffered: Duration::ZERO,
            state: PlaybackState::Paused,
        }));
    }

    pub(super) fn dropped(&self) -> Vec<(String, DisconnectReason)> {
        let dropped = self.outputs.iter().filter_map(|output| match output {
            Output::Disconnect { peer, reason } => Some((peer.as_str().to_owned(), *reason)),
            _ => None,
        });
        dropped.collect()
    }

    /// Hands over what peers were sent, one piece after the other, until nothing more comes.
    pub(super) fn deliver(&mut self, names: &[&str]) {
        loop {
            let before = self.outputs.len();
            names.iter().for_each(|name| self.drained(name));
            if self.outputs.len() == before {
                return;
            }
        }
    }
}

pub(super) fn peer(name: &str) -> PeerId {
    PeerId::new(name).unwrap()
}

pub(super) fn at(secs: u64) -> MediaTime {
    MediaTime::ZERO + Duration::from_secs(secs)
}

/// A segment of `pieces` whole pieces.
pub(super) fn body(pieces: u32) -> Body {
    Body::of(&vec![7; pieces as usize * PIECE])
}

pub(super) fn record(pieces: u32) -> Record {
    let body = body(pieces);
    Record {
        size: body.len(),
        root: root_of(body.len(), &body.leaves()),
    }
}
