//! Why a server cannot run with a configuration.

use signaling_proto::range::OutOfRange;
use thiserror::Error;

use crate::bus::BusConfigError;
use crate::door::DoorError;
use crate::places::PlacesError;
use crate::tls::TlsError;

/// The server cannot run with this configuration. Each variant says in one line what to correct.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read. Check its path.
    #[error("cannot read {path}: {error}")]
    Unreadable {
        /// The file's path.
        path: String,
        /// The reason.
        error: std::io::Error,
    },
    /// The file is not TOML, or has a key that is unknown or of another type. Compare `--print-config`.
    #[error("{}: {message}", place(.path, *.line))]
    Malformed {
        /// The file's path.
        path: String,
        /// The line, from 1, where it is known.
        line: Option<usize>,
        /// What is wrong.
        message: String,
    },
    /// A value is out of its range.
    #[error("{0}")]
    OutOfRange(#[from] OutOfRange),
    /// The access rules cannot be used.
    #[error("{0}")]
    Door(#[from] DoorError),
    /// The cluster settings cannot be used.
    #[error("{0}")]
    Cluster(#[from] BusConfigError),
    /// The certificate cannot be used.
    #[error("tls: {0}")]
    Tls(#[from] TlsError),
    /// A file of places cannot be used.
    #[error("places: {0}")]
    Places(#[from] PlacesError),
    /// Viewers would have no candidate at all. Name a TURN server, or let other candidates through.
    #[error("policy.relay_only needs a TURN server: name one in door.turn.urls or ice_servers")]
    RelayWithoutTurn,
    /// Anybody who reaches the listener could make up an address. Name the proxies, or listen where only they connect.
    #[error(
        "address_header needs trusted_proxies: name the proxies' networks, or listen on a loopback address"
    )]
    HeaderOfAnybody,
    /// Both listeners have the same address. Give each its own.
    #[error("admin must be another address than listen: viewers would reach the figures")]
    OneAddress,
}

/// A file, and the line in it where that is known.
fn place(path: &str, line: Option<usize>) -> String {
    line.map_or_else(|| path.to_owned(), |line| format!("{path}:{line}"))
}
