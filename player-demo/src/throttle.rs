//! A token bucket over all responses of the origin, to play a narrow link.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// The largest part of a body that is let through at once: responses share the link in turns of this size.
const QUANTUM: usize = 8 << 10;

/// A link of a given width that responses share.
#[derive(Debug, Clone)]
pub(crate) struct Throttle {
    bytes_per_second: u64,
    free_at: Arc<Mutex<Instant>>,
}

impl Throttle {
    /// A link of so many kilobits (1000 bits) a second.
    pub(crate) fn new(kilobits_per_second: u32) -> Self {
        let bytes_per_second = u64::from(kilobits_per_second) * 125;
        Self {
            bytes_per_second,
            free_at: Arc::new(Mutex::new(Instant::now())),
        }
    }

    /// Gives a response a body that comes at the link's pace. Length and ranges stay as they are.
    pub(crate) fn slow_down(self, response: Response) -> Response {
        response.map(|body| Body::from_stream(self.pace(body)))
    }

    fn pace(self, body: Body) -> BoxStream<'static, Result<Bytes, axum::Error>> {
        let parts = body
            .into_data_stream()
            .flat_map(|chunk| stream::iter(split(chunk)));
        parts
            .then(move |part| {
                let throttle = self.clone();
                async move {
                    if let Ok(bytes) = &part {
                        throttle.pass(bytes.len()).await;
                    }
                    part
                }
            })
            .boxed()
    }

    /// Waits until the link has carried what was before, and so many bytes.
    async fn pass(&self, bytes: usize) {
        let cost = Duration::from_secs_f64(bytes as f64 / self.bytes_per_second as f64);
        let done = {
            let mut free_at = self.free_at.lock().await;
            *free_at = (*free_at).max(Instant::now()) + cost;
            *free_at
        };
        sleep_until(done).await;
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
