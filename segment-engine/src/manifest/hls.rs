//! From an HLS playlist (RFC 8216) to a [`Timeline`], or to the media playlists that a title is made of.
//!
//! [`sift`] says which lines matter and what they say; here they become segments.

mod multivariant;
mod sift;
mod variables;

use std::sync::Arc;
use std::time::Duration;

use self::sift::{Fact, Line, Part, bad};
use super::{Limits, Manifest, PlaylistRef, identity};
use crate::error::ManifestError;
use crate::id::ByteRange;
use crate::time::MediaTime;
use crate::timeline::address::Address;
use crate::timeline::axis::Axis;
use crate::timeline::media::{Init, MAX_INITS, Media};
use crate::timeline::names::{Entry, Names};
use crate::timeline::sequence::Sequence;
use crate::timeline::{Content, Live, Scope, Timeline, Track};

/// The longest segment and the longest target duration, in nanoseconds: 30 days.
const MAX_NANOS: u64 = 30 * 86_400_000_000_000;

/// Reads a playlist whose text starts with `#EXTM3U`.
pub(super) fn read(
    text: &str,
    url: &Address,
    playlist: Option<&PlaylistRef>,
    limits: &Limits,
) -> Result<Manifest, ManifestError> {
    let imported = playlist.map_or(&[][..], |playlist| &playlist.variables);
    let (text, variables) = variables::fill_in(text, url, imported, limits.manifest_bytes)?;
    let text = &*text;
    if sift::is_multivariant(text) {
        return multivariant::read(text, url, &variables.into(), limits).map(Manifest::Multivariant);
    }
    let mut reader = Reader::new(url);
    for line in sift::media_lines(text) {
        match line? {
            Line::Fact(fact) => reader.note(fact),
            Line::Uri(uri) => reader.segment(uri, limits)?,
        }
    }
    reader.finish(playlist).map(Manifest::Title)
}

/// A media playlist while it is read.
struct Reader<'a> {
    url: &'a Address,
    /// What the tags said of the next segment: its length in nanoseconds, its part, the init segment from it on.
    duration: u64,
    part: Option<Part>,
    map: Option<(&'a str, Option<Part>)>,
    sequence: Option<u64>,
    skipped: u64,
    target: Duration,
    hold_back: Option<Duration>,
    ended: bool,
    partial: bool,
    gap: bool,
    gaps: Vec<usize>,
    entries: Vec<Entry>,
    /// Where the last segment ends, in nanoseconds: the fractions that [`Sequence`] drops add up over a film.
    end: u128,
    bounds: Vec<i64>,
    inits: Vec<Mapped>,
    /// Where the last segment's range ends, if it has one.
    last_end: Option<u64>,
}

/// An init segment, and the first segment that it serves.
struct Mapped {
    uri: String,
    range: Option<ByteRange>,
    sequence: u64,
}

impl<'a> Reader<'a> {
    fn new(url: &'a Address) -> Self {
        Self {
            url,
            duration: 0,
            part: None,
            map: None,
            sequence: Some(0),
            skipped: 0,
            target: Duration::ZERO,
            hold_back: None,
            ended: false,
            partial: false,
            gap: false,
            gaps: Vec::new(),
            entries: Vec::new(),
            end: 0,
            bounds: vec![0],
            inits: Vec::new(),
            last_end: None,
        }
    }

    /// Takes in what a tag says.
    fn note(&mut self, fact: Fact<'a>) {
        match fact {
            Fact::Sequence(number) => self.sequence = number,
            Fact::Skipped(number) => self.skipped = number,
            Fact::Target(target) => self.target = target,
            Fact::Duration(nanos) => self.duration = nanos,
            Fact::Part(part) => self.part = Some(part),
            Fact::Map(uri, part) => self.map = Some((uri, part)),
            Fact::Partial => self.partial = true,
            Fact::HoldBack(hold_back) => self.hold_back = Some(hold_back),
            Fact::Ended => self.ended = true,
            Fact::Gap => self.gap = true,
        }
    }

    /// Takes in a segment whose tags have all been read.
    fn segment(&mut self, uri: &'a str, limits: &Limits) -> Result<(), ManifestError> {
        if self.entries.len() >= limits.segments {
            let limit = limits.segments as u64;
            return Err(ManifestError::OverLimit {
                what: "number of listed segments",
                limit,
            });
        }
        if std::mem::take(&mut self.gap) {
            self.gaps.push(self.entries.len());
        }
        self.map()?;
        let range = match self.part.take() {
            Some(part) => self.range(part)?,
            None => None,
        };
        self.last_end = range.map(|range| range.last + 1);
        self.end += u128::from(std::mem::take(&mut self.duration));
        let end = i64::try_from(self.end / 1000);
        self.bounds
            .push(end.map_err(|_| bad("a playlist that RFC 8216 does not allow"))?);
        let reference = Some(uri.into());
        self.entries.push(Entry { reference, range });
        Ok(())
    }

