//! Starting streams: their keys, and their seeders.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use segment_engine_native::internal::redacted_url;
use segment_engine_native::{
    AccessError, KeyFileError, OriginAccess, SeedKey, Seeder, StartError, hex, read_token_file,
};
use thiserror::Error;
use tracing::info_span;

use super::{ApplyError, Resources, Running};
use crate::settings::Spec;

/// A stream cannot be started.
#[derive(Debug, Error)]
pub(crate) enum NotStarted {
    #[error(transparent)]
    Origin(#[from] AccessError),
    #[error(transparent)]
    Seeder(#[from] StartError),
}

impl NotStarted {
    /// Whether a setting or a file that it names is to blame.
    pub(super) fn is_of_settings(&self) -> bool {
        matches!(self, Self::Origin(_) | Self::Seeder(StartError::Token(_)))
    }
}

/// Keys by their files: each is read once.
pub(super) type Keys = BTreeMap<PathBuf, SeedKey>;

/// Reads the keys of all streams, and makes missing ones; but not for a stream that runs or a swarm that is fed, whose
/// key viewers know.
pub(super) fn read_keys(before: &[Arc<Running>], specs: &[Spec]) -> Result<Keys, KeyFileError> {
    let is_known = |spec: &&Spec| {
        let mut before = before.iter().map(|running| &running.spec);
        before.any(|running| running.name == spec.name || running.feeds_swarm_of(spec))
    };
    let known: BTreeSet<&Path> = specs.iter().filter(is_known).map(|spec| &*spec.key).collect();
    let mut keys = Keys::new();
    for path in specs.iter().map(|spec| spec.key.as_path()) {
        if !keys.contains_key(path) {
            let key = if known.contains(path) {
                SeedKey::load(path)?
            } else {
                SeedKey::load_or_create(path)?
            };
            keys.insert(Path::to_owned(path), key);
            if let Some(line) = SeedKey::exposed(path) {
                tracing::warn!("{line}");
            }
        }
    }
    Ok(keys)
}

/// The credentials for origins, by streams' names.
pub(super) type Accesses = BTreeMap<String, OriginAccess>;

/// Reads the secrets of all streams, and join tokens too, so that a missing one shows before anything is stopped for
/// it.
pub(super) fn read_secrets(specs: &[Spec]) -> Result<Accesses, ApplyError> {
    let read = |spec: &Spec| {
        if let Some(path) = spec.token_file() {
            read_token_file(path).map_err(StartError::from)?;
        }
        Ok(spec.origin_access()?)
    };
    let secrets = |spec: &Spec| {
        let name = spec.name.clone();
        match read(spec) {
            Ok(access) => Ok((name, access)),
            Err(error) => Err(ApplyError::Start { name, error }),
        }
    };
    specs.iter().map(secrets).collect()
}

/// Starts all or none: if one fails, those that have started are dropped, and so end.
pub(super) fn start_all(
    specs: &[&Spec],
    keys: &Keys,
    accesses: &Accesses,
    resources: &Resources,
) -> Result<Vec<Running>, ApplyError> {
    let start = |spec: &&Spec| {
        let access = accesses[&spec.name].clone();
        start(spec, keys[&spec.key].clone(), access, resources).map_err(|error| ApplyError::Start {
            name: spec.name.clone(),
            error,
        })
    };
    specs.iter().map(start).collect()
}

/// Starts one stream.
pub(super) fn start(
    spec: &Spec,
    key: SeedKey,
    access: OriginAccess,
    resources: &Resources,
) -> Result<Running, NotStarted> {
    // All that the seeder logs is of this stream.
    let _span = info_span!("seed", stream = spec.name).entered();
    let mut options = spec.options(key.clone());
    options.origin = access;
    options.network = Some(resources.network.clone());
    options.shelf.clone_from(&resources.shelf);
    let mut config = spec.engine();
    config.upload_limits.total = resources.uplink.first(config.upload_limits.total);
    let seeder = Seeder::start(config, key, options)?;
    let public_key = hex(&seeder.public_key().0);
    tracing::info!(
        %public_key, manifest = redacted_url(&spec.manifest), swarm = spec.swarm,
        "seeding; pages need this public key as their digest key"
    );
    Ok(Running {
        spec: spec.clone(),
        seeder,
    })
}
