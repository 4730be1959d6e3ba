//! Peers of a tracker, one to a connection, in swarms of fifty: each announces itself when it comes, and answers every
//! offer at once.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::description::Descriptions;
use crate::message::{Announce, Answer, Id, Message};
use crate::random::Random;
use crate::sockets::{Event, Language, Sockets, Way};

/// Peers of a swarm.
pub(crate) const SWARM: usize = 50;
/// Connections that are opened at once.
const OPENING: usize = 50;
/// How long a server may leave a peer without an answer while connections are opened.
const PATIENCE: Duration = Duration::from_secs(20);
/// The longest wait for sockets.
const TURN: Duration = Duration::from_millis(100);

impl Language for Message {
    const PATH: &'static str = "/announce";

    fn read(payload: &[u8]) -> Result<Self> {
        Self::parse(payload).context("no tracker's message")
    }
}

/// What the crowd has got so far.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally {
    /// Offers that reached a peer, with their description.
    pub(crate) offers: u64,
    /// Answers that came back, with their description.
    pub(crate) answers: u64,
    /// What the server refused, and why it refused the first of them.
    pub(crate) refusals: u64,
    pub(crate) reason: Option<String>,
}

/// What a load has to react to.
#[derive(Debug)]
pub(crate) enum Heard {
    /// A peer's announce was taken.
    Response(usize),
    /// A peer's offer was answered.
    Answer(usize, Id),
}

/// Peers and their connections.
#[derive(Debug)]
pub(crate) struct Crowd {
    sockets: Sockets<Message>,
    way: Way,
    descriptions: Descriptions,
    /// Part of each name: a tracker must not take a peer for one of an earlier run.
    run: u64,
    text: String,
    events: Vec<(usize, Event<Message>)>,
    tally: Tally,
}

impl Crowd {
    /// No peers yet.
    ///
    /// # Errors
    /// The system has no way to wait for many sockets.
    pub(crate) fn new(address: SocketAddr, run: u64) -> Result<Self> {
        Ok(Self {
            sockets: Sockets::new()?,
            way: Way {
                server: address,
                origin: None,
            },
            descriptions: Descriptions::new(&mut Random::new(run)),
            run,
            text: String::new(),
            events: Vec::new(),
            tally: Tally::default(),
        })
    }

    /// How many peers there are.
    pub(crate) fn len(&self) -> usize {
        self.sockets.len()
    }

    /// What came so far.
    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Brings peers until there are `count`; each is connected and has announced itself.
    ///
    /// # Errors
    /// The server refuses one, or leaves one waiting.
    pub(crate) fn grow(&mut self, count: usize) -> Result<()> {
        let mut there = self.len();
        let mut last = Instant::now();
        while there < count {
            while self.len() < count && self.len() - there < OPENING {
                self.sockets.connect(self.way)?;
            }
            for heard in self.turn(TURN)? {
                if let Heard::Response(_) = heard {
                    there += 1;
                    last = Instant::now();
                }
            }
            let refused = self.tally.reason.as_deref().unwrap_or("it says nothing");
            ensure!(
                last.elapsed() < PATIENCE,
                "only {there} of {count} peers came: {refused}"
            );
        }
        Ok(())
    }

    /// Lets all but the first `count` go.
    pub(crate) fn shrink(&mut self, count: usize) {
        self.sockets.truncate(count);
    }

