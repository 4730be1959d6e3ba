//! `fugitive-seeder sign`: makes the sidecars of a folder's films, or the list of a site's files, without a seeder that
//! runs.

mod files;
mod folder;
mod hashing;
mod left_out;
mod title;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::HumanBytes;
use segment_engine::error::ManifestError;
use segment_engine::integrity::{MAX_SIDECAR, Sidecar, SignedBatch, chain_records, write_sidecar};
use segment_engine::manifest::files::MAX_FILES;
use segment_engine_native::{BadManifestUrl, KeyFileError, SeedKey, default_swarm, hex, unix_time};
use signaling_proto::message::MAX_SWARM;
use thiserror::Error;

use self::folder::Folder;
use self::hashing::hash_all;
use self::title::Title;
use crate::cli::SignArgs;

/// The ending of a sidecar's name, after the manifest's whole name.
const EXTENSION: &str = ".digests";
/// The most digests that a sidecar holds, as an engine keeps them.
const MAX_SEGMENTS: usize = 100_000;

/// Something cannot be signed. The text is one line.
#[derive(Debug, Error)]
pub(crate) enum SignError {
    #[error(transparent)]
    Key(#[from] KeyFileError),
    #[error(
        "the key file {} would be served with the folder {}, and whoever gets it can sign: keep it outside, and name it \
         by --key",
        key.display(),
        folder.display()
    )]
    KeyInside { key: PathBuf, folder: PathBuf },
    #[error("--base-url: {0}")]
    BaseUrl(#[from] BadManifestUrl),
    #[error(
        "--swarm names one swarm, but there are {0} manifests: name one by --manifest, or give --base-url"
    )]
    OneSwarm(usize),
    #[error("the swarm {0:?} is not of 1 to {MAX_SWARM} bytes")]
    Swarm(String),
    #[error("no manifest in {}: name one by --manifest", .0.display())]
    NoManifest(PathBuf),
    #[error("cannot read {}: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("cannot write {}: {error}", path.display())]
    Unwritable { path: PathBuf, error: io::Error },
    #[error("{}: {error}", path.display())]
    Manifest { path: PathBuf, error: ManifestError },
    #[error("{}: a live title changes while it is signed: run a seeder for it", .0.display())]
    Live(PathBuf),
    #[error("{}: it has no segments", .0.display())]
    Empty(PathBuf),
    #[error("{}: nothing of it can be signed: {why}", manifest.display())]
    Nothing { manifest: PathBuf, why: String },
    #[error("{}: more than {MAX_SEGMENTS} segments", .0.display())]
    TooMany(PathBuf),
    #[error("{}: {url} lies outside of the folder", manifest.display())]
    Outside { manifest: PathBuf, url: String },
    #[error("{}: of 1 byte to 64 MiB, but {size} bytes", path.display())]
    Size { path: PathBuf, size: u64 },
    #[error("no file in {} that can be shared: of 1 byte to 64 MiB, and not hidden", .0.display())]
    NoFile(PathBuf),
    #[error("{}: more than {MAX_FILES} files: sign its folders one by one", .0.display())]
    TooManyFiles(PathBuf),
    #[error("{}: its digests are more than {MAX_SIDECAR} bytes", .0.display())]
    TooLarge(PathBuf),
}

impl SignError {
    /// 2 where a flag or the key is to blame, or else 1.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Key(_) | Self::KeyInside { .. } | Self::BaseUrl(_) | Self::OneSwarm(_) | Self::Swarm(_) => {
                2
            }
            Self::NoManifest(_)
            | Self::Unreadable { .. }
            | Self::Unwritable { .. }
            | Self::Manifest { .. }
            | Self::Live(_)
            | Self::Empty(_)
            | Self::Nothing { .. }
            | Self::TooMany(_)
            | Self::NoFile(_)
            | Self::TooManyFiles(_)
            | Self::Outside { .. }
            | Self::Size { .. }
            | Self::TooLarge(_) => 1,
        }
    }
}

/// Reads or makes the key, and warns where others can read it.
fn load_key(path: &Path) -> Result<SeedKey, KeyFileError> {
    let key = SeedKey::load_or_create(path)?;
    if let Some(line) = SeedKey::exposed(path) {
        // Without standard error there is nobody to tell.
        let _ = writeln!(io::stderr(), "fugitive-seeder: warning: {line}");
    }
    Ok(key)
}

