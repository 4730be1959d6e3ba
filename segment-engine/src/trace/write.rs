//! Steps to bytes.

use std::time::Duration;

use super::HEAD;
#[cfg(feature = "upload-limits")]
use crate::config::BitsPerSecond;
use crate::device::{Charging, DeviceClass, DeviceState, Metered, NetworkKind, Uploads, Visibility};
use crate::id::{ByteRange, FetchId, PeerId, SegmentKind};
#[cfg(feature = "resources")]
use crate::input::FileDemand;
#[cfg(feature = "seeder")]
use crate::input::Fingerprint;
use crate::input::{Demand, FetchError, Input, Playback, PlaybackState};
use crate::piece::Piece;
use crate::time::{Timestamp, UnixTime};
use crate::vecmap::VecMap;

/// Writes a trace while an engine runs.
#[derive(Debug)]
pub struct Recorder {
    pub(super) bytes: Vec<u8>,
    last: Timestamp,
    peers: VecMap<PeerId, u64>,
}

impl Recorder {
    /// Begins a trace of an engine that was made with this seed at this time.
    pub fn new(seed: [u8; 32], born: Timestamp) -> Self {
        let mut recorder = Self {
            bytes: HEAD.to_vec(),
            last: born,
            peers: VecMap::default(),
        };
        recorder.bytes.extend_from_slice(&seed);
        recorder.uint(born.as_micros());
        recorder
    }

    /// Notes what an engine is told. Times never go back.
    pub fn on_input(&mut self, now: Timestamp, input: &Input) {
        self.at(now);
        self.input(input);
    }

    /// Notes that an engine is called because a timeout was due.
    pub fn on_timeout(&mut self, now: Timestamp) {
        self.at(now);
        self.tag(0);
    }

