//! Scenarios: TOML files that say who watches what over which network, what goes wrong, and what figures are to come out.
//!
//! `tests/scenarios/README.md` teaches the format to who writes one.

mod arrival;
mod file;
mod goal;
mod network;
mod service;
mod unit;

pub(crate) use arrival::{Arrival, Sessions};
pub(crate) use file::{AdversaryKind, FaultKind, StreamKind, Viewers};
pub use file::{ParseError, Scenario};
pub use goal::{Bound, Goal};
pub(crate) use network::CrossTraffic;
pub(crate) use service::{PairingKind, TrustKind};
pub(crate) use unit::Time;

use std::path::{Path, PathBuf};

/// Where the scenarios of this repository are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// The names of all scenarios in a folder, sorted.
///
/// # Errors
/// When it cannot be read.
pub fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml")
            && let Some(name) = path.file_stem().and_then(|name| name.to_str())
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests;
