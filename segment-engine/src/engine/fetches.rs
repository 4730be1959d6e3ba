//! What becomes of HTTP requests: segments are completed, manifests read, failures handed on.

use super::{Engine, Replan};
use crate::id::{FetchId, SegmentKey};
use crate::input::FetchError;
use crate::integrity::Record;
use crate::output::{DeclineReason, Event};
use crate::piece;
use crate::stats::SourceBytes;
use crate::transfer::{Body, BodyError, Transfer, Via};

impl Engine {
    pub(super) fn on_fetch_started(
        &mut self,
        fetch: FetchId,
        partial: bool,
        length: Option<u64>,
        url: Option<String>,
    ) {
        if let Some(index) = self.followed(fetch) {
            self.on_manifest_started(index, url);
            return;
        }
        let now = self.now;
        let key = self.transfers.fetched(fetch);
        if let Some(transfer) = key.and_then(|key| self.transfers.running(&key)) {
            if let Via::Origin { head_at, .. } = &mut transfer.via {
                *head_at = Some(now);
            }
            self.origin.on_started(now.since(transfer.started));
        }
        self.with_body(fetch, |body| body.on_started(partial, length).map(|()| 0));
    }

    pub(super) fn on_fetch_chunk(&mut self, fetch: FetchId, chunk: &[u8]) {
        if let Some(index) = self.followed(fetch) {
            self.on_manifest_chunk(index, fetch, chunk);
            return;
        }
        self.with_body(fetch, |body| body.add(chunk));
    }

    /// Does something to a response's body, and gives the request up if that fails.
    fn with_body(&mut self, fetch: FetchId, act: impl FnOnce(&mut Body) -> Result<u64, BodyError>) {
        let Some(key) = self.transfers.fetched(fetch) else {
            return;
        };
        let transfer = self.transfers.running(&key).map(|transfer| &mut transfer.via);
        let Some(Via::Origin { body, .. }) = transfer else {
            return;
        };
        match act(body) {
            Ok(wanted) => self.stats.received.origin += wanted,
            Err(error) => {
                self.abort(&key);
                self.on_body_failed(key, error);
            }
        }
    }

    fn on_body_failed(&mut self, key: SegmentKey, error: BodyError) {
        match error {
            BodyError::TooLarge => {
                self.decline_all(&key, DeclineReason::TooLarge);
                self.on_harvest_failed(key);
            }
            BodyError::Truncated => self.on_segment_failed(key, FetchError::Network),
        }
    }

    pub(super) fn on_fetch_finished(&mut self, fetch: FetchId) {
        if let Some(index) = self.followed(fetch) {
            self.on_manifest_finished(index);
            return;
        }
        let Some(key) = self.transfers.fetched(fetch) else {
            return;
        };
        let Some(Transfer {
            via: Via::Origin { body, head_at, .. },
            started,
        }) = self.transfers.end(&key)
        else {
            return;
        };
        let bytes = match body.finish() {
            Ok(bytes) => bytes,
            Err(error) => {
                self.on_body_failed(key, error);
                return;
            }
        };
        let body = piece::Body::of(&bytes);
        let seen = Record::of(&body);
        let size = seen.size;
        let took = self.now.since(started);
        self.origin
            .on_finished(size, self.now.since(head_at.unwrap_or(started)));
        if self
            .integrity
            .record(&key)
            .is_some_and(|record| record.root != seen.root)
        {
            self.on_origin_mismatch(key, seen);
        }
        let sources = SourceBytes {
            origin: size,
            ..SourceBytes::default()
        };
        self.on_complete(key, body, seen.root, sources, None, took);
    }

    pub(super) fn on_fetch_failed(&mut self, fetch: FetchId, error: FetchError) {
        if let Some(index) = self.followed(fetch) {
            self.on_manifest_failed(index, error);
            return;
        }
        let Some(key) = self.transfers.fetched(fetch) else {
            return;
        };
        self.transfers.end(&key);
        self.on_segment_failed(key, error);
    }

    /// The origin did not bring a segment. The player's own loader retries by its own rules; peers that come
    /// to hold it are asked for it then.
    fn on_segment_failed(&mut self, key: SegmentKey, error: FetchError) {
        self.emit(Event::OriginFailed { key, error });
        self.decline_all(&key, DeclineReason::OriginFailed(error));
        self.on_harvest_failed(key);
        self.replan = Replan::Due;
    }
}
