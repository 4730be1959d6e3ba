//! Bytes to steps.

use std::time::Duration;

use super::{HEAD, Step, Trace, TraceError};
#[cfg(feature = "upload-limits")]
use crate::config::BitsPerSecond;
use crate::device::{Battery, Charging, DeviceClass, DeviceState, Metered, NetworkKind, Uploads, Visibility};
use crate::id::{ByteRange, CheckId, DemandId, FetchId, PeerId, SegmentKind};
#[cfg(feature = "resources")]
use crate::input::FileDemand;
#[cfg(feature = "seeder")]
use crate::input::Fingerprint;
use crate::input::{Demand, FetchError, Input, Playback, PlaybackState, Position, Signature};
#[cfg(feature = "resources")]
use crate::piece::Digest;
use crate::time::{MediaTime, Timestamp, UnixTime};
use crate::wire::Message;

/// Reads a trace.
///
/// # Errors
/// When the bytes are no trace of this version.
pub fn read(bytes: &[u8]) -> Result<Trace, TraceError> {
    let rest = bytes.strip_prefix(HEAD).ok_or(TraceError::Head)?;
    let mut from = Reader {
        rest,
        peers: Vec::new(),
    };
    let seed = from.array()?;
    let born = Timestamp::from_micros(from.uint()?);
    let mut steps = Vec::new();
    let mut at = born;
    while !from.rest.is_empty() {
        at = at + Duration::from_micros(from.uint()?);
        let input = from.input()?;
        steps.push(Step { at, input });
    }
    Ok(Trace { seed, born, steps })
}

pub(super) struct Reader<'a> {
    rest: &'a [u8],
    peers: Vec<PeerId>,
}

impl<'a> Reader<'a> {
    fn input(&mut self) -> Result<Option<Input>, TraceError> {
        Ok(Some(match self.byte()? {
            0 => return Ok(None),
            1 => Input::Clock(UnixTime::from_millis(self.int()?)),
            38 => Input::SignalingClock {
                unix: UnixTime::from_millis(self.int()?),
                within: Duration::from_millis(self.uint()?),
            },
            2 => Input::Manifest {
                url: self.text()?.to_owned(),
                body: self.data()?.to_vec(),
            },
            3 => Input::Demand(self.demand()?),
            #[cfg(feature = "resources")]
            37 => Input::FileDemand(FileDemand {
                id: DemandId(self.uint()?),
                url: self.text()?.to_owned(),
                sha224: Digest(self.array()?),
            }),
            4 => Input::DemandCancelled(DemandId(self.uint()?)),
            5 => Input::Playback(self.playback()?),
            6 => Input::Device(self.device()?),
            7 => Input::Seeked(MediaTime::from_micros(self.int()?)),
            8 => Input::SignalingUp,
            9 => Input::SignalingDown,
            tag @ 10..=15 => self.about_peer(tag)?,
            tag @ (16..=19 | 22 | 24 | 25) => self.about_fetch(tag)?,
            20 => Input::SignatureChecked {
                check: CheckId(self.uint()?),
                valid: self.choice(&[false, true])?,
            },
            39 => Input::SignatureUnclear(CheckId(self.uint()?)),
            21 => Input::Signed {
                check: CheckId(self.uint()?),
                signature: Signature(self.array()?),
            },
            23 => Input::Targets {
                min: self.option(Self::count)?,
                max: self.option(Self::count)?,
            },
            #[cfg(feature = "seeder")]
            26 => Input::Sidecar(self.data()?.to_vec().into()),
            #[cfg(feature = "seeder")]
            27 => Input::StoreBudget(self.uint()?),
            #[cfg(feature = "upload-limits")]
            40 => Input::UploadLimit(self.option(Self::uint)?.map(BitsPerSecond)),
            #[cfg(feature = "shelf")]
            tag @ (28..=33 | 35 | 36) => Input::Shelf(self.shelf(tag)?),
            #[cfg(feature = "seeder")]
            34 => Input::PeerCertificates {
                peer: self.peer()?,
                own: Fingerprint(self.array()?),
                theirs: Fingerprint(self.array()?),
            },
            _ => return Err(TraceError::Malformed("an input that is not known")),
        }))
    }

    fn count(&mut self) -> Result<u32, TraceError> {
        u32::try_from(self.uint()?).map_err(|_| TraceError::Malformed("a count over 32 bits"))
    }

    fn about_peer(&mut self, tag: u8) -> Result<Input, TraceError> {
        let peer = self.peer()?;
        Ok(match tag {
            10 => Input::PeerIntroduced(peer),
            11 => Input::PeerConnected(peer),
            12 => Input::PeerMessage {
                peer,
                message: Message::from_bytes(self.data()?.to_vec()),
            },
            13 => Input::PeerBuffered {
                peer,
                bytes: self.uint()?,
            },
            14 => Input::PeerClosed(peer),
            _ => Input::Negotiate {
                peer,
                payload: self.data()?.to_vec(),
            },
        })
    }

