//! The shelf's facts as bytes, and back.

use super::TraceError;
use super::read::Reader;
use super::write::Recorder;
use crate::id::{SegmentKey, SegmentKind, TrackKey};
use crate::input::Signature;
use crate::integrity::{Record, SignedBatch};
use crate::piece::{Body, Digest};
use crate::shelf::{ShelfEntry, ShelfFact};

impl Recorder {
    pub(super) fn shelf(&mut self, fact: &ShelfFact) {
        match fact {
            ShelfFact::Opening => self.tag(28),
            ShelfFact::Opened(entries) => {
                self.tagged(29, entries.len() as u64);
                entries.iter().for_each(|entry| self.entry(entry));
            }
            ShelfFact::Shelved(entry) => {
                self.tag(30);
                self.entry(entry);
            }
            ShelfFact::Unshelvable(entry) => {
                self.tag(31);
                self.entry(entry);
            }
            ShelfFact::Unshelved { key, body } => {
                self.tag(32);
                self.key(key);
                self.option(body.as_ref(), |this, body| this.data(&body.to_vec()));
            }
            ShelfFact::Unreadable(key) => {
                self.tag(35);
                self.key(key);
            }
            ShelfFact::Digests(batches) => {
                self.tagged(36, batches.len() as u64);
                for batch in batches {
                    self.data(&batch.message);
                    self.bytes.extend_from_slice(&batch.signature.0);
                }
            }
            ShelfFact::Dropped(keys) => {
                self.tagged(33, keys.len() as u64);
                keys.iter().for_each(|key| self.key(key));
            }
        }
    }

    fn entry(&mut self, entry: &ShelfEntry) {
        self.key(&entry.key);
        self.uint(entry.record.size);
        self.bytes.extend_from_slice(&entry.record.root.0);
    }

    fn key(&mut self, key: &SegmentKey) {
        self.bytes.extend_from_slice(&key.track.0);
        self.tag(match key.kind {
            SegmentKind::Init => 0,
            SegmentKind::Media => 1,
        });
        self.int(key.time);
        self.option(key.range.as_ref(), |this, range| this.range(*range));
    }
}

impl Reader<'_> {
    pub(super) fn shelf(&mut self, tag: u8) -> Result<ShelfFact, TraceError> {
        Ok(match tag {
            28 => ShelfFact::Opening,
            29 => ShelfFact::Opened(self.list(Self::entry)?),
            30 => ShelfFact::Shelved(self.entry()?),
            31 => ShelfFact::Unshelvable(self.entry()?),
            32 => ShelfFact::Unshelved {
                key: self.key()?,
                body: self.option(|from| Ok(Body::of(from.data()?)))?,
            },
            35 => ShelfFact::Unreadable(self.key()?),
            36 => ShelfFact::Digests(self.list(Self::batch)?),
            _ => ShelfFact::Dropped(self.list(Self::key)?),
        })
    }

    /// Grows as it is read: a mere number takes no memory.
    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Result<T, TraceError>) -> Result<Vec<T>, TraceError> {
        let count = self.uint()?;
        (0..count).map(|_| item(self)).collect()
    }

    fn batch(&mut self) -> Result<SignedBatch, TraceError> {
        Ok(SignedBatch {
            message: self.data()?.to_vec(),
            signature: Signature(self.array()?),
        })
    }

    fn entry(&mut self) -> Result<ShelfEntry, TraceError> {
        Ok(ShelfEntry {
            key: self.key()?,
            record: Record {
                size: self.uint()?,
                root: Digest(self.array()?),
            },
        })
    }

    fn key(&mut self) -> Result<SegmentKey, TraceError> {
        Ok(SegmentKey {
            track: TrackKey(self.array()?),
            kind: self.choice(&[SegmentKind::Init, SegmentKind::Media])?,
            time: self.int()?,
            range: self.option(Self::range)?,
        })
    }
}
