//! Files that a page asks for by the SHA-224 of their bytes, beside what the manifest names: no list has them.
//!
//! They outlive every manifest that is read, and no URL leads to them.

use super::{Timeline, Track};
use crate::id::TrackKey;
use crate::piece::Digest;
use crate::vecmap::VecMap;

/// The most files of a session that are known by their digests alone: some 300 bytes each.
const MAX_FILES: usize = 1_000;

/// Files by their digests.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct ByDigest(VecMap<TrackKey, File>);

#[derive(Debug, Clone, PartialEq)]
struct File {
    sha224: Digest,
    track: Track,
}

impl ByDigest {
    pub(super) fn track(&self, key: TrackKey) -> Option<&Track> {
        self.0.get(&key).map(|file| &file.track)
    }
}

impl Timeline {
    /// Adds a file that is known by its digest; its latest URL counts. If there are as many as allowed, one that
    /// `is_idle` makes way. False if there is none, or if another digest has the same key.
    pub(crate) fn name(&mut self, track: Track, sha224: Digest, is_idle: impl Fn(TrackKey) -> bool) -> bool {
        let files = &mut self.by_digest.0;
        match files.get(&track.key) {
            Some(known) if known.sha224 != sha224 => return false,
            None if files.len() >= MAX_FILES => {
                let Some(idle) = files.keys().copied().find(|key| is_idle(*key)) else {
                    return false;
                };
                files.remove(&idle);
            }
            Some(_) | None => {}
        }
        files.insert(track.key, File { sha224, track });
        true
    }

    /// The SHA-224 of a track that is a file known by nothing else.
    pub(crate) fn digest(&self, track: TrackKey) -> Option<Digest> {
        self.by_digest.0.get(&track).map(|file| file.sha224)
    }
}
