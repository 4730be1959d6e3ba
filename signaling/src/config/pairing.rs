//! Who is introduced to whom, as the operator chooses: the setting `pairing`.

use serde::{Deserialize, Serialize};
use signaling_proto::rooms::{Nearest, Pairing, Scattered};

/// Who is introduced to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PairingChoice {
    /// Those near each other first; see [`Nearest`].
    #[default]
    Nearest,
    /// Anyone to anyone, whoever has room; see [`Scattered`].
    Scattered,
}

impl PairingChoice {
    /// What makes the introductions of a room.
    pub(crate) fn made(self) -> Box<dyn Pairing + Send> {
        match self {
            Self::Nearest => Box::new(Nearest),
            Self::Scattered => Box::new(Scattered),
        }
    }
}
