//! Whether a part of the demo runs, as `/control` says it and is told it.

use serde::{Deserialize, Serialize};

/// Whether a part runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Power {
    On,
    Off,
}
