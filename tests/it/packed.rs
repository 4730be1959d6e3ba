//! Text travels compressed between engines that read it, and arrives as it was.

use std::collections::VecDeque;
use std::time::Duration;

use segment_engine::config::Trust;
use segment_engine::id::{DemandId, PeerId};
use segment_engine::input::{Demand, Playback, PlaybackState};
use segment_engine::time::{MediaTime, Timestamp, UnixTime};
use segment_engine::wire::{Frame, Message, PieceBody, capability, decode, encode};
use segment_engine::{Config, Engine, Input, Output};

const MANIFEST: &str = r#"<MPD type="static" mediaPresentationDuration="PT1M"><Period>
  <AdaptationSet contentType="text"><SegmentTemplate duration="4" media="$Number$.vtt"/>
    <Representation id="en" bandwidth="8000"/></AdaptationSet></Period></MPD>"#;

/// Two engines on one link, in a network in which nobody lies.
struct Pair {
    engines: [Engine; 2],
    /// How many requests each made of the origin.
    fetches: [u32; 2],
    /// How many pieces the second got: plain, and packed.
    pieces: [u32; 2],
    delivered: Vec<Vec<u8>>,
    /// What the second says that it can do.
    capabilities: u32,
    now: Timestamp,
}

impl Pair {
    fn new(capabilities: u32) -> Self {
        let engine = |seed| {
            let config = Config {
                trust: Trust::Open,
                ..Config::viewer("title")
            };
            Engine::new(config, [seed; 32], Timestamp::ZERO).expect("the defaults are in range")
        };
        let mut pair = Self {
            engines: [engine(1), engine(2)],
            fetches: [0; 2],
            pieces: [0; 2],
            delivered: Vec::new(),
            capabilities,
            now: Timestamp::ZERO,
        };
        for who in [0, 1] {
            pair.tell(who, Input::Clock(UnixTime::from_millis(0)));
            let (url, body) = ("https://origin.example/title.mpd".into(), MANIFEST.into());
            pair.tell(who, Input::Manifest { url, body });
        }
        pair
    }

    fn tell(&mut self, who: usize, input: Input) {
        self.tell_all(VecDeque::from([(who, input)]));
    }

    fn tell_all(&mut self, mut inputs: VecDeque<(usize, Input)>) {
        while let Some((who, input)) = inputs.pop_front() {
            self.engines[who]
                .handle_input(self.now, input)
                .expect("this driver keeps the contract");
            while let Some(output) = self.engines[who].poll_output() {
                self.follow(who, output, &mut inputs);
            }
        }
    }

    fn follow(&mut self, who: usize, output: Output, inputs: &mut VecDeque<(usize, Input)>) {
        if let Output::Send { message, .. } = output {
            let message = self.carry(who, message);
            let (from, to) = (peer(who), peer(1 - who));
            inputs.push_back((1 - who, Input::PeerMessage { peer: from, message }));
            inputs.push_back((who, Input::PeerBuffered { peer: to, bytes: 0 }));
        } else if let Output::Fetch(fetch) = output {
            self.fetches[who] += 1;
            let (fetch, bytes) = (fetch.id, text());
            let started = Input::FetchStarted {
                fetch,
                partial: false,
                length: Some(bytes.len() as u64),
                total: Some(bytes.len() as u64),
                url: None,
            };
            inputs.push_back((who, started));
            let bytes = bytes.into();
            inputs.push_back((who, Input::FetchChunk { fetch, bytes }));
            inputs.push_back((who, Input::FetchFinished(fetch)));
        } else if let Output::Deliver(delivery) = output {
            self.delivered.push(delivery.body.to_vec());
        }
    }

    /// Counts what the second gets, and changes what it says of itself.
    fn carry(&mut self, from: usize, message: Message) -> Message {
        let bytes = message.into_bytes();
        let mut frame = decode(Message::from_bytes(bytes)).expect("engines send frames");
        if let (Frame::Hello { capabilities, .. }, 1) = (&mut frame, from) {
            *capabilities = self.capabilities;
        }
        if let (Frame::Piece { body, .. }, 0) = (&frame, from) {
            self.pieces[usize::from(matches!(body, PieceBody::Zstd(_)))] += 1;
        }
        encode(&frame)
    }

    fn demand(&mut self, who: usize, number: u64) {
        let url = format!("https://origin.example/{number}.vtt");
        let (range, position) = (None, None);
        let id = DemandId(number);
        self.tell(
            who,
            Input::Demand(Demand {
                id,
                url,
                range,
                position,
            }),
        );
    }

    fn pass(&mut self, millis: u64) {
        self.now = Timestamp::from_millis(millis);
        for who in [0, 1] {
            self.engines[who].handle_timeout(self.now);
            let mut inputs = VecDeque::new();
            while let Some(output) = self.engines[who].poll_output() {
                self.follow(who, output, &mut inputs);
            }
            self.tell_all(inputs);
        }
    }

    /// The second gets a segment of the first, and each what it says that it got.
    fn share(mut self) -> Self {
        (1..=3).for_each(|number| self.demand(0, number));
        self.delivered.clear();
        let connected = [0, 1].map(|who| (who, Input::PeerConnected(peer(1 - who))));
        self.tell_all(connected.into());
        // A session's first segment comes over HTTP; the next ones are asked of peers ahead.
        self.tell(
            1,
            Input::Playback(Playback {
                position: MediaTime::ZERO,
                buffered: Duration::from_secs(4),
                state: PlaybackState::Paused,
            }),
        );
        self.demand(1, 1);
        (1..20).for_each(|step| self.pass(step * 50));
        self.demand(1, 2);
        (20..40).for_each(|step| self.pass(step * 50));
        let right = self.delivered.iter().filter(|bytes| **bytes == text()).count();
        assert_eq!(
            (self.delivered.len(), right),
            (2, 2),
            "{:?}",
            self.engines[1].stats()
        );
        assert_eq!(self.fetches, [3, 1], "the second segment came from the peer");
        self
    }
}

fn peer(who: usize) -> PeerId {
    PeerId::new(["first", "second"][who]).expect("a peer's name")
}

/// 50 KB of subtitles: four pieces.
fn text() -> Vec<u8> {
    let cues = (0_u32..).flat_map(|n| format!("00:{:02}.000 --> what is said {n}\n", n % 60).into_bytes());
    b"WEBVTT\n\n".iter().copied().chain(cues).take(50_000).collect()
}

#[test]
fn text_is_held_and_sent_compressed_to_those_who_read_it() {
    let pair = Pair::new(capability::READS_ZSTD).share();
    let [plain, packed] = pair.pieces;
    assert!(
        plain <= 2 && packed >= 3,
        "{:?}: a short last piece is not packed",
        pair.pieces
    );
    for engine in &pair.engines {
        let stats = engine.stats();
        assert!(stats.stored_bytes < 15_000 * stats.stored_segments, "{stats:?}");
    }
    assert!(pair.engines[0].stats().uploaded < 50_000);
}

#[test]
fn text_is_sent_plain_to_those_who_do_not() {
    let pair = Pair::new(0).share();
    let [plain, packed] = pair.pieces;
    assert!(plain >= 4 && packed == 0, "{:?}", pair.pieces);
}
