//! How fast pieces are hashed as the seeder does it, over what `sha2` does with the same bytes.

use std::hint::black_box;
use std::time::Instant;

use bytes::Bytes;
use segment_engine_native::segment_engine::piece::{PIECE, Piece};
use sha2::{Digest as _, Sha224};

use crate::Options;
use crate::report::{Figure, Goal, median, median_ratio};

/// How many pieces are hashed in a round: 256 MiB.
const PIECES: usize = (256 << 20) / PIECE;

pub(crate) fn measure(options: &Options) -> Vec<Figure> {
    let piece = Bytes::from(vec![7; PIECE]);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..options.runs {
        ours.push(Some(megabytes_per_second(|| {
            black_box(Piece::of(black_box(piece.clone())));
        })));
        theirs.push(Some(megabytes_per_second(|| {
            black_box(Sha224::digest(black_box(&piece)));
        })));
    }
    let speed = |all: &[Option<f64>]| median(all.iter().copied().flatten());
    vec![
        Figure::aimed(
            "hashing.over_sha2",
            median_ratio(&ours, &theirs),
            "ratio",
            Goal::AtLeast(0.9),
        ),
        Figure::plain("hashing.pieces", speed(&ours), "MB/s"),
        Figure::plain("hashing.sha2", speed(&theirs), "MB/s"),
    ]
}

fn megabytes_per_second(mut hash: impl FnMut()) -> f64 {
    let begun = Instant::now();
    for _ in 0..PIECES {
        hash();
    }
    (PIECES * PIECE) as f64 / 1e6 / begun.elapsed().as_secs_f64()
}
