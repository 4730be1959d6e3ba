//! `--check`: tries what a start needs of the machine, and says what it would do, without doing it.

use std::fmt::Write as _;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};

use segment_engine_native::internal::redacted_url;
use segment_engine_native::{
    AccessError, BadPortRange, KeyFileError, Network, NetworkError, PortRange, SeedKey, Shelf,
    TokenFileError, hex, read_token_file,
};
use thiserror::Error;

use crate::settings::{CacheError, Settings, Spec};

/// A start would fail.
#[derive(Debug, Error)]
pub(crate) enum CheckError {
    #[error(transparent)]
    Key(#[from] KeyFileError),
    #[error(transparent)]
    Token(#[from] TokenFileError),
    #[error(transparent)]
    Origin(#[from] AccessError),
    #[error("key: {} cannot be made: {error}", path.display())]
    Folder { path: PathBuf, error: io::Error },
    #[error("http: cannot listen on {address}: {error}")]
    Http { address: SocketAddr, error: io::Error },
    #[error("udp_addresses: cannot use {address}: {error}")]
    Udp { address: SocketAddr, error: io::Error },
    #[error("udp_ports: this user may not use port {port}: take ports from 1024 on")]
    Privileged { port: u16 },
    #[error("udp_ports: {0}")]
    Ports(#[from] BadPortRange),
    #[error(transparent)]
    Network(#[from] NetworkError),
    #[error(transparent)]
    Cache(#[from] CacheError),
}

/// Checks the files and addresses of the settings, and writes what a start would do: a line for each thing.
///
/// # Errors
/// Names the first that cannot be used.
pub(crate) fn check(settings: &Settings) -> Result<String, CheckError> {
    let mut told = String::new();
    for spec in settings.specs() {
        let key = key_of(&spec.key)?;
        if let Some(path) = spec.token_file() {
            read_token_file(path)?;
        }
        spec.origin_access()?;
        tell_stream(&mut told, &spec, &key);
    }
    let network = settings.network()?;
    Network::check(network.clone())?;
    for address in network.udp_addresses {
        UdpSocket::bind(address).map_err(|error| CheckError::Udp { address, error })?;
        try_first(network.udp_ports, address.ip())?;
    }
    if let Some((folder, mib)) = settings.cache() {
        tell_cache(&mut told, folder, mib)?;
    }
    if let Some(address) = settings.http() {
        TcpListener::bind(address).map_err(|error| CheckError::Http { address, error })?;
        let proxy = if settings.proxy() {
            ", segments to players too"
        } else {
            ""
        };
        // Writing to a string cannot fail.
        let _ = writeln!(told, "would serve HTTP on {address}{proxy}");
    }
    Ok(told)
}

/// Tries the first port of a range: another process may use it, but the system must allow it to this user.
fn try_first(range: Option<PortRange>, ip: IpAddr) -> Result<(), CheckError> {
    let Some(port) = range.map(PortRange::first) else {
        return Ok(());
    };
    match UdpSocket::bind((ip, port)) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(CheckError::Privileged { port }),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn tell_cache(told: &mut String, folder: &Path, mib: u64) -> Result<(), CacheError> {
    Shelf::check(folder)?;
    // Writing to a string cannot fail.
    let _ = writeln!(
        told,
        "would keep up to {mib} MiB of segments on disk in {}",
        folder.display()
    );
    Ok(())
}

fn tell_stream(told: &mut String, spec: &Spec, key: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(
        told,
        "would seed {}: {} for the swarm {} at {}, with {} MiB of memory; {key}",
        spec.name,
        redacted_url(&spec.manifest),
        spec.swarm,
        redacted_url(&spec.signaling),
        spec.store_bytes >> 20,
    );
}

/// A key's description; a key that does not exist must be one that can be made.
fn key_of(path: &Path) -> Result<String, CheckError> {
    if path.exists() {
        let key = SeedKey::load_or_create(path)?;
        let exposed = SeedKey::exposed(path).map_or_else(String::new, |line| format!("\nwarning: {line}"));
        return Ok(format!("public-key {}{exposed}", hex(&key.public_key().0)));
    }
    SeedKey::try_create(path).map_err(|error| CheckError::Folder {
        path: path.to_owned(),
        error,
    })?;
    Ok(format!("would make the key {}", path.display()))
}
