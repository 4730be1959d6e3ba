//! The demo's seeders: one for each stream, in this process.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use futures_util::future::join_all;
use segment_engine_native::segment_engine::config::Config;
use segment_engine_native::{Options, SeedKey, Seeder, StartError};

use crate::streams::{STREAMS, Stream};

/// The running seeders.
#[derive(Debug)]
pub(crate) struct Seeders(Vec<Seeder>);

impl Seeders {
    /// No seeder at all.
    pub(crate) fn none() -> Self {
        Self(Vec::new())
    }

    /// Starts a seeder for each stream of the server at `address`, once that listens.
    ///
    /// # Errors
    /// See [`StartError`].
    pub(crate) fn start(
        address: SocketAddr,
        signaling_url: Option<&str>,
        key: &SeedKey,
    ) -> Result<Self, StartError> {
        let address = reachable(address);
        let own = format!("ws://{address}/v1/ws");
        let start = |stream: &Stream| {
            let manifest = format!("http://{address}{}", stream.manifest_url);
            let mut options = Options::new(signaling_url.unwrap_or(&own));
            // Loopback as well, so that the demo shares on a machine without a network.
            options
                .udp_addresses
                .push(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
            Seeder::start(Config::seeder(stream.swarm, manifest), key.clone(), options)
        };
        STREAMS.iter().map(start).collect::<Result<_, _>>().map(Self)
    }

    /// Stops them all in good order.
    pub(crate) async fn shutdown(self) {
        join_all(self.0.into_iter().map(Seeder::shutdown)).await;
    }
}

/// An address under which a server that listens on `address` is reached from this machine.
fn reachable(address: SocketAddr) -> SocketAddr {
    if !address.ip().is_unspecified() {
        return address;
    }
    let ip: IpAddr = if address.is_ipv4() {
        Ipv4Addr::LOCALHOST.into()
    } else {
        Ipv6Addr::LOCALHOST.into()
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests;
