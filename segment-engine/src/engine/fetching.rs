//! The origin: what is asked of it and why, and what becomes of its responses.

use std::time::Duration;

use bytes::Bytes;

use super::{Engine, Replan};
use crate::bits::{Bits, PieceRun};
use crate::id::{FetchId, SegmentKey};
use crate::output::{DeclineReason, Fetch, FetchPurpose, Output};
use crate::piece::Piece;
use crate::stats::SourceBytes;
use crate::transfer::{Added, Cause, Download, Response, Span, Truncated};

/// The most requests that one step of a rescue makes; the narrowest gaps between them are fetched along, though their
/// pieces may have come. If 100 viewers can send as much as they watch, four requests instead of eight made 3 % of
/// all bytes come twice instead of 1 %; if four share a link that is barely fast enough, eight instead of 20 made it
/// 4 % instead of 2 %.
const RESCUE_REQUESTS: usize = 16;

/// A response of so many bytes tells how much comes in while the origin sends.
pub(super) const TELLS_LINK_RATE: u64 = 64 << 10;

impl Engine {
    /// Asks the origin for a part of a segment that is on its way.
    pub(super) fn fetch(&mut self, key: SegmentKey, span: Span, cause: Cause) {
        let Some(segment) = self.timeline.segment(&key) else {
            self.decline_all(&key, DeclineReason::Unknown);
            self.abandon(&key);
            return;
        };
        let response = Response::new(key, span, cause, self.now);
        if let Some(download) = self.transfers.get_mut(&key)
            && cause != Cause::Audit
        {
            let lacking = download.lacking();
            for piece in lacking.iter().filter(|piece| response.covers(*piece)) {
                download.fetching.start(piece);
            }
        }
        let id = self.origin.next_id();
        let hurry = self.seed_patience(&key, segment.duration);
        self.outputs.push_back(Output::Fetch(Fetch {
            id,
            url: segment.url,
            range: response.range(),
            demand: self.demands.newest(&key),
            purpose: FetchPurpose::Segment,
            conditional: self.conditional(&key, cause),
            timeout: hurry.unwrap_or(self.config.fetch_timeout),
        }));
        self.transfers.on_fetch(id, response);
    }

    /// Asks the origin for all pieces that are not already on their way from it.
    pub(super) fn fetch_rest(&mut self, key: SegmentKey, cause: Cause) {
        let Some(download) = self.transfers.get(&key) else {
            return;
        };
        let rest = download.lacking().minus(download.fetching.pieces());
        let whole = !self.comes_in_parts(download) || rest.is_full();
        if whole {
            if !self.is_fetched_whole(&key) {
                self.fetch(key, Span::Whole, cause);
            }
            return;
        }
        self.fetch_pieces(key, &rest, cause);
    }

    /// Whether a part of a segment can be asked of the origin.
    pub(super) fn comes_in_parts(&self, download: &Download) -> bool {
        download.size().is_some() && !download.in_one && self.origin.serves_ranges()
    }

    /// Asks the origin for pieces, in few requests.
    pub(super) fn fetch_pieces(&mut self, key: SegmentKey, pieces: &Bits, cause: Cause) {
        let Some(size) = self.transfers.get(&key).and_then(Download::size) else {
            return;
        };
        let mut runs = pieces.runs();
        while runs.len() > RESCUE_REQUESTS {
            // The narrowest gap is fetched along.
            let gap = |pair: &[PieceRun]| pair[1].first - pair[0].end();
            let narrowest = runs.windows(2).enumerate().min_by_key(|(_, pair)| gap(pair));
            let Some(index) = narrowest.map(|(index, _)| index) else {
                break;
            };
            let next = runs.remove(index + 1);
            runs[index].count = next.end() - runs[index].first;
        }
        for run in runs {
            let span = Span::Pieces {
                first: run.first,
                end: run.end(),
                size,
            };
            self.fetch(key, span, cause);
        }
    }

    pub(super) fn on_fetch_started(
        &mut self,
        fetch: FetchId,
        partial: bool,
        length: Option<u64>,
        total: Option<u64>,
    ) {
        let now = self.now;
        let Some(response) = self.transfers.response_mut(fetch) else {
            return;
        };
        response.head_at = Some(now);
        response.heard_at = now;
        response.length = length;
        response.size = response.key.range.map(|range| range.len()).or(total);
        response.received_before = self.stats.received;
        let took = now.since(response.started);
        let ranged = response.range().is_some();
        if partial && response.span != Span::Whole {
            self.origin.on_part();
        }
        if ranged && !partial && response.cause == Cause::Audit {
            // The whole of a segment is too much for an audit.
            self.origin.on_range_ignored();
            self.transfers.end_fetch(fetch);
            self.outputs.push_back(Output::AbortFetch(fetch));
            return;
        }
        if ranged && !partial {
            let pieces = response.span != Span::Whole;
            response.on_whole(length);
            if pieces {
                self.on_range_ignored(fetch);
            }
        }
        self.origin.on_started(took);
        self.check_size(fetch);
    }

