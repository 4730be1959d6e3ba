//! Samples of trees: as many leaves as make each shape of a level, and lengths at the edges of pieces.

use segment_engine::integrity::{Record, leaves_match, root_of};
use segment_engine::piece::{Body, Digest, PIECE};
use serde_json::{Value, json};

use super::{describe, hex, unhex};

/// The trees of the file.
pub(super) fn made() -> Vec<Value> {
    let sizes = [
        1,
        251,
        PIECE - 1,
        PIECE,
        PIECE + 1,
        2 * PIECE,
        3 * PIECE - 5,
        4 * PIECE,
        5 * PIECE,
        6 * PIECE + 1,
        11 * PIECE,
    ];
    let vector = |size| {
        let body = segment(size);
        let root = Record::of(&body).root;
        json!({ "size": size, "leaves": describe::digests(&body.leaves()), "root": hex(&root.0) })
    };
    sizes.into_iter().map(vector).collect()
}

pub(super) fn check(vector: &Value) {
    let size = vector["size"].as_u64().unwrap();
    let digest = |text| Digest(unhex(text).try_into().unwrap());
    let leaves: Vec<_> = vector["leaves"].as_array().unwrap().iter().map(digest).collect();
    let root = digest(&vector["root"]);
    assert_eq!(root_of(size, &leaves), root, "{size} bytes");
    let body = segment(usize::try_from(size).unwrap());
    assert_eq!(body.leaves(), leaves, "{size} bytes");
    assert!(leaves_match(&Record { size, root }, &leaves), "{size} bytes");
}

/// A segment whose byte number i is i mod 251.
pub(super) fn segment(size: usize) -> Body {
    let bytes: Vec<u8> = (0..251).cycle().take(size).collect();
    Body::of(&bytes)
}
