//! Starting streams: their keys, and their seeders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use segment_engine_native::{KeyFileError, SeedKey, Seeder, StartError, hex};
use tracing::info_span;

use super::{ApplyError, Running, shown};
use crate::settings::Spec;

/// Keys by their files: each is read once.
pub(super) type Keys = BTreeMap<PathBuf, SeedKey>;

/// Reads the keys of all streams; makes those that are not there.
pub(super) fn read_keys(specs: &[Spec]) -> Result<Keys, KeyFileError> {
    let mut keys = Keys::new();
    for path in specs.iter().map(|spec| spec.key.as_path()) {
        if !keys.contains_key(path) {
            keys.insert(Path::to_owned(path), SeedKey::load_or_create(path)?);
        }
    }
    Ok(keys)
}

/// Starts all, or none: those that have started end with what is dropped.
pub(super) fn start_all(specs: &[&Spec], keys: &Keys) -> Result<Vec<Running>, ApplyError> {
    let start = |spec: &&Spec| {
        start(spec, keys[&spec.key].clone()).map_err(|error| ApplyError::Start {
            name: spec.name.clone(),
            error,
        })
    };
    specs.iter().map(start).collect()
}

/// Starts one stream.
pub(super) fn start(spec: &Spec, key: SeedKey) -> Result<Running, StartError> {
    // All that the seeder logs is of this stream.
    let _span = info_span!("seed", stream = spec.name).entered();
    let seeder = Seeder::start(spec.engine(), key.clone(), spec.options(key))?;
    let public_key = hex(&seeder.public_key().0);
    tracing::info!(
        %public_key, manifest = shown(&spec.manifest), swarm = spec.swarm,
        "seeding; pages need this public key as their digest key"
    );
    Ok(Running {
        spec: spec.clone(),
        seeder,
    })
}