    pub(super) fn on_fetch_chunk(&mut self, fetch: FetchId, chunk: &Bytes) {
        if let Some(index) = self.followed(fetch) {
            self.on_manifest_chunk(index, fetch, chunk);
            return;
        }
        let Some(response) = self.transfers.response_mut(fetch) else {
            return;
        };
        let mut pieces = Vec::new();
        let taken = response.cutter.feed(chunk, &mut pieces);
        self.on_fed(fetch, taken, pieces);
    }

    fn on_fed(&mut self, fetch: FetchId, taken: Result<u64, Truncated>, pieces: Vec<(u32, Piece)>) {
        match taken {
            Ok(wanted) => {
                self.transfers.on_sound(fetch, self.now);
                self.stats.received.origin += wanted;
                self.on_fetched_pieces(fetch, pieces);
                self.follow_up(fetch);
            }
            Err(error) => {
                self.outputs.push_back(Output::AbortFetch(fetch));
                self.on_bad_response(fetch, error);
            }
        }
    }

    /// Takes pieces that the driver has cut and hashed: equivalent to their bytes.
    pub(super) fn on_fetch_pieces(&mut self, fetch: FetchId, hashed: Vec<Piece>) {
        let Some(response) = self.transfers.response_mut(fetch) else {
            return;
        };
        let mut pieces = Vec::with_capacity(hashed.len());
        let mut taken = Ok(0);
        for piece in hashed {
            taken = taken.and_then(|sum| Ok(sum + response.cutter.feed_hashed(piece, &mut pieces)?));
        }
        self.on_fed(fetch, taken, pieces);
    }

    /// Puts a response's pieces into their segment, or keeps them until its size is known.
    fn on_fetched_pieces(&mut self, fetch: FetchId, pieces: Vec<(u32, Piece)>) {
        let Some(response) = self.transfers.response_mut(fetch) else {
            return;
        };
        let (key, span, cause) = (response.key, response.span, response.cause);
        if cause == Cause::Audit {
            self.on_audited(key, &pieces);
            return;
        }
        let fits = |(index, piece): &(u32, Piece)| {
            let download = self.transfers.get(&key);
            download.is_some_and(|download| download.piece_len(*index) == piece.len())
        };
        let first = pieces.first().map_or(0, |(index, _)| *index);
        if span == Span::Whole && self.is_sized(&key) && !pieces.iter().all(fits) {
            self.on_other_size(fetch, first);
        }
        if !self.is_sized(&key) {
            if let Some(response) = self.transfers.response_mut(fetch) {
                response.early.extend(pieces);
            }
            return;
        }
        let last = self.transfers.get(&key).map_or(0, Download::piece_count);
        for (index, piece) in pieces {
            match self.transfers.response_mut(fetch) {
                // If the origin has not told the size, only the end of its response says that no more comes.
                Some(response) if span == Span::Whole && response.size.is_none() && index + 1 == last => {
                    response.early.push((index, piece));
                }
                Some(_) | None => self.on_fetched_piece(key, index, &piece),
            }
        }
        self.cancel_answered(&key);
    }

    /// Whether a segment is on its way, and its size known.
    fn is_sized(&self, key: &SegmentKey) -> bool {
        self.transfers.get(key).and_then(Download::size).is_some()
    }

    fn on_fetched_piece(&mut self, key: SegmentKey, index: u32, piece: &Piece) {
        let Some(download) = self.transfers.get_mut(&key) else {
            return;
        };
        match download.add_fetched(index, piece) {
            Added::New => {
                self.check_layers(key, index, piece.leaf());
                self.on_new_piece(key, index);
            }
            Added::Known => self.stats.duplicate += piece.len() as u64,
            Added::Wrong => {
                let vouchers = std::mem::take(&mut download.vouchers);
                self.on_origin_differs(key, &vouchers);
                // What this engine fetched is kept: it may have been the last piece.
                self.on_new_piece(key, index);
            }
        }
        self.replan(Replan::Pull);
    }

