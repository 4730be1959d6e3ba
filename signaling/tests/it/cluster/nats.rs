//! A NATS server of the test's own, that can be killed and started again on the same port.

use std::fs;
use std::io::{ErrorKind, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use signaling::bus::{Bus, BusConfig, BusEvent, BusEvents, Nats};
use signaling_proto::cluster::NodeId;

use crate::harness::PATIENCE;

/// Ports that a system gives to nobody by itself: while a server is away, no connection of another test takes its port.
const PORTS: Range<u16> = 20_000..30_000;

/// A process, and the directory of its files; both are gone when it is dropped.
pub(super) struct NatsServer {
    dir: PathBuf,
    address: SocketAddr,
    config: String,
    child: Option<Child>,
}

impl NatsServer {
    /// Starts one that lets anyone in.
    pub(super) fn start() -> Self {
        Self::with("")
    }

    /// Starts one with more lines of configuration; `{dir}` in them is its directory.
    pub(super) fn with(config: &str) -> Self {
        Self::prepare(|dir| config.replace("{dir}", &dir.display().to_string()))
    }

    /// Starts one that is configured once its directory is there.
    pub(super) fn prepare(config: impl FnOnce(&Path) -> String) -> Self {
        let address = free_port().local_addr().unwrap();
        let dir =
            std::env::temp_dir().join(format!("fugitive-nats-{}-{}", std::process::id(), address.port()));
        fs::create_dir_all(&dir).unwrap();
        let config = config(&dir);
        let mut server = Self {
            dir,
            address,
            config,
            child: None,
        };
        server.restart();
        server
    }

    /// Starts three that are one cluster.
    pub(super) fn trio() -> [Self; 3] {
        // All are held at once, so that they differ.
        let listeners = [(); 3].map(|()| free_port());
        let routes = listeners.map(|listener| listener.local_addr().unwrap());
        let urls = routes.map(|route| format!("\"nats://{route}\"")).join(", ");
        routes.map(|route| {
            Self::with(&format!(
                "cluster {{ name: trio, listen: \"{route}\", routes: [ {urls} ] }}\n"
            ))
        })
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(super) fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// What a node needs to use it.
    pub(super) fn config(&self) -> BusConfig {
        BusConfig {
            nats: vec![self.url()],
            ..BusConfig::default()
        }
    }

    /// Starts it on the same port, and waits until it listens.
    pub(super) fn restart(&mut self) {
        let path = self.dir.join("nats.conf");
        let listen = format!("listen: \"{}\"\n", self.address);
        fs::write(&path, format!("{listen}{}", self.config)).unwrap();
        let log = fs::File::create(self.dir.join("log")).unwrap();
        let spawned = Command::new("nats-server")
            .arg("--config")
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        let child = match spawned {
            Ok(child) => child,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                panic!("nats-server is missing: install it with `sudo apt-get install nats-server`")
            }
            Err(error) => panic!("nats-server: {error}"),
        };
        self.child = Some(child);
        let deadline = Instant::now() + PATIENCE;
        while !self.greets() {
            let log = || fs::read_to_string(self.dir.join("log")).unwrap_or_default();
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "nats-server ended: {}", log());
            assert!(
                Instant::now() < deadline,
                "nats-server does not listen: {}",
                log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether a NATS server answers at the port.
    fn greets(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(self.address) else {
            return false;
        };
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut word = [0; 4];
        stream.read_exact(&mut word).is_ok() && word == *b"INFO"
    }

    /// Kills it, as a machine that is switched off would.
    pub(super) fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It is gone already where it could not start.
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// Holds a port of [`PORTS`]: it is free again once this is dropped.
fn free_port() -> TcpListener {
    let held = (0..100).find_map(|_| {
        let port = rand::random_range(PORTS);
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()
    });
    held.expect("a port is free")
}

/// A bus and what it tells.
pub(super) struct Access {
    pub(super) node: NodeId,
    pub(super) bus: Nats,
    pub(super) events: BusEvents,
}

impl Access {
    pub(super) async fn start(config: &BusConfig, node: u32) -> Self {
        let node = NodeId(node);
        let (bus, events) = Nats::start(config, node).await.unwrap();
        Self { node, bus, events }
    }

    /// One whose bus is up.
    pub(super) async fn up(config: &BusConfig, node: u32) -> Self {
        let mut access = Self::start(config, node).await;
        assert_eq!(access.next().await, BusEvent::Up);
        access
    }

    pub(super) async fn next(&mut self) -> BusEvent {
        self.within(PATIENCE).await.expect("it tells something")
    }

    pub(super) async fn within(&mut self, time: Duration) -> Option<BusEvent> {
        let next = tokio::time::timeout(time, self.events.next()).await;
        next.ok().map(|event| event.expect("it is open"))
    }

    /// Publishes to `other` until something comes there: a subscription may take a moment to reach the server.
    pub(super) async fn reach(&self, other: &mut Self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < deadline, "nothing is carried");
            self.bus.publish(other.node, "are you there?".into()).unwrap();
            if other.within(Duration::from_millis(100)).await.is_some() {
                break;
            }
        }
        while other.within(Duration::from_millis(150)).await.is_some() {}
    }
}
