//! Uplinks of populations. Measured ones are heavy-tailed and have two humps: in 2023 fixed lines in the US sent 22 Mbit/s in
//! the median and 89 in the mean, cable some 10 to 20, fibre 100 and more, mobile networks 7 to 12.

use serde::Deserialize;
use thiserror::Error;

use crate::clock::Dice;

/// How fast viewers send.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Profile {
    /// 70 % 100 Mbit/s, 30 % 20.
    Fibre,
    /// A fifth sends nothing, the others 2 to 50 Mbit/s: 10.9 in the mean.
    Mixed,
    /// Log-normal around 15 Mbit/s; 15 % send nothing.
    Cable,
    /// Mobile-heavy. 40 % send nothing, the others 1.5 to 20 Mbit/s: some 3 in the mean.
    Poor,
    /// Log-normal around 5 Mbit/s; half send nothing.
    Emerging,
    /// All the same, this many times the bitrate.
    Homogeneous(f64),
}

/// There is no such profile.
#[derive(Debug, Error)]
#[error("no uplink profile `{0}`: there are fibre, mixed, cable, poor, emerging, and homogeneous:RHO")]
pub(crate) struct UnknownProfile(String);

impl TryFrom<String> for Profile {
    type Error = UnknownProfile;

    fn try_from(name: String) -> Result<Self, UnknownProfile> {
        Ok(match name.as_str() {
            "fibre" => Self::Fibre,
            "mixed" => Self::Mixed,
            "cable" => Self::Cable,
            "poor" => Self::Poor,
            "emerging" => Self::Emerging,
            other => {
                let rho = other
                    .strip_prefix("homogeneous:")
                    .and_then(|rho| rho.parse().ok());
                Self::Homogeneous(rho.filter(|rho| *rho >= 0.0).ok_or(UnknownProfile(name))?)
            }
        })
    }
}

impl Profile {
    /// One viewer's uplink in bits per second, for a stream of that bitrate; 0 if it sends nothing to others.
    pub(crate) fn draw(self, dice: &mut Dice, bitrate: u64) -> u64 {
        let table = |dice: &mut Dice, table: &[(u64, u64)]| {
            let mut left = dice.below(100);
            for (percent, kbits) in table {
                if left < *percent {
                    return kbits * 1_000;
                }
                left -= percent;
            }
            0
        };
        match self {
            Self::Fibre => table(dice, &[(70, 100_000), (30, 20_000)]),
            Self::Mixed => table(
                dice,
                &[
                    (20, 0),
                    (15, 2_000),
                    (20, 5_000),
                    (20, 10_000),
                    (15, 20_000),
                    (10, 50_000),
                ],
            ),
            Self::Cable => heavy(dice, 0.15, 15e6),
            Self::Poor => table(
                dice,
                &[(40, 0), (25, 1_500), (20, 4_000), (10, 8_000), (5, 20_000)],
            ),
            Self::Emerging => heavy(dice, 0.5, 5e6),
            Self::Homogeneous(rho) => (bitrate as f64 * rho) as u64,
        }
    }
}

fn heavy(dice: &mut Dice, none: f64, median: f64) -> u64 {
    if dice.chance(none) {
        return 0;
    }
    dice.log_normal(median, 0.7).min(200e6) as u64
}

#[cfg(test)]
mod tests;