    /// A segment's size has become known: pieces that came before now have their places.
    pub(super) fn place_early_pieces(&mut self, key: &SegmentKey) {
        for fetch in self.transfers.fetches_of(key) {
            let Some(response) = self.transfers.response_mut(fetch) else {
                continue;
            };
            // Requests for pieces knew the size; of those left from an earlier download of the segment only audits
            // remain.
            if response.span != Span::Whole {
                continue;
            }
            let early = std::mem::take(&mut response.early);
            if let Some(download) = self.transfers.get_mut(key) {
                download.fetching.start_all(download.lacking());
            }
            self.on_fetched_pieces(fetch, early);
        }
    }

    pub(super) fn on_fetch_finished(&mut self, fetch: FetchId) {
        if let Some(index) = self.followed(fetch) {
            self.on_manifest_finished(index);
            return;
        }
        let Some(response) = self.transfers.response_mut(fetch) else {
            return;
        };
        let mut pieces = Vec::new();
        let finished = response.cutter.finish(&mut pieces);
        let (key, span, next) = (response.key, response.span, response.cutter.next());
        let taken = match finished {
            Ok(taken) => taken,
            Err(error) => {
                self.on_bad_response(fetch, error);
                return;
            }
        };
        self.measure(fetch);
        self.on_fetched_pieces(fetch, pieces);
        if span == Span::Whole {
            self.on_fetched_whole(fetch, key, taken, next);
        }
        let ended = self.transfers.end_fetch(fetch);
        if let Some(ended) = ended.filter(|ended| ended.cause != Cause::Audit) {
            self.release_fetch(&ended);
        }
        self.check_rescue(key);
        self.replan(Replan::Pull);
    }

    /// A segment is complete: the response that brought its last bytes is over, though nobody has said so yet.
    pub(super) fn measure_complete(&mut self, key: &SegmentKey) {
        for fetch in self.transfers.fetches_of(key) {
            let Some(response) = self.transfers.response_mut(fetch) else {
                continue;
            };
            let taken = response.cutter.taken();
            if taken > 0 && (response.length == Some(taken) || response.span.bytes() == taken) {
                self.measure(fetch);
            }
        }
    }

    /// A response is over and tells how fast the origin is; it is counted once.
    fn measure(&mut self, fetch: FetchId) {
        let now = self.now;
        let Some(response) = self.transfers.response_mut(fetch) else {
            return;
        };
        if std::mem::replace(&mut response.is_measured, true) {
            return;
        }
        let took = now.since(response.head_at.unwrap_or(response.started));
        let (taken, before) = (response.cutter.taken(), response.received_before);
        self.note_rate(taken, before, took);
    }

    /// Notes the rate of the origin and of the link: by what one response brought, and all sources together, since
    /// its head.
    fn note_rate(&mut self, taken: u64, before: SourceBytes, took: Duration) {
        let received = self.stats.received;
        let all = received.total() - before.total();
        let sent = received.origin - before.origin;
        self.origin.on_finished(sent, all, took);
        if taken >= TELLS_LINK_RATE {
            self.rates.on_response(self.now, all, took);
        }
    }

    /// A whole segment has come over HTTP, whatever its size was said to be.
    fn on_fetched_whole(&mut self, fetch: FetchId, key: SegmentKey, taken: u64, next: u32) {
        if let Some(response) = self.transfers.response_mut(fetch) {
            response.size = Some(taken);
        }
        let size = self.transfers.get(&key).and_then(Download::size);
        if size.is_some_and(|size| size != taken) {
            self.on_other_size(fetch, next);
        }
        if let Some(download) = self.transfers.get_mut(&key)
            && download.size().is_none()
        {
            download.on_size(taken, None);
        }
        self.place_early_pieces(&key);
    }

    /// Lets whatever an ended response did not bring be asked for again.
    pub(super) fn release_fetch(&mut self, response: &Response) {
        let others = self.transfers.fetches_of(&response.key);
        let mut covered: Vec<Span> = Vec::new();
        for fetch in others {
            if let Some(other) = self.transfers.response_mut(fetch)
                && other.cause != Cause::Audit
            {
                covered.push(other.span);
            }
        }
        let Some(download) = self.transfers.get_mut(&response.key) else {
            return;
        };
        for piece in 0..download.piece_count() {
            let elsewhere = covered.iter().any(|span| span.covers(piece));
            if response.covers(piece) && !elsewhere {
                download.fetching.end(piece);
            }
        }
    }

    /// Gives an HTTP request up.
    pub(super) fn abort_fetch(&mut self, fetch: FetchId) {
        if let Some(response) = self.transfers.end_fetch(fetch) {
            self.outputs.push_back(Output::AbortFetch(fetch));
            self.release_fetch(&response);
        }
    }
}
