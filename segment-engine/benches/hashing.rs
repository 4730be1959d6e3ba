//! How fast segments are hashed, and how long the driver's task is held by a megabyte of a seeder's origin: with bytes that
//! the engine hashes, and with pieces that were hashed where that holds nothing up.
//!
//! `cargo bench -p segment-engine --bench hashing`

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a bench takes times, prints them, and ends where it cannot go on"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::Bytes;
use segment_engine::Engine;
use segment_engine::config::{Config, Trust};
use segment_engine::input::{Input, Signature};
use segment_engine::output::{FetchPurpose, Output, PublicKey};
use segment_engine::piece::{PIECE, Piece};
use segment_engine::time::{Timestamp, UnixTime};
use sha2::{Digest as _, Sha224};

const MIB: usize = 1 << 20;
/// What hyper hands on at a time, as a rule.
const CHUNK: usize = 64 << 10;
const SEGMENT: usize = 2 * MIB;
const SEGMENTS: usize = 100;
const ROUNDS: usize = 5;

const FILM: &str = r#"<MPD type="static" mediaPresentationDuration="PT200S"><Period><AdaptationSet contentType="video">
    <SegmentTemplate duration="2" media="$Number$.m4s"/><Representation id="v" bandwidth="8000000"/></AdaptationSet>
    </Period></MPD>"#;

fn main() {
    let bytes: Bytes = (0..SEGMENT).map(|at| (at * 31).to_le_bytes()[0]).collect();
    let mut raw = Vec::new();
    let mut pieces = Vec::new();
    let mut held = [Vec::new(), Vec::new()];
    let mut longest = [Duration::ZERO; 2];
    for _ in 0..ROUNDS {
        raw.push(timed(|| {
            black_box(Sha224::digest(black_box(&bytes)));
        }));
        pieces.push(timed(|| drop(black_box(cut(&bytes)))));
        for (index, feed) in [as_chunks as Feed, as_pieces].into_iter().enumerate() {
            let (all, most) = seed(&bytes, feed);
            held[index].push(all / u32::try_from(SEGMENTS * SEGMENT / MIB).unwrap());
            longest[index] = longest[index].max(most);
        }
    }
    let rate = |took: Duration| SEGMENT as f64 / took.as_secs_f64() / 1e6;
    let (raw, pieces) = (median(raw), median(pieces));
    println!("SHA-224 of sha2: {:.0} MB/s", rate(raw));
    println!(
        "in pieces: {:.0} MB/s, {:.2} of it",
        rate(pieces),
        rate(pieces) / rate(raw)
    );
    for (index, name) in ["bytes", "hashed pieces"].into_iter().enumerate() {
        let held = median(held[index].clone());
        println!(
            "driver held by {name}: {held:?} a MiB, {:?} at once at the most",
            longest[index]
        );
    }
}

fn timed(mut what: impl FnMut()) -> Duration {
    let begun = Instant::now();
    (0..10).for_each(|_| what());
    begun.elapsed() / 10
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn cut(bytes: &Bytes) -> Vec<Piece> {
    let starts = (0..bytes.len()).step_by(PIECE);
    let piece = |start: usize| bytes.slice(start..bytes.len().min(start + PIECE));
    starts.map(|start| Piece::of(piece(start))).collect()
}

type Feed = fn(segment_engine::id::FetchId, &Bytes) -> Vec<Input>;

fn as_chunks(fetch: segment_engine::id::FetchId, bytes: &Bytes) -> Vec<Input> {
    let starts = (0..bytes.len()).step_by(CHUNK);
    let chunk = |start| Bytes::copy_from_slice(&bytes[start..bytes.len().min(start + CHUNK)]);
    starts
        .map(|start| Input::FetchChunk {
            fetch,
            bytes: chunk(start),
        })
        .collect()
}

fn as_pieces(fetch: segment_engine::id::FetchId, bytes: &Bytes) -> Vec<Input> {
    let all = cut(bytes);
    let chunks = all.chunks(CHUNK / PIECE);
    chunks
        .map(|pieces| Input::FetchPieces {
            fetch,
            pieces: pieces.to_vec(),
        })
        .collect()
}

/// Has a seeder fetch a film; how long its engine took in all for the bodies, and for any one step.
fn seed(bytes: &Bytes, feed: Feed) -> (Duration, Duration) {
    let mut config = Config::seeder("bench", "http://origin.example/film.mpd");
    config.trust = Trust::signed(PublicKey([1; 32]));
    let now = Timestamp::from_millis(1);
    let mut engine = Engine::new(config, [1; 32], now).unwrap();
    engine
        .handle_input(now, Input::Clock(UnixTime::from_millis(0)))
        .unwrap();
    engine.handle_timeout(now);
    let (mut all, mut most, mut segments) = (Duration::ZERO, Duration::ZERO, 0);
    while let Some(output) = engine.poll_output() {
        let mut inputs = Vec::new();
        match output {
            Output::Fetch(fetch) => {
                inputs.push(Input::FetchStarted {
                    fetch: fetch.id,
                    partial: false,
                    length: None,
                    total: None,
                    url: None,
                });
                if fetch.purpose == FetchPurpose::Manifest {
                    inputs.push(Input::FetchChunk {
                        fetch: fetch.id,
                        bytes: FILM.into(),
                    });
                } else {
                    segments += 1;
                    inputs.extend(feed(fetch.id, bytes));
                }
                inputs.push(Input::FetchFinished(fetch.id));
            }
            Output::Sign { check, .. } => inputs.push(Input::Signed {
                check,
                signature: Signature([1; 64]),
            }),
            _ => {}
        }
        for input in inputs {
            let begun = Instant::now();
            engine.handle_input(now, input).unwrap();
            let took = begun.elapsed();
            all += took;
            most = most.max(took);
        }
    }
    assert_eq!(segments, SEGMENTS);
    (all, most)
}
