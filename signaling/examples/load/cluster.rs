//! Nodes of a cluster with a NATS server between them, all on the loopback interface.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::server::{Server, await_connection, free_address, get, start_node};

/// How long the nodes may take to know each other: some heartbeats of 2 s.
const MEETING: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(100);

/// Running nodes, and their bus. All end when this is dropped.
#[derive(Debug)]
pub(crate) struct Cluster {
    nodes: Vec<Server>,
    _nats: Server,
}

impl Cluster {
    /// Starts so many nodes, and waits until each knows all others. But for what peers of one machine need, they have the
    /// defaults; `folder` takes their configuration.
    ///
    /// # Errors
    /// A program does not start, or does not hear of the others.
    pub(crate) fn start(server: &Path, nats: &Path, count: usize, folder: &Path) -> Result<Self> {
        let bus = free_address()?;
        let mut command = Command::new(nats);
        command
            .args(["--addr", "127.0.0.1", "--port"])
            .arg(bus.port().to_string());
        let nats = await_connection(&mut command, bus).context("starting nats-server")?;
        let config = folder.join("node.toml");
        fs::write(&config, settings(bus))?;
        let nodes = (0..count)
            .map(|_| start_node(server, &config).context("starting a node"))
            .collect::<Result<Vec<_>>>()?;
        let cluster = Self { nodes, _nats: nats };
        let met = format!("ok, with {} other servers\n", count - 1);
        for node in &cluster.nodes {
            await_health(node.address(), &met)?;
        }
        Ok(cluster)
    }

    /// The nodes.
    pub(crate) fn nodes(&self) -> &[Server] {
        &self.nodes
    }
}

/// A node's file. The peers' own addresses are told as a proxy tells them, and the proxy is named: limits are those of the
/// defaults, for each address and in all.
fn settings(bus: SocketAddr) -> String {
    format!(
        "address_header = \"x-forwarded-for\"\ntrusted_proxies = [\"127.0.0.0/8\"]\n[cluster]\nnats = [\"nats://{bus}\"]\n"
    )
}

fn await_health(address: SocketAddr, expected: &str) -> Result<()> {
    let end = Instant::now() + MEETING;
    while Instant::now() < end {
        if get(address, "/healthz")?.ends_with(expected) {
            return Ok(());
        }
        thread::sleep(LOOK);
    }
    bail!("it does not say {expected:?}: {}", get(address, "/healthz")?)
}