    fn about_fetch(&mut self, tag: u8) -> Result<Input, TraceError> {
        let fetch = FetchId(self.uint()?);
        Ok(match tag {
            16 | 22 => Input::FetchStarted {
                fetch,
                partial: self.choice(&[false, true])?,
                length: self.option(Self::uint)?,
                url: self.option(|from| from.text().map(str::to_owned))?,
                total: if tag == 22 { Some(self.uint()?) } else { None },
            },
            17 => Input::FetchChunk {
                fetch,
                bytes: self.data()?.to_vec().into(),
            },
            18 => Input::FetchFinished(fetch),
            24 => Input::FetchUnchanged(fetch),
            25 => Input::RetryAfter {
                fetch,
                wait: Duration::from_micros(self.uint()?),
            },
            _ => Input::FetchFailed {
                fetch,
                error: match self.uint()? {
                    0 => FetchError::Network,
                    1 => FetchError::Timeout,
                    status => FetchError::Status(
                        u16::try_from(status - 2)
                            .map_err(|_| TraceError::Malformed("a status over 16 bits"))?,
                    ),
                },
            },
        })
    }

    fn demand(&mut self) -> Result<Demand, TraceError> {
        Ok(Demand {
            id: DemandId(self.uint()?),
            url: self.text()?.to_owned(),
            range: self.option(Self::range)?,
            position: self.option(|from| {
                Ok(Position {
                    representation: from.text()?.to_owned(),
                    kind: from.choice(&[SegmentKind::Init, SegmentKind::Media])?,
                    start: MediaTime::from_micros(from.int()?),
                })
            })?,
        })
    }

    pub(super) fn range(&mut self) -> Result<ByteRange, TraceError> {
        let range = ByteRange::new(self.uint()?, self.uint()?);
        range.ok_or(TraceError::Malformed("an empty range"))
    }

    fn playback(&mut self) -> Result<Playback, TraceError> {
        Ok(Playback {
            position: MediaTime::from_micros(self.int()?),
            buffered: Duration::from_nanos(self.uint()?),
            state: self.choice(&[
                PlaybackState::Playing,
                PlaybackState::Paused,
                PlaybackState::Stalled,
            ])?,
        })
    }

    fn device(&mut self) -> Result<DeviceState, TraceError> {
        let networks = [
            NetworkKind::Wifi,
            NetworkKind::Ethernet,
            NetworkKind::Cellular,
            NetworkKind::Other,
            NetworkKind::Unknown,
        ];
        let classes = [DeviceClass::Desktop, DeviceClass::Mobile, DeviceClass::Server];
        // Both are in one byte, so that the three values of older traces are classes alone.
        let consents = [None, Some(Uploads::On), Some(Uploads::Off)];
        let said = consents.map(|consent| classes.map(|class| (class, consent)));
        let mut state = DeviceState {
            battery: self.option(|from| {
                Ok(Battery {
                    level_percent: from.byte()?,
                    charging: from.choice(&[Charging::Yes, Charging::No])?,
                })
            })?,
            network: self.option(|from| from.choice(&networks))?,
            metered: self.choice(&[Metered::Yes, Metered::No])?,
            visibility: self.choice(&[Visibility::Visible, Visibility::Hidden])?,
            ..DeviceState::default()
        };
        (state.class, state.consent) = self.choice(said.as_flattened())?;
        Ok(state)
    }

    fn peer(&mut self) -> Result<PeerId, TraceError> {
        let number = usize::try_from(self.uint()?).unwrap_or(usize::MAX);
        if number == self.peers.len() {
            let name =
                PeerId::new(self.text()?).map_err(|_| TraceError::Malformed("a name that no peer has"))?;
            self.peers.push(name);
        }
        let peer = self.peers.get(number);
        peer.cloned()
            .ok_or(TraceError::Malformed("a peer that was not named"))
    }

    /// The value that a byte stands for.
    pub(super) fn choice<T: Copy>(&mut self, of: &[T]) -> Result<T, TraceError> {
        let byte = usize::from(self.byte()?);
        of.get(byte)
            .copied()
            .ok_or(TraceError::Malformed("a value that is not known"))
    }

    pub(super) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, TraceError>,
    ) -> Result<Option<T>, TraceError> {
        if self.choice(&[false, true])? {
            return read(self).map(Some);
        }
        Ok(None)
    }

    fn text(&mut self) -> Result<&'a str, TraceError> {
        std::str::from_utf8(self.data()?).map_err(|_| TraceError::Malformed("a text is not UTF-8"))
    }

    pub(super) fn data(&mut self) -> Result<&'a [u8], TraceError> {
        let length = usize::try_from(self.uint()?).unwrap_or(usize::MAX);
        let (data, rest) = self.rest.split_at_checked(length).ok_or(SHORT)?;
        self.rest = rest;
        Ok(data)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], TraceError> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(SHORT)?;
        self.rest = rest;
        Ok(*array)
    }

    fn byte(&mut self) -> Result<u8, TraceError> {
        let (byte, rest) = self.rest.split_first().ok_or(SHORT)?;
        self.rest = rest;
        Ok(*byte)
    }

    pub(super) fn int(&mut self) -> Result<i64, TraceError> {
        let folded = self.uint()?;
        Ok((folded >> 1).cast_signed() ^ -(folded & 1).cast_signed())
    }

    pub(super) fn uint(&mut self) -> Result<u64, TraceError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(TraceError::Malformed("a number over 64 bits"))
    }
}

const SHORT: TraceError = TraceError::Malformed("it breaks off");
