//! The settings of the network, which is one for all streams.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use segment_engine_native::{BadPortRange, NetworkOptions};
use serde::Serialize;

use super::file::File;
use super::given;
use crate::cli::SeedArgs;

/// The ending of the certificate's file, beside the key.
const CERTIFICATE_EXTENSION: &str = "dtls";

/// The settings of WebRTC's network.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct NetworkSettings {
    udp_addresses: Vec<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    udp_ports: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    interfaces: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    public_addresses: Vec<IpAddr>,
    certificate: PathBuf,
}

impl NetworkSettings {
    /// Puts flags over the file, and both over defaults; the certificate's is beside the `key`.
    pub(super) fn new(args: &SeedArgs, file: &File, key: &Path) -> Self {
        let default = NetworkOptions::default();
        Self {
            udp_addresses: given(&args.udp_address, &file.udp_addresses, default.udp_addresses),
            udp_ports: args.udp_ports.clone().or_else(|| file.udp_ports.clone()),
            interfaces: given(&args.interface, &file.interfaces, default.interfaces),
            public_addresses: given(
                &args.public_address,
                &file.public_addresses,
                default.public_addresses,
            ),
            certificate: args
                .certificate
                .clone()
                .or_else(|| file.certificate.clone())
                .unwrap_or_else(|| beside(key)),
        }
    }

    /// The options for the network.
    ///
    /// # Errors
    /// When the range of ports is not a valid one.
    pub(super) fn options(&self) -> Result<NetworkOptions, BadPortRange> {
        Ok(NetworkOptions {
            udp_addresses: self.udp_addresses.clone(),
            udp_ports: self.udp_ports.as_deref().map(str::parse).transpose()?,
            interfaces: self.interfaces.clone(),
            public_addresses: self.public_addresses.clone(),
            certificate_file: Some(self.certificate.clone()),
        })
    }

    /// The settings' names, each with whether it differs between `old` and `new`. A default certificate that has moved
    /// only because the key did does not differ.
    pub(super) fn differing(
        (old, old_key): (&Self, &Path),
        (new, new_key): (&Self, &Path),
    ) -> [(&'static str, bool); 5] {
        let is_set = |network: &Self, key| network.certificate != beside(key);
        let certificate =
            old.certificate != new.certificate && (is_set(old, old_key) || is_set(new, new_key));
        [
            ("udp_addresses", old.udp_addresses != new.udp_addresses),
            ("udp_ports", old.udp_ports != new.udp_ports),
            ("interfaces", old.interfaces != new.interfaces),
            ("public_addresses", old.public_addresses != new.public_addresses),
            ("certificate", certificate),
        ]
    }
}

/// The default path of the certificate that belongs to a key.
fn beside(key: &Path) -> PathBuf {
    key.with_extension(CERTIFICATE_EXTENSION)
}