/// How much of what the flags name was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it.
    Whole,
    /// Something of each manifest; the output says what was left out.
    Part,
}

impl Extent {
    /// 0, or 3 where segments were left out.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Whole => 0,
            Self::Part => 3,
        }
    }
}

/// Signs what the flags name. Every manifest is looked at before anything is written.
///
/// # Errors
/// Names the first thing that cannot be read or written, or a manifest of which nothing can be signed.
pub(crate) fn run(args: &SignArgs) -> Result<Extent, SignError> {
    let folder = Folder::open(&args.dir)?;
    folder.refuse_key_inside(&args.key)?;
    if args.files {
        return files::sign(args, &folder).map(|()| Extent::Whole);
    }
    let manifests = match &args.manifest[..] {
        [] => folder.manifests()?,
        named => named
            .iter()
            .map(|name| folder.named(name))
            .collect::<Result<_, _>>()?,
    };
    let swarms = manifests
        .iter()
        .map(|manifest| swarm_of(args, &folder, manifest, manifests.len()))
        .collect::<Result<Vec<_>, _>>()?;
    let titles = manifests
        .iter()
        .map(|manifest| Title::read(&folder, manifest, args.base_url.as_deref()))
        .collect::<Result<Vec<_>, _>>()?;
    let key = load_key(&args.key)?;
    tell(&format!("public-key {}", hex(&key.public_key().0)));
    for (title, swarm) in titles.iter().zip(&swarms) {
        sign(title, swarm, &key, args.valid_days)?;
    }
    let is_whole = titles.iter().all(|title| title.left_out.is_empty());
    Ok(if is_whole { Extent::Whole } else { Extent::Part })
}

/// The swarm of a manifest: the one that the flags name, or the one that pages use by default.
fn swarm_of(args: &SignArgs, folder: &Folder, manifest: &Path, count: usize) -> Result<String, SignError> {
    let swarm = match (&args.swarm, &args.base_url) {
        (Some(_), _) if count > 1 => return Err(SignError::OneSwarm(count)),
        (Some(swarm), _) => swarm.clone(),
        (None, base) => default_swarm(&folder.url(base.as_deref(), manifest))?,
    };
    if swarm.is_empty() || swarm.len() > MAX_SWARM {
        return Err(SignError::Swarm(swarm));
    }
    Ok(swarm)
}

fn sign(title: &Title, swarm: &str, key: &SeedKey, valid_days: u32) -> Result<(), SignError> {
    let (records, bytes) = hash_all(&title.manifest, &title.parts)?;
    let validity = Duration::from_secs(u64::from(valid_days) * 24 * 3_600);
    let messages = chain_records(swarm, &records, rand::random(), unix_time(), validity);
    let signed = messages.into_iter().map(|message| SignedBatch {
        signature: key.sign(&message),
        message,
    });
    // The newest first, as everywhere: the first of the run last.
    let mut batches: Vec<_> = signed.collect();
    batches.reverse();
    let count = batches.len();
    let sidecar = Sidecar {
        swarm: swarm.to_owned(),
        signer: key.public_key(),
        batches,
    };
    let written = write_sidecar(&sidecar);
    // What has no room is left out of it.
    let held = segment_engine::integrity::read_sidecar(&written).map(|read| read.batches.len());
    if held != Ok(count) {
        return Err(SignError::TooLarge(title.manifest.clone()));
    }
    let mut name = title.manifest.clone().into_os_string();
    name.push(EXTENSION);
    let path = PathBuf::from(name);
    write_whole(&path, &written).map_err(|error| SignError::Unwritable {
        path: path.clone(),
        error,
    })?;
    let (count, hashed) = (records.len(), HumanBytes(bytes));
    tell(&format!(
        "{}: {count} segments of {hashed} for the swarm {swarm}",
        path.display()
    ));
    for line in title.left_out.lines() {
        tell(&format!("{}: {line}", title.manifest.display()));
    }
    Ok(())
}

/// Writes a file as a whole, or not at all: whoever serves it never serves a part.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.to_owned().into_os_string();
    name.push(format!(".{}", std::process::id()));
    let made = PathBuf::from(name);
    let written = File::create(&made).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&made, path)
    });
    if written.is_err() {
        // It is in nobody's way but the operator's.
        let _ = fs::remove_file(&made);
    }
    written
}

/// A line on standard output.
fn tell(line: &str) {
    // Without standard output there is nobody to tell.
    let _ = writeln!(io::stdout(), "{line}");
}