    /// Does nothing for a while but what a connection needs.
    ///
    /// # Errors
    /// A connection broke.
    pub(crate) fn rest(&mut self, length: Duration) -> Result<()> {
        let end = Instant::now() + length;
        while let Some(left) = end
            .checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())
        {
            self.turn(left.min(TURN))?;
        }
        Ok(())
    }

    /// A peer announces itself with `count` offers whose names begin with its number, `sequence`, and theirs.
    ///
    /// # Errors
    /// The connection broke.
    pub(crate) fn offer(&mut self, peer: usize, sequence: u32, count: u8) -> Result<()> {
        let names: Vec<Id> = (0..count)
            .map(|number| self.offer_name(peer, sequence, number))
            .collect();
        let described = names.into_iter().enumerate();
        let offers: Vec<(Id, &str)> = described
            .map(|(number, name)| (name, self.descriptions.offer(peer + number)))
            .collect();
        let (swarm, name) = (self.swarm_name(peer), self.peer_name(peer));
        let announce = Announce {
            swarm,
            peer: name,
            event: None,
            offers: &offers,
        };
        announce.write(&mut self.text);
        self.sockets.send(peer, &self.text)
    }

    /// Waits for at most `timeout`, lets peers do what they do by themselves, and returns what remains.
    ///
    /// # Errors
    /// A connection broke, or the server relayed less than it was given.
    pub(crate) fn turn(&mut self, timeout: Duration) -> Result<Vec<Heard>> {
        let mut events = std::mem::take(&mut self.events);
        self.sockets.turn(timeout, &mut events)?;
        let mut heard = Vec::new();
        for (peer, event) in events.drain(..) {
            match event {
                Event::Opened => self.introduce(peer)?,
                Event::Closed(why) => bail!("connection {peer}: {why}"),
                Event::Said(message, size) => heard.extend(self.take(peer, message, size)?),
            }
        }
        self.events = events;
        Ok(heard)
    }

    fn take(&mut self, peer: usize, message: Message, size: usize) -> Result<Option<Heard>> {
        match message {
            Message::Response => return Ok(Some(Heard::Response(peer))),
            Message::Offer { peer: to, offer } => {
                self.check(size)?;
                self.tally.offers += 1;
                self.answer(peer, to, offer)?;
            }
            Message::Answer { offer } => {
                self.check(size)?;
                self.tally.answers += 1;
                return Ok(Some(Heard::Answer(peer, offer)));
            }
            Message::Failure(reason) => {
                self.tally.refusals += 1;
                self.tally.reason.get_or_insert(reason);
            }
            Message::Other => {}
        }
        Ok(None)
    }

    /// A server that drops descriptions, or most of them, has an easy life.
    fn check(&self, size: usize) -> Result<()> {
        let least = self.descriptions.shortest() * 3 / 4;
        ensure!(
            size >= least,
            "a relayed description has {size} bytes of at least {least}"
        );
        Ok(())
    }

    fn introduce(&mut self, peer: usize) -> Result<()> {
        let (swarm, name) = (self.swarm_name(peer), self.peer_name(peer));
        let announce = Announce {
            swarm,
            peer: name,
            event: Some("started"),
            offers: &[],
        };
        announce.write(&mut self.text);
        self.sockets.send(peer, &self.text)
    }

    fn answer(&mut self, peer: usize, to: Id, offer: Id) -> Result<()> {
        let answer = Answer {
            swarm: self.swarm_name(peer),
            peer: self.peer_name(peer),
            to,
            offer,
            description: self.descriptions.answer(peer),
        };
        answer.write(&mut self.text);
        self.sockets.send(peer, &self.text)
    }

    /// As a hash: any bytes.
    fn swarm_name(&self, peer: usize) -> Id {
        let mut random = Random::new(self.run ^ ((peer / SWARM) as u64) << 32);
        Id(std::array::from_fn(|_| random.byte()))
    }

    /// As WebTorrent's clients have them: a program's mark, and letters.
    fn peer_name(&self, peer: usize) -> Id {
        let mut name = *b"-WW0102-000000000000";
        let mut random = Random::new(self.run << 32 ^ peer as u64);
        for byte in &mut name[8..] {
            *byte = b'a' + random.byte() % 26;
        }
        Id(name)
    }

    /// Any bytes, of which the first tell what [`sequence_of`] reads.
    fn offer_name(&self, peer: usize, sequence: u32, number: u8) -> Id {
        let mut random = Random::new((peer as u64) << 40 ^ u64::from(sequence) << 8 ^ u64::from(number));
        let mut name: [u8; 20] = std::array::from_fn(|_| random.byte());
        name[..4].copy_from_slice(&sequence.to_be_bytes());
        name[4] = number;
        Id(name)
    }
}

/// The sequence number that is in an offer's name.
pub(crate) fn sequence_of(offer: Id) -> u32 {
    let [a, b, c, d, ..] = offer.0;
    u32::from_be_bytes([a, b, c, d])
}
