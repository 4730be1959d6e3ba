//! The demo's seeders: one for each stream, in this process. They can be killed and started again.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::join_all;
use segment_engine_native::segment_engine::config::Config;
use segment_engine_native::{Options, SeedKey, Seeder, StartError};
use tokio::task::JoinSet;

use crate::member::{Member, Role, Shown};
use crate::power::Power;
use crate::streams::{STREAMS, Stream};

/// The path under which the origin is reached without its throttled link.
pub(crate) const BESIDE: &str = "/beside";

/// The addresses where members in this process find origin and signaling.
#[derive(Debug, Clone)]
pub(crate) struct Reached {
    address: SocketAddr,
    signaling_url: String,
}

impl Reached {
    /// A server that listens on `address`, with signaling of its own or elsewhere.
    pub(crate) fn new(address: SocketAddr, signaling_url: Option<&str>) -> Self {
        let address = reachable(address);
        let own = || format!("ws://{address}/v1/ws");
        Self {
            address,
            signaling_url: signaling_url.map_or_else(own, str::to_owned),
        }
    }

    /// The absolute address of a stream's manifest.
    pub(crate) fn manifest(&self, stream: &Stream) -> String {
        format!("http://{}{}", self.address, stream.manifest_url)
    }

    /// The manifest's URL for a seeder: it stands beside the origin, and only viewers use the throttled link.
    fn manifest_beside(&self, stream: &Stream) -> String {
        format!("http://{}{BESIDE}{}", self.address, stream.manifest_url)
    }

    /// The options by which a peer of this process reaches the others.
    pub(crate) fn options(&self) -> Options {
        let mut options = Options::new(&self.signaling_url);
        // Loopback as well, so that the demo shares on a machine without a network.
        options
            .udp_addresses
            .push(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        options
    }
}

/// The seeders, running or not.
#[derive(Debug)]
pub(crate) struct Seeders {
    reached: Reached,
    key: SeedKey,
    running: Mutex<Vec<Running>>,
}

#[derive(Debug)]
struct Running {
    seeder: Seeder,
    shown: Shown,
    _follower: JoinSet<()>,
}

impl Seeders {
    /// Seeders that do not run yet.
    pub(crate) fn new(reached: Reached, key: SeedKey) -> Self {
        Self {
            reached,
            key,
            running: Mutex::default(),
        }
    }

    /// Starts a seeder for each stream, once the server listens; where they run already, nothing happens.
    ///
    /// # Errors
    /// See [`StartError`].
    pub(crate) fn start(&self) -> Result<(), StartError> {
        let mut running = self.lock();
        if running.is_empty() {
            *running = STREAMS
                .iter()
                .map(|stream| self.seed(stream))
                .collect::<Result<_, _>>()?;
        }
        Ok(())
    }

    /// Cuts them off without a word, as a crash would.
    pub(crate) fn kill(&self) {
        self.lock().clear();
    }

    /// Whether they run.
    pub(crate) fn power(&self) -> Power {
        if self.lock().is_empty() {
            Power::Off
        } else {
            Power::On
        }
    }

    /// The state of each seeder.
    pub(crate) fn members(&self) -> Vec<Member> {
        let running = self.lock();
        running
            .iter()
            .map(|running| running.shown.lock().clone())
            .collect()
    }

    /// Stops them all in good order.
    pub(crate) async fn shutdown(&self) {
        let running: Vec<Running> = self.lock().drain(..).collect();
        join_all(running.into_iter().map(|running| running.seeder.shutdown())).await;
    }

    fn seed(&self, stream: &'static Stream) -> Result<Running, StartError> {
        let config = Config::seeder(stream.swarm, self.reached.manifest_beside(stream));
        let seeder = Seeder::start(config, self.key.clone(), self.reached.options())?;
        let shown = Shown::new(Member::new(Role::Seeder, stream.id));
        let (watched, events) = (shown.clone(), seeder.peer().subscribe());
        let mut follower = JoinSet::new();
        follower.spawn(async move { watched.follow(events).await });
        Ok(Running {
            seeder,
            shown,
            _follower: follower,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
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
