//! Starts a server on the loopback interface, waits until it takes connections, and ends it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a server may take to start.
const START: Duration = Duration::from_secs(20);
/// How often it is looked for meanwhile.
const LOOK: Duration = Duration::from_millis(50);
/// Our server's line that tells its address.
const LISTENING: &str = "listening on ws://";
/// And the one after it, where its figures are.
const FIGURES: &str = "figures at http://";
/// All peers come from one address, and ask for more than any person's browser: these limits are not what is measured.
const OURS: &str = "\
connections = 100000
connections_per_address = 100000
message_rate = 10000
message_burst = 100000
webtorrent = true
";

/// Starts bittorrent-tracker's server alone: its own script loads the client too, which needs a WebRTC library.
const SCRIPT: &str = "\
import { pathToFileURL } from 'node:url';
const [path, port] = process.argv.slice(1);
const { default: Server } = await import(pathToFileURL(path));
new Server({ http: false, udp: false, ws: true, stats: false }).listen(Number(port), '127.0.0.1');
";

/// A server that can be measured, and where its program is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Program {
    /// The project's own.
    Fugitive(PathBuf),
    /// `aquatic_ws`, a binary.
    Aquatic(PathBuf),
    /// `bittorrent-tracker`, its `server.js` for Node.
    BittorrentTracker(PathBuf),
}

/// A running server. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    /// Where it tells its figures, where it does.
    figures: Option<SocketAddr>,
}

impl Program {
    /// How the tables call it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Fugitive(_) => "fugitive-signaling",
            Self::Aquatic(_) => "aquatic_ws",
            Self::BittorrentTracker(_) => "bittorrent-tracker",
        }
    }

    /// Starts it; `folder` takes its configuration.
    ///
    /// # Errors
    /// It does not start, or does not listen in time.
    pub(crate) fn start(&self, folder: &Path) -> Result<Server> {
        let started = match self {
            Self::Fugitive(path) => start_ours(path, folder),
            Self::Aquatic(path) => start_aquatic(path, folder),
            Self::BittorrentTracker(path) => start_script(path),
        };
        started.with_context(|| format!("starting {}", self.name()))
    }
}

impl Server {
    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// One of its figures; zero where it does not tell it.
    ///
    /// # Errors
    /// It tells none at all.
    pub(crate) fn figure(&self, name: &str) -> Result<u64> {
        let address = self.figures.context("this server has no figures")?;
        let page = get(address, "/metrics")?;
        let line = page.lines().find_map(|line| line.strip_prefix(name));
        line.map_or(Ok(0), |number| number.trim().parse().context("a figure"))
    }

    /// Its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start_ours(path: &Path, folder: &Path) -> Result<Server> {
    let config = folder.join("fugitive.toml");
    fs::write(&config, OURS)?;
    start_node(path, &config)
}

/// Starts the project's server on free ports.
///
/// # Errors
/// It does not start, or does not listen in time.
pub(crate) fn start_node(path: &Path, config: &Path) -> Result<Server> {
    let mut command = Command::new(path);
    command
        .args(["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--config"])
        .arg(config);
    let (child, lines) = spawn(&mut command)?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut server = Server {
        child,
        address,
        figures: None,
    };
    let end = Instant::now() + START;
    let mut last = String::new();
    while let Ok(line) = lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
        if let Some(address) = told(LISTENING, &line) {
            server.address = address;
        }
        server.figures = told(FIGURES, &line);
        if server.figures.is_some() {
            return Ok(server);
        }
        last = line;
    }
    bail!("it does not listen: {last}")
}

fn start_aquatic(path: &Path, folder: &Path) -> Result<Server> {
    let address = free_address()?;
    let config = folder.join("aquatic.toml");
    // One worker of each kind is its default, and what it advises for few cores.
    let text = format!(
        "socket_workers = 1\nswarm_workers = 1\nlog_level = \"error\"\n[network]\naddress = \"{address}\"\n\
         [cleaning]\nmax_peer_age = 3600\nmax_connection_idle = 3600\n"
    );
    fs::write(&config, text)?;
    await_connection(Command::new(path).arg("-c").arg(config), address)
}

fn start_script(path: &Path) -> Result<Server> {
    let address = free_address()?;
    let mut command = Command::new("node");
    command.args(["--input-type=module", "--eval", SCRIPT, "--"]);
    command.arg(path).arg(address.port().to_string());
    await_connection(&mut command, address)
}

/// For servers that do not tell their address.
///
/// # Errors
/// It does not start, or does not listen in time.
pub(crate) fn await_connection(command: &mut Command, address: SocketAddr) -> Result<Server> {
    let (child, lines) = spawn(command)?;
    let mut server = Server {
        child,
        address,
        figures: None,
    };
    let end = Instant::now() + START;
    while Instant::now() < end {
        if let Some(status) = server.child.try_wait()? {
            bail!("it ended with {status}: {}", complaint(lines));
        }
        if TcpStream::connect(address).is_ok() {
            return Ok(server);
        }
        thread::sleep(LOOK);
    }
    bail!("it does not listen on {address}")
}

/// The line that says most of why a program ended.
fn complaint(lines: Receiver<String>) -> String {
    let lines: Vec<String> = lines.into_iter().filter(|line| !line.trim().is_empty()).collect();
    let telling = lines.iter().find(|line| line.contains("Error"));
    telling.or(lines.last()).cloned().unwrap_or_default()
}

/// Starts a program; what it says is read to its end, so that it never waits for a reader.
fn spawn(command: &mut Command) -> Result<(Child, Receiver<String>)> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().context("the program cannot be started")?;
    let errors = child.stderr.take().context("no standard error")?;
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(errors).split(b'\n').map_while(Result::ok) {
            // Nobody listens any more once the server runs.
            let _ = sender.send(String::from_utf8_lossy(&line).into_owned());
        }
    });
    Ok((child, lines))
}

/// Fetches over HTTP: head and body.
///
/// # Errors
/// The connection breaks.
pub(crate) fn get(address: SocketAddr, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// A port that was free a moment ago.
///
/// # Errors
/// There is none.
pub(crate) fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?)
}

/// The address in our server's line.
fn told(what: &str, line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once(what)?;
    rest.split('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests;
