//! The origin's link, whose width and delay can be changed while it is in use, and which can be away; and a count of
//! what it has sent.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

/// The largest part of a body that is let through at once: responses share the link in turns of this size.
const QUANTUM: usize = 8 << 10;

/// Whether the origin answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It does.
    Here,
    /// It refuses all requests with 503, and breaks off what is under way.
    Away,
}

/// The conditions of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Conditions {
    /// Kilobits (1000 bits) a second, over all viewers together; `None` is as fast as this machine.
    pub(crate) kbps: Option<u32>,
    /// Before the first byte of each response.
    pub(crate) delay: Duration,
    /// Whether the origin answers.
    pub(crate) reach: Reach,
}

impl Conditions {
    /// A link of so many kilobits a second.
    pub(crate) fn of(kbps: Option<u32>) -> Self {
        Self {
            kbps,
            delay: Duration::ZERO,
            reach: Reach::Here,
        }
    }
}

/// The kind of client that a response is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    /// Viewers: over the link.
    Viewers,
    /// Seeders, who stand beside the origin: width and delay are not theirs.
    Seeders,
}

/// Bytes of bodies that the origin has sent since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sent {
    /// Over the link: to pages and simulated viewers.
    pub(crate) viewers: u64,
    /// To seeders.
    pub(crate) seeders: u64,
}

/// A link that responses share. All clones are one link.
#[derive(Debug, Clone)]
pub(crate) struct Throttle {
    link: Arc<Link>,
    lane: Lane,
}

#[derive(Debug)]
struct Link {
    /// Changed under the lock of `free_at`: who books time on the link does so at the pace of that moment.
    conditions: watch::Sender<Conditions>,
    /// When the link has carried all that was booked.
    free_at: Mutex<Instant>,
    to_viewers: AtomicU64,
    to_seeders: AtomicU64,
}

/// The origin went away in the middle of a response.
#[derive(Debug, thiserror::Error)]
#[error("the origin is away")]
struct Gone;

impl Throttle {
    /// A link in these conditions.
    pub(crate) fn new(conditions: Conditions) -> Self {
        let link = Link {
            conditions: watch::Sender::new(conditions),
            free_at: Mutex::new(Instant::now()),
            to_viewers: AtomicU64::new(0),
            to_seeders: AtomicU64::new(0),
        };
        Self {
            link: Arc::new(link),
            lane: Lane::Viewers,
        }
    }

    /// The way past the link, for those who stand beside the origin. It is away for them too.
    pub(crate) fn beside(&self) -> Self {
        Self {
            link: Arc::clone(&self.link),
            lane: Lane::Seeders,
        }
    }

    /// The current conditions.
    pub(crate) fn conditions(&self) -> Conditions {
        *self.link.conditions.borrow()
    }

    /// Changes the link, for responses that are under way too: what was booked at another pace is booked anew.
    pub(crate) fn set(&self, conditions: Conditions) {
        let mut free_at = self.free_at();
        let before = self.link.conditions.send_replace(conditions);
        if before.kbps != conditions.kbps {
            *free_at = Instant::now();
        }
    }

    /// The bytes that the origin has sent so far.
    pub(crate) fn sent(&self) -> Sent {
        Sent {
            viewers: self.link.to_viewers.load(Ordering::Relaxed),
            seeders: self.link.to_seeders.load(Ordering::Relaxed),
        }
    }

    /// Answers a request over the link.
    pub(crate) async fn carry(self, request: Request, next: Next) -> Response {
        if self.lane == Lane::Viewers {
            sleep(self.conditions().delay).await;
        }
        if self.conditions().reach == Reach::Away {
            let headers = [(CACHE_CONTROL, "no-store")];
            return (StatusCode::SERVICE_UNAVAILABLE, headers, "the origin is away").into_response();
        }
        self.slow_down(next.run(request).await)
    }

    /// Gives a response a body that comes at the link's pace. Length and ranges stay as they are.
    fn slow_down(self, mut response: Response) -> Response {
        // A body that comes in parts no longer tells its length by itself.
        if let Some(length) = response.body().size_hint().exact() {
            let headers = response.headers_mut();
            headers
                .entry(CONTENT_LENGTH)
                .or_insert_with(|| HeaderValue::from(length));
        }
        response.map(|body| Body::from_stream(self.pace(body)))
    }

    fn pace(self, body: Body) -> BoxStream<'static, Result<Bytes, axum::Error>> {
        let parts = body
            .into_data_stream()
            .flat_map(|chunk| stream::iter(split(chunk)));
        parts
            .then(move |part| {
                let link = self.clone();
                async move {
                    let part = part?;
                    link.pass(part.len()).await;
                    if link.conditions().reach == Reach::Away {
                        return Err(axum::Error::new(Gone));
                    }
                    link.count(part.len() as u64);
                    Ok(part)
                }
            })
            .boxed()
    }

    fn count(&self, bytes: u64) {
        let counter = match self.lane {
            Lane::Viewers => &self.link.to_viewers,
            Lane::Seeders => &self.link.to_seeders,
        };
        counter.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Waits until the link has carried what was before, and so many bytes.
    async fn pass(&self, bytes: usize) {
        if self.lane == Lane::Seeders {
            return;
        }
        let mut changes = self.link.conditions.subscribe();
        while let Some((kbps, done)) = self.book(bytes) {
            tokio::select! {
                () = sleep_until(done) => return,
                _ = changes.wait_for(|now| now.kbps != Some(kbps)) => {}
            }
        }
    }

    /// Takes the link for so many bytes. Returns its pace, and when they are carried; nothing where it takes no time.
    fn book(&self, bytes: usize) -> Option<(u32, Instant)> {
        let mut free_at = self.free_at();
        let kbps = self.conditions().kbps?;
        let cost = Duration::from_secs_f64(bytes as f64 / (f64::from(kbps) * 125.0));
        *free_at = (*free_at).max(Instant::now()) + cost;
        Some((kbps, *free_at))
    }

    fn free_at(&self) -> MutexGuard<'_, Instant> {
        self.link.free_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn split(chunk: Result<Bytes, axum::Error>) -> Vec<Result<Bytes, axum::Error>> {
    let Ok(mut bytes) = chunk else { return vec![chunk] };
    let mut parts = Vec::with_capacity(bytes.len().div_ceil(QUANTUM));
    while !bytes.is_empty() {
        parts.push(Ok(bytes.split_to(bytes.len().min(QUANTUM))));
    }
    parts
}

#[cfg(test)]
mod tests;
