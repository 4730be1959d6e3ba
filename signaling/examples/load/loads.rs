//! The shapes of load: a crowd that comes and is silent, peers that offer as fast as they are answered, and peers that
//! offer at a rate of their own.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::crowd::{Crowd, Heard, SWARM, sequence_of};
use crate::random::Random;
use crate::statistics::quantile;
use crate::usage::{processor_time, resident_kib};

/// Peers that offer as fast as they are answered.
const ACTIVE: usize = 50;
/// Offers of one announce, as WebTorrent's client sends them.
const OFFERS: u8 = 5;
/// Announces a second, over all peers, at the load that is equal for all servers.
const RATE: u32 = 100;
/// A load's start does not count: just-in-time compilers, buffers that grow.
const WARM_UP: Duration = Duration::from_secs(2);
/// Offers that are not answered for so long are lost.
const LOST: Duration = Duration::from_secs(5);
/// How long a server has to come to rest.
const SETTLE: Duration = Duration::from_millis(1_500);
/// How long the silent crowd is watched: longer than the 25 s after which a server may look after a silent peer.
const SILENCE: Duration = Duration::from_secs(30);
/// The longest wait for sockets.
const TURN: Duration = Duration::from_millis(100);

/// What one connection costs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    /// Memory of an idle connection, in KiB.
    pub(crate) kib: f64,
    /// Processor time of handshake and first announce, in microseconds.
    pub(crate) micros: f64,
}

/// What was measured under a load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// Offers and answers that were delivered.
    pub(crate) relays: u64,
    /// The server's processor time.
    pub(crate) server: Duration,
    /// This process's.
    pub(crate) client: Duration,
    /// From an announce to an answer to one of its offers.
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// Offers without an answer.
    pub(crate) lost: u64,
}

/// Counters at the start of a measurement.
#[derive(Debug)]
struct Mark {
    relays: u64,
    server: Duration,
    client: Duration,
}

/// One peer's exchange with the others.
#[derive(Debug, Clone, Copy)]
struct Cycle {
    sequence: u32,
    sent: Instant,
    is_taken: bool,
    answers: u8,
}

impl Mark {
    fn set(crowd: &Crowd, server: u32) -> Result<Self> {
        Ok(Self {
            relays: crowd.tally().offers + crowd.tally().answers,
            server: processor_time(server)?,
            client: processor_time(std::process::id())?,
        })
    }

    fn until(&self, end: &Self, mut waits: Vec<Duration>, lost: u64) -> Result<Load> {
        ensure!(!waits.is_empty(), "no offer was answered");
        waits.sort_unstable();
        Ok(Load {
            relays: end.relays - self.relays,
            server: end.server.saturating_sub(self.server),
            client: end.client.saturating_sub(self.client),
            p50: quantile(&waits, 50),
            p99: quantile(&waits, 99),
            lost,
        })
    }
}