    /// Takes in the init segment for the segments from here on.
    fn map(&mut self) -> Result<(), ManifestError> {
        let Some((uri, part)) = self.map.take() else {
            return Ok(());
        };
        let range = part.map(|part| byte_range(part.length, part.offset.unwrap_or(0)));
        let (uri, range) = (uri.to_owned(), range.transpose()?);
        let is_same = |known: &Mapped| known.uri == uri && known.range == range;
        if self.inits.last().is_some_and(is_same) {
            return Ok(());
        }
        if self.inits.len() >= MAX_INITS {
            return Err(ManifestError::OverLimit {
                what: "number of init segments",
                limit: MAX_INITS as u64,
            });
        }
        let sequence = self.entries.len() as u64;
        self.inits.push(Mapped { uri, range, sequence });
        Ok(())
    }

    /// A range without offset starts where the one before it ended, even if that was in another resource, as players
    /// have it; else at 0. After segments that are left out its start is unknown: the segment then counts as missing.
    fn range(&mut self, part: Part) -> Result<Option<ByteRange>, ManifestError> {
        let offset = part.offset.or(self.last_end);
        let Some(offset) = offset.or((self.skipped == 0).then_some(0)) else {
            self.gaps.push(self.entries.len());
            return Ok(None);
        };
        byte_range(part.length, offset).map(Some)
    }

    fn finish(mut self, playlist: Option<&PlaylistRef>) -> Result<Timeline, ManifestError> {
        // With partial segments, players want the next one's init segment before it is whole.
        if self.partial && !self.entries.is_empty() {
            self.map()?;
        }
        // All viewers number a film alike, from whatever; a live segment is told from its predecessors by this alone.
        let sequence = self.sequence.or(self.ended.then_some(0));
        let sequence = sequence.ok_or_else(|| bad("a sequence number that is none"))?;
        // RFC 8216 allows all of 64 bits. A number over 63 bits wraps below zero, where it is still unique.
        let first = sequence.wrapping_add(self.skipped).cast_signed();
        let inits = self.inits(first);
        for gap in std::mem::take(&mut self.gaps) {
            self.entries[gap].reference = None;
        }
        let sequence = Sequence {
            first,
            skipped: self.skipped,
            offset: MediaTime::ZERO,
            bounds: self.bounds.into(),
        };
        let live = (!self.ended).then(|| Live {
            refresh: Some(self.target).filter(|target| !target.is_zero()),
            // At least three target durations (RFC 8216bis, 4.4.3.8).
            delay: Some(self.hold_back.unwrap_or(self.target * 3)),
            until: None,
        });
        let names = Names::List {
            bases: vec![self.url.clone()],
            entries: Arc::from(self.entries),
        };
        let identity = playlist.map_or("", |playlist| &playlist.identity);
        let track = Track {
            key: identity::hls_key(identity),
            content: playlist.map_or(Content::Video, |playlist| playlist.content),
            representation: identity.to_owned(),
            bandwidth: playlist.map_or(0, |playlist| playlist.bandwidth),
            media: Media {
                inits,
                index: None,
                axis: Axis::Sequence(sequence),
                names: Some(names),
                clock: None,
                live,
            },
        };
        let scope = if playlist.is_some() {
            Scope::Tracks
        } else {
            Scope::Title
        };
        Ok(Timeline::new(vec![track], scope, Vec::new()))
    }

    /// The init segments, [named](Init::name_all), each once.
    fn inits(&mut self, first: i64) -> Vec<Init> {
        let mut inits = Vec::new();
        for mapped in std::mem::take(&mut self.inits) {
            let at = usize::try_from(mapped.sequence).ok();
            // A segment that is yet to come has the token of the present ones.
            let segment = at.and_then(|at| self.entries.get(at)).or(self.entries.last());
            let segment = segment.and_then(|entry| entry.reference.as_deref());
            let is_queried = query(&mapped.uri).is_some_and(|own| segment.and_then(query) != Some(own));
            inits.extend(self.url.resolve(&mapped.uri).map(|address| Init {
                time: 0,
                is_elsewhere: address.host() != self.url.host(),
                is_queried,
                addresses: vec![address],
                range: mapped.range,
                from: first.wrapping_add_unsigned(mapped.sequence),
            }));
        }
        Init::name_all(&mut inits, &[]);
        inits
    }
}

/// The query of a reference, if it has one.
fn query(reference: &str) -> Option<&str> {
    reference.split_once('?').map(|(_, query)| query)
}

fn byte_range(length: u64, offset: u64) -> Result<ByteRange, ManifestError> {
    let last = length.checked_sub(1).and_then(|ahead| offset.checked_add(ahead));
    let range = last
        .filter(|last| *last < u64::MAX)
        .and_then(|last| ByteRange::new(offset, last));
    range.ok_or_else(|| bad("a byte range that is empty or too long"))
}

#[cfg(test)]
mod tests;
