//! How viewers come, and how long they stay.

use serde::Deserialize;

use super::unit::Time;

/// How viewers come.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Arrival {
    /// Evenly over the first `over`.
    Spread { over: Time },
    /// The first as in `Spread`; later ones so that with the given sessions the number stays about the same.
    Poisson {
        #[serde(default = "filling")]
        over: Time,
    },
    /// A tenth at first; the others within `over`, from `at` on.
    Flash { at: Time, over: Time },
}

impl Default for Arrival {
    fn default() -> Self {
        Self::Spread { over: filling() }
    }
}

/// How long viewers stay.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Sessions {
    /// To the end.
    #[default]
    Static,
    /// Exponential.
    Exponential { mean: Time },
    /// Log-normal.
    LogNormal { mean: Time, sigma: f64 },
}

fn filling() -> Time {
    Time::seconds(20)
}
