//! Why a server cannot run with a configuration.

use service::settings::SettingsFileError;
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
    /// The file cannot be used.
    #[error("{0}")]
    File(#[from] SettingsFileError),
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
