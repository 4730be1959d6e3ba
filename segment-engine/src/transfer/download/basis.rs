//! Why the bytes of peers count as those of one segment.

use std::sync::Arc;

use crate::piece::Digest;

/// Why the bytes of peers count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Basis {
    /// They do not, or not yet.
    None,
    /// They match these leaves, which are verified.
    Leaves(Arc<[Digest]>),
    /// The swarm is trusted.
    Open,
    /// Never: this origin's bytes differ from the swarm's.
    Disputed,
}

impl Basis {
    /// The verified leaves.
    pub(super) fn leaves(&self) -> Option<&Arc<[Digest]>> {
        match self {
            Self::Leaves(leaves) => Some(leaves),
            Self::None | Self::Open | Self::Disputed => None,
        }
    }

    /// Whether pieces of peers can be taken.
    pub(super) fn is_open(&self) -> bool {
        match self {
            Self::Leaves(_) | Self::Open => true,
            Self::None | Self::Disputed => false,
        }
    }
}
