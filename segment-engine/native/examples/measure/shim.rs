//! A worse network between two peers of this host: each is told the address of a socket that stands for the other, and what
//! comes to it is carried on late, or lost. It takes the place of `tc netem`, which not every kernel has.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use signaling_proto::message::Signal;
use tokio::net::UdpSocket;
use tokio::sync::{Mutex as AsyncMutex, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// The most datagrams on their way in one direction; further ones are lost, as in a router.
const QUEUE: usize = 8_192;
/// The largest datagram.
const DATAGRAM: usize = 2_048;

/// How bad a path is, each way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path {
    pub(crate) delay: Duration,
    /// Which share of the datagrams is lost.
    pub(crate) loss: f64,
    pub(crate) seed: u64,
}

/// The paths between all peers, by their names at signaling.
#[derive(Debug)]
pub(crate) struct Shims {
    path: Path,
    between: AsyncMutex<BTreeMap<(String, String), Shim>>,
}

/// The path between two peers; gone when dropped.
#[derive(Debug)]
pub(crate) struct Shim {
    /// Stand for the first and the second peer.
    stand_ins: [SocketAddr; 2],
    /// Where the two are in truth, once that is known.
    real: Arc<Mutex<[Option<SocketAddr>; 2]>>,
    _tasks: JoinSet<()>,
}

impl Shims {
    pub(crate) fn new(path: Path) -> Self {
        Self {
            path,
            between: AsyncMutex::default(),
        }
    }

    /// Has a signal name the stand-in of whoever sent it.
    pub(crate) async fn rewrite(&self, from: &str, to: &str, signal: Signal) -> Result<Signal> {
        let (names, side) = if from < to {
            ((from.to_owned(), to.to_owned()), 0)
        } else {
            ((to.to_owned(), from.to_owned()), 1)
        };
        let mut between = self.between.lock().await;
        let shim = match between.entry(names) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(free) => free.insert(Shim::start(self.path).await?),
        };
        Ok(match signal {
            Signal::Offer { sdp } => Signal::Offer {
                sdp: shim.rewrite(side, &sdp),
            },
            Signal::Answer { sdp } => Signal::Answer {
                sdp: shim.rewrite(side, &sdp),
            },
            Signal::Candidate(mut candidate) => {
                candidate.candidate = shim.rewrite(side, &candidate.candidate);
                Signal::Candidate(candidate)
            }
        })
    }
}

impl Shim {
    pub(crate) async fn start(path: Path) -> Result<Self> {
        let bind = || async {
            let socket = UdpSocket::bind("127.0.0.1:0").await?;
            anyhow::Ok(Arc::new(socket))
        };
        let sockets = [bind().await?, bind().await?];
        let real = Arc::new(Mutex::new([None; 2]));
        let mut tasks = JoinSet::new();
        for to in 0..2 {
            let (queue, queued) = mpsc::channel(QUEUE);
            let ends = (Arc::clone(&sockets[to]), Arc::clone(&sockets[1 - to]));
            tasks.spawn(receive(ends.0, to, path, queue, Arc::clone(&real)));
            tasks.spawn(deliver(ends.1, to, queued, Arc::clone(&real)));
        }
        Ok(Self {
            stand_ins: [sockets[0].local_addr()?, sockets[1].local_addr()?],
            real,
            _tasks: tasks,
        })
    }

    /// Puts the stand-in of a side into its description or candidate, wherever that has the side's own address.
    pub(crate) fn rewrite(&self, side: usize, text: &str) -> String {
        let lines = text.split("\r\n").map(|line| {
            let Some((before, address, after)) = split_candidate(line) else {
                return line.to_owned();
            };
            let mut real = self.real.lock().unwrap_or_else(PoisonError::into_inner);
            real[side] = Some(address);
            let stand_in = self.stand_ins[side];
            format!("{before} {} {} {after}", stand_in.ip(), stand_in.port())
        });
        lines.collect::<Vec<_>>().join("\r\n")
    }
}

/// A candidate (RFC 8839, section 5.1): what stands before its address, the address, and what stands behind.
fn split_candidate(line: &str) -> Option<(String, SocketAddr, String)> {
    if !line.trim_start_matches("a=").starts_with("candidate:") {
        return None;
    }
    let words: Vec<&str> = line.split(' ').collect();
    let address = format!("{}:{}", words.get(4)?, words.get(5)?).parse().ok()?;
    Some((words[..4].join(" "), address, words[6..].join(" ")))
}

type Late = (Instant, Vec<u8>);

/// Takes what comes to the stand-in of a side.
async fn receive(
    socket: Arc<UdpSocket>,
    to: usize,
    path: Path,
    queue: mpsc::Sender<Late>,
    real: Arc<Mutex<[Option<SocketAddr>; 2]>>,
) {
    let mut lots = StdRng::seed_from_u64(path.seed * 2 + to as u64);
    let mut buffer = [0; DATAGRAM];
    loop {
        let Ok((length, source)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        real.lock().unwrap_or_else(PoisonError::into_inner)[1 - to] = Some(source);
        if !lots.random_bool(path.loss) {
            // A full queue loses it.
            let _ = queue.try_send((Instant::now() + path.delay, buffer[..length].to_vec()));
        }
    }
}

/// Carries it on to the side, from the stand-in of the other one.
async fn deliver(
    socket: Arc<UdpSocket>,
    to: usize,
    mut queued: mpsc::Receiver<Late>,
    real: Arc<Mutex<[Option<SocketAddr>; 2]>>,
) {
    while let Some((due, datagram)) = queued.recv().await {
        sleep_until(due).await;
        let address = real.lock().unwrap_or_else(PoisonError::into_inner)[to];
        if let Some(address) = address {
            let _ = socket.send_to(&datagram, address).await;
        }
    }
}

#[cfg(test)]
mod tests;