impl Load {
    /// Offers and answers that the server delivers in a second of processor time.
    pub(crate) fn relays_per_second(&self) -> f64 {
        self.relays as f64 / self.server.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// This process's time by the server's: well below 1, or the client is what is measured.
    pub(crate) fn client_share(&self) -> f64 {
        self.client.as_secs_f64() / self.server.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

/// Brings `count` peers. The first swarm does not count: it wakes the server up.
///
/// # Errors
/// The server refuses, or ends.
pub(crate) fn arrive(crowd: &mut Crowd, server: u32, count: usize) -> Result<Arrival> {
    crowd.grow(SWARM)?;
    crowd.rest(SETTLE)?;
    let (memory, time) = (resident_kib(server)?, processor_time(server)?);
    crowd.grow(count)?;
    crowd.rest(SETTLE)?;
    let came = (count - SWARM) as f64;
    let grown = resident_kib(server)?.saturating_sub(memory);
    let spent = processor_time(server)?.saturating_sub(time);
    Ok(Arrival {
        kib: grown as f64 / came,
        micros: spent.as_secs_f64() * 1e6 / came,
    })
}

/// The share of a core that the server takes while `count` peers are silent. Those beyond the ones that are there come
/// for it alone.
///
/// # Errors
/// The server refuses, or ends.
pub(crate) fn silence(crowd: &mut Crowd, server: u32, count: usize) -> Result<f64> {
    let stay = crowd.len();
    crowd.grow(count)?;
    crowd.rest(2 * SETTLE)?;
    let (before, start) = (processor_time(server)?, Instant::now());
    crowd.rest(SILENCE)?;
    let spent = processor_time(server)?.saturating_sub(before);
    let share = spent.as_secs_f64() / start.elapsed().as_secs_f64();
    crowd.shrink(stay);
    crowd.rest(SETTLE)?;
    Ok(share)
}

/// Some peers, each in a swarm of its own while there are enough, offer again as soon as all their offers are answered.
///
/// # Errors
/// The server refuses, or ends.
pub(crate) fn closed(crowd: &mut Crowd, server: u32, length: Duration) -> Result<Load> {
    let swarms = crowd.len() / SWARM;
    let peers: Vec<usize> = (0..ACTIVE)
        .map(|number| number % swarms * SWARM + number / swarms)
        .collect();
    let mut cycles: Vec<Option<Cycle>> = vec![None; crowd.len()];
    for &peer in &peers {
        cycles[peer] = Some(begin(crowd, peer, 0)?);
    }
    let (mut mark, start) = (None, Instant::now());
    let (mut waits, mut lost) = (Vec::new(), 0);
    let mut looked = start;
    while start.elapsed() < WARM_UP + length {
        if mark.is_none() && start.elapsed() >= WARM_UP {
            mark = Some(Mark::set(crowd, server)?);
            (waits, lost) = (Vec::new(), 0);
        }
        for heard in crowd.turn(TURN)? {
            let (Heard::Response(peer) | Heard::Answer(peer, _)) = heard;
            if let Some(cycle) = cycles[peer].as_mut() {
                waits.extend(cycle.note(&heard));
                if cycle.is_done() {
                    *cycle = begin(crowd, peer, cycle.sequence + 1)?;
                }
            }
        }
        if looked.elapsed() > LOST / 10 {
            looked = Instant::now();
            lost += give_up(crowd, &peers, &mut cycles)?;
        }
    }
    let end = Mark::set(crowd, server)?;
    crowd.rest(SETTLE)?;
    mark.unwrap_or(Mark::set(crowd, server)?).until(&end, waits, lost)
}

/// Any of the peers offers something, so many times a second whatever comes of it.
///
/// # Errors
/// The server refuses, or ends.
pub(crate) fn open(crowd: &mut Crowd, server: u32, length: Duration) -> Result<Load> {
    let mut random = Random::new(7);
    let warm = rate(WARM_UP);
    let count = warm + rate(length);
    let mut sent: Vec<Instant> = Vec::with_capacity(count as usize);
    let mut waits: Vec<Option<Duration>> = vec![None; count as usize];
    let (mut mark, mut end) = (None, None);
    let start = Instant::now();
    let last = start + WARM_UP + length;
    while Instant::now() < last + LOST && (end.is_none() || waits.iter().any(Option::is_none)) {
        let due = rate(start.elapsed()).min(count);
        while (sent.len() as u32) < due {
            let peer = random.below(crowd.len() as u64) as usize;
            let sequence = sent.len() as u32;
            sent.push(Instant::now());
            crowd.offer(peer, sequence, 1)?;
        }
        if mark.is_none() && due >= warm {
            mark = Some(Mark::set(crowd, server)?);
        }
        if end.is_none() && due == count {
            end = Some(Mark::set(crowd, server)?);
        }
        let next = start + Duration::from_secs(u64::from(due) + 1) / RATE;
        let wait = next
            .saturating_duration_since(Instant::now())
            .max(Duration::from_millis(1));
        for heard in crowd.turn(wait.min(TURN))? {
            if let Heard::Answer(_, offer) = heard {
                let sequence = sequence_of(offer) as usize;
                if let (Some(sent), Some(wait)) = (sent.get(sequence), waits.get_mut(sequence)) {
                    wait.get_or_insert(sent.elapsed());
                }
            }
        }
    }
    let counted = &waits[warm as usize..];
    let lost = counted.iter().filter(|wait| wait.is_none()).count() as u64;
    let end = end.unwrap_or(Mark::set(crowd, server)?);
    mark.unwrap_or(Mark::set(crowd, server)?)
        .until(&end, counted.iter().copied().flatten().collect(), lost)
}

/// Announces that are due after so long.
fn rate(elapsed: Duration) -> u32 {
    u32::try_from(elapsed.as_millis() * u128::from(RATE) / 1_000).unwrap_or(u32::MAX)
}

fn begin(crowd: &mut Crowd, peer: usize, sequence: u32) -> Result<Cycle> {
    crowd.offer(peer, sequence, OFFERS)?;
    Ok(Cycle {
        sequence,
        sent: Instant::now(),
        is_taken: false,
        answers: 0,
    })
}

/// Begins anew where answers are missing for too long, and returns how many offers that were.
fn give_up(crowd: &mut Crowd, peers: &[usize], cycles: &mut [Option<Cycle>]) -> Result<u64> {
    let mut lost = 0;
    for &peer in peers {
        if let Some(cycle) = cycles[peer].as_mut().filter(|cycle| cycle.sent.elapsed() > LOST) {
            lost += u64::from(OFFERS - cycle.answers);
            *cycle = begin(crowd, peer, cycle.sequence + 1)?;
        }
    }
    Ok(lost)
}

impl Cycle {
    /// Takes what was heard, and returns how long an answer took.
    fn note(&mut self, heard: &Heard) -> Option<Duration> {
        match heard {
            Heard::Response(_) => self.is_taken = true,
            Heard::Answer(_, offer) if sequence_of(*offer) == self.sequence => {
                self.answers += 1;
                return Some(self.sent.elapsed());
            }
            Heard::Answer(..) => {}
        }
        None
    }

    fn is_done(&self) -> bool {
        self.is_taken && self.answers >= OFFERS
    }
}