    /// The trace's length so far, in bytes.
    #[expect(clippy::len_without_is_empty, reason = "a trace has a head")]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The trace.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn manifest(&mut self, url: &str, body: &[u8]) {
        self.tag(2);
        self.text(url);
        self.data(body);
    }

    #[cfg(feature = "seeder")]
    fn certificates(&mut self, peer: &PeerId, ends: [&Fingerprint; 2]) {
        self.about(34, peer);
        for end in ends {
            self.bytes.extend_from_slice(&end.0);
        }
    }

    fn signalings_clock(&mut self, unix: UnixTime, within: Duration) {
        self.tagged_int(38, unix.as_millis());
        self.uint(u64::try_from(within.as_millis()).unwrap_or(u64::MAX));
    }

    #[cfg(feature = "upload-limits")]
    fn upload_limit(&mut self, total: Option<BitsPerSecond>) {
        self.tag(40);
        self.option(total.as_ref(), |this, rate| this.uint(rate.0));
    }

    fn targets(&mut self, counts: [&Option<u32>; 2]) {
        self.tag(23);
        for count in counts {
            self.option(count.as_ref(), |this, count| this.uint(u64::from(*count)));
        }
    }

    fn input(&mut self, input: &Input) {
        match input {
            Input::Clock(unix) => self.tagged_int(1, unix.as_millis()),
            Input::SignalingClock { unix, within } => self.signalings_clock(*unix, *within),
            Input::Manifest { url, body } => self.manifest(url, body),
            Input::Demand(demand) => self.demand(demand),
            #[cfg(feature = "resources")]
            Input::FileDemand(demand) => self.file_demand(demand),
            Input::DemandCancelled(id) => self.tagged(4, id.0),
            #[cfg(feature = "seeder")]
            Input::Sidecar(bytes) => {
                self.tag(26);
                self.data(bytes);
            }
            #[cfg(feature = "seeder")]
            Input::StoreBudget(bytes) => self.tagged(27, *bytes),
            #[cfg(feature = "upload-limits")]
            Input::UploadLimit(total) => self.upload_limit(*total),
            Input::Playback(playback) => self.playback(playback),
            Input::Device(device) => self.device(device),
            Input::Seeked(position) => self.tagged_int(7, position.as_micros()),
            Input::Targets { min, max } => self.targets([min, max]),
            Input::SignalingUp => self.tag(8),
            Input::SignalingDown => self.tag(9),
            Input::PeerIntroduced(peer) => self.about(10, peer),
            Input::PeerConnected(peer) => self.about(11, peer),
            #[cfg(feature = "seeder")]
            Input::PeerCertificates { peer, own, theirs } => self.certificates(peer, [own, theirs]),
            Input::PeerMessage { peer, message } => {
                self.about(12, peer);
                self.data(&message.clone().into_bytes());
            }
            Input::PeerBuffered { peer, bytes } => {
                self.about(13, peer);
                self.uint(*bytes);
            }
            Input::PeerClosed(peer) => self.about(14, peer),
            Input::Negotiate { peer, payload } => {
                self.about(15, peer);
                self.data(payload);
            }
            Input::FetchStarted {
                fetch,
                partial,
                length,
                total,
                url,
            } => {
                self.tagged(if total.is_some() { 22 } else { 16 }, fetch.0);
                self.tag(u8::from(*partial));
                self.option(length.as_ref(), |this, length| this.uint(*length));
                self.option(url.as_ref(), |this, url| this.text(url));
                if let Some(total) = total {
                    self.uint(*total);
                }
            }
            Input::FetchChunk { fetch, bytes } => {
                self.tagged(17, fetch.0);
                self.data(bytes);
            }
            Input::FetchPieces { fetch, pieces } => self.pieces(*fetch, pieces),
            Input::FetchFinished(fetch) => self.tagged(18, fetch.0),
            Input::FetchUnchanged(fetch) => self.tagged(24, fetch.0),
            Input::RetryAfter { fetch, wait } => self.retry_after(*fetch, *wait),
            Input::FetchFailed { fetch, error } => self.failed(*fetch, *error),
            Input::SignatureChecked { check, valid } => {
                self.tagged(20, check.0);
                self.tag(u8::from(*valid));
            }
            Input::SignatureUnclear(check) => self.tagged(39, check.0),
            Input::Signed { check, signature } => {
                self.tagged(21, check.0);
                self.bytes.extend_from_slice(&signature.0);
            }
            #[cfg(feature = "shelf")]
            Input::Shelf(fact) => self.shelf(fact),
            #[cfg(not(feature = "shelf"))]
            Input::Shelf(fact) => match *fact {},
        }
    }

    fn retry_after(&mut self, fetch: FetchId, wait: Duration) {
        self.tagged(25, fetch.0);
        self.uint(u64::try_from(wait.as_micros()).unwrap_or(u64::MAX));
    }

    fn failed(&mut self, fetch: FetchId, error: FetchError) {
        self.tagged(19, fetch.0);
        match error {
            FetchError::Network => self.uint(0),
            FetchError::Timeout => self.uint(1),
            FetchError::Status(status) => self.uint(2 + u64::from(status)),
        }
    }

    /// Pieces are recorded as their bytes.
    fn pieces(&mut self, fetch: FetchId, pieces: &[Piece]) {
        self.tagged(17, fetch.0);
        self.uint(pieces.iter().map(|piece| piece.len() as u64).sum());
        for piece in pieces {
            self.bytes.extend_from_slice(piece.bytes());
        }
    }

    fn demand(&mut self, demand: &Demand) {
        self.tagged(3, demand.id.0);
        self.text(&demand.url);
        self.option(demand.range.as_ref(), |this, range| this.range(*range));
        self.option(demand.position.as_ref(), |this, position| {
            this.text(&position.representation);
            this.tag(match position.kind {
                SegmentKind::Init => 0,
                SegmentKind::Media => 1,
            });
            this.int(position.start.as_micros());
        });
    }

    #[cfg(feature = "resources")]
    fn file_demand(&mut self, demand: &FileDemand) {
        self.tagged(37, demand.id.0);
        self.text(&demand.url);
        self.bytes.extend_from_slice(&demand.sha224.0);
    }

    fn playback(&mut self, playback: &Playback) {
        self.tagged_int(5, playback.position.as_micros());
        self.uint(u64::try_from(playback.buffered.as_nanos()).unwrap_or(u64::MAX));
        self.tag(match playback.state {
            PlaybackState::Playing => 0,
            PlaybackState::Paused => 1,
            PlaybackState::Stalled => 2,
        });
    }

    fn device(&mut self, device: &DeviceState) {
        self.tag(6);
        self.option(device.battery.as_ref(), |this, battery| {
            this.tag(battery.level_percent);
            this.tag(match battery.charging {
                Charging::Yes => 0,
                Charging::No => 1,
            });
        });
        self.option(device.network.as_ref(), |this, network| {
            this.tag(match network {
                NetworkKind::Wifi => 0,
                NetworkKind::Ethernet => 1,
                NetworkKind::Cellular => 2,
                NetworkKind::Other => 3,
                NetworkKind::Unknown => 4,
            });
        });
        self.tag(match device.metered {
            Metered::Yes => 0,
            Metered::No => 1,
        });
        self.tag(match device.visibility {
            Visibility::Visible => 0,
            Visibility::Hidden => 1,
        });
        let class = match device.class {
            DeviceClass::Desktop => 0,
            DeviceClass::Mobile => 1,
            DeviceClass::Server => 2,
        };
        // In the byte of the class, of which older traces have only the three values.
        let consent = match device.consent {
            None => 0,
            Some(Uploads::On) => 3,
            Some(Uploads::Off) => 6,
        };
        self.tag(class + consent);
    }

    fn at(&mut self, now: Timestamp) {
        let passed = now.since(self.last);
        self.last = self.last.max(now);
        self.uint(u64::try_from(passed.as_micros()).unwrap_or(u64::MAX));
    }

    fn about(&mut self, tag: u8, peer: &PeerId) {
        self.tag(tag);
        if let Some(number) = self.peers.get(peer) {
            let number = *number;
            self.uint(number);
            return;
        }
        let number = self.peers.len() as u64;
        self.uint(number);
        self.text(peer.as_str());
        self.peers.insert(peer.clone(), number);
    }

    pub(super) fn range(&mut self, range: ByteRange) {
        self.uint(range.first);
        self.uint(range.last);
    }

    pub(super) fn tagged(&mut self, tag: u8, number: u64) {
        self.tag(tag);
        self.uint(number);
    }

    fn tagged_int(&mut self, tag: u8, number: i64) {
        self.tag(tag);
        self.int(number);
    }

    pub(super) fn option<T>(&mut self, value: Option<&T>, write: impl FnOnce(&mut Self, &T)) {
        self.tag(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn text(&mut self, text: &str) {
        self.data(text.as_bytes());
    }

    pub(super) fn data(&mut self, bytes: &[u8]) {
        self.uint(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn tag(&mut self, tag: u8) {
        self.bytes.push(tag);
    }

    pub(super) fn int(&mut self, number: i64) {
        self.uint(((number << 1) ^ (number >> 63)).cast_unsigned());
    }

    pub(super) fn uint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(0x80 | number.to_le_bytes()[0]);
            number >>= 7;
        }
        self.bytes.push(number.to_le_bytes()[0]);
    }
}
