//! Splits what is too much for one frame into several.

use super::frame::{Frame, Have, Holds, RequestId};
use super::{MAX_ALL_RUNS, MAX_KEYS, MAX_LEAVES, MAX_RUNS};
use crate::id::SegmentKey;
use crate::piece::Digest;

/// The Announce frames for any number of segments; none if there is nothing to tell.
///
/// What is gone is told first: a receiver forgets it before it learns what came.
pub fn announcements(came: Vec<Have>, gone: Vec<SegmentKey>) -> Vec<Frame> {
    let mut open = Open::default();
    for key in gone {
        open.make_room(0);
        open.gone.push(key);
    }
    for have in came {
        let Holds::Runs(runs) = &have.holds else {
            open.add(have);
            continue;
        };
        if runs.len() <= MAX_RUNS {
            open.add(have);
            continue;
        }
        for runs in runs.chunks(MAX_RUNS) {
            open.add(Have {
                holds: Holds::Runs(runs.to_vec()),
                ..have
            });
        }
    }
    open.close();
    open.frames
}

/// The Leaves frames that answer a request for a leaf layer.
pub fn leaf_frames(request: RequestId, layer: &[Digest]) -> Vec<Frame> {
    let firsts = (0..).step_by(MAX_LEAVES);
    let parts = firsts.zip(layer.chunks(MAX_LEAVES));
    parts
        .map(|(first, leaves)| Frame::Leaves {
            request,
            first,
            leaves: leaves.to_vec(),
        })
        .collect()
}

/// Frames, and one that is being filled.
#[derive(Default)]
struct Open {
    frames: Vec<Frame>,
    came: Vec<Have>,
    gone: Vec<SegmentKey>,
    runs: usize,
}

impl Open {
    fn add(&mut self, have: Have) {
        let runs = match &have.holds {
            Holds::All => 0,
            Holds::Runs(runs) => runs.len(),
        };
        self.make_room(runs);
        self.runs += runs;
        self.came.push(have);
    }

    /// Closes the frame if one more key with `runs` runs does not fit.
    fn make_room(&mut self, runs: usize) {
        let keys = self.came.len() + self.gone.len();
        if keys == MAX_KEYS || self.runs + runs > MAX_ALL_RUNS {
            self.close();
        }
    }

    fn close(&mut self) {
        let (came, gone) = (std::mem::take(&mut self.came), std::mem::take(&mut self.gone));
        self.runs = 0;
        if !came.is_empty() || !gone.is_empty() {
            self.frames.push(Frame::Announce { came, gone });
        }
    }
}

#[cfg(test)]
mod tests;
