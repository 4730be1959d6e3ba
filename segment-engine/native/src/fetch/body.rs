//! Cuts a body into pieces, and hashes them on a thread where that holds nothing up: a megabyte takes milliseconds, which is
//! long for a thread that has hundreds of peers to serve.

use bytes::Bytes;
use segment_engine::piece::{PIECE, Piece};
use tokio::task::spawn_blocking;

/// A body on its way to pieces.
#[derive(Debug, Default)]
pub(super) struct Hashed {
    rest: Vec<u8>,
}

impl Hashed {
    /// Takes bytes in, and returns the pieces that they complete, if any.
    pub(super) async fn feed(&mut self, mut chunk: &[u8]) -> Option<Vec<Piece>> {
        let mut cut: Vec<Bytes> = Vec::new();
        while !chunk.is_empty() {
            if self.rest.capacity() == 0 {
                // Each has its own memory: one that is kept keeps no others.
                self.rest.reserve_exact(PIECE);
            }
            let (now, later) = chunk.split_at(chunk.len().min(PIECE - self.rest.len()));
            self.rest.extend_from_slice(now);
            chunk = later;
            if self.rest.len() == PIECE {
                cut.push(std::mem::take(&mut self.rest).into());
            }
        }
        hash(cut).await
    }

    /// The last piece, if it is a short one.
    pub(super) async fn finish(mut self) -> Option<Vec<Piece>> {
        if self.rest.is_empty() {
            return None;
        }
        self.rest.shrink_to_fit();
        hash(vec![self.rest.into()]).await
    }
}

async fn hash(cut: Vec<Bytes>) -> Option<Vec<Piece>> {
    if cut.is_empty() {
        return None;
    }
    let hashing = spawn_blocking(move || cut.into_iter().map(Piece::of).collect());
    // It does not panic, and is only given up with the runtime.
    hashing.await.ok()
}
