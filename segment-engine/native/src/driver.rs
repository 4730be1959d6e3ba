//! The driver: one task that owns the engine and the signaling client, and translates between them and I/O.
//!
//! It has no policy: it never chooses a peer, a segment or a source. It waits for nothing but its own queue and
//! the next deadline, so that no I/O task can hold it up.

mod counting;
mod draining;
mod glue;
mod membership;
mod meter;
mod naming;
mod outage;
mod timekeeping;
mod trouble;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use segment_engine::Engine;
use segment_engine::config::Renditions;
use segment_engine::id::{DemandId, PeerId};
use segment_engine::input::Input;
use segment_engine::integrity::Sidecar;
use segment_engine::output::{DeclineReason, Delivery};
use segment_engine::shelf::ShelfFact;
use segment_engine::stats::Stats;
use signaling_proto::client::{Client, ClientInput};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use crate::clock::{Clock, unix_time};
#[cfg(feature = "hostile")]
use crate::conduct::Conduct;
use crate::event::PeerEvent;
use crate::fetch::Fetches;
use crate::figures::Figures;
use crate::inbox::{Inbox, IoEvent};
use crate::link::{Link, LinkSettings};
use crate::shelf::Part;
use crate::signing::SeedKey;
use crate::skew::Skew;
use crate::socket::Socket;

use self::draining::Draining;
use self::meter::Meter;
use self::naming::Naming;
use self::outage::Outage;
use self::timekeeping::Timekeeping;
use self::trouble::Trouble;

/// How often the engine is told the wall clock: corrections of it are small and rare.
const CLOCK_PERIOD: Duration = Duration::from_secs(300);
/// How many events are taken from the queue before the driver looks at anything else.
const BATCH: usize = 32;
/// How often the token's file is read anew while signaling refuses the token: a renewed one helps at once, even if the
/// client would wait longer before its next attempt.
const TOKEN_PERIOD: Duration = Duration::from_secs(10);
/// How long the I/O tasks may take to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);

/// What the handle asks of the driver.
#[derive(Debug)]
pub(crate) enum Command {
    /// Tell the engine.
    Input(Input),
    /// Ask for a segment, and answer here.
    Demand(
        segment_engine::input::Demand,
        oneshot::Sender<Result<Delivery, DeclineReason>>,
    ),
    /// Forget a demand.
    Cancel(DemandId),
    /// Count.
    Stats(oneshot::Sender<Stats>),
    /// Count the segments that the manifest has so far.
    Segments(oneshot::Sender<usize>),
    /// Answer with the figures for an operator.
    Figures(oneshot::Sender<Figures>),
    /// Put together a sidecar of the signed digests.
    Sidecar(oneshot::Sender<Option<Sidecar>>),
    /// Treat outgoing messages like this from now on.
    #[cfg(feature = "hostile")]
    Conduct(Conduct),
    /// Take nothing new, send what is queued, and stop once that has left or this time is over. The answer is the
    /// number of peers for whom something was still left to be sent.
    Drain(Duration, oneshot::Sender<usize>),
    /// Stop in good order.
    Stop,
}

/// The engine, the signaling client, and the I/O they caused.
pub(crate) struct Driver {
    clock: Clock,
    engine: Engine,
    client: Client,
    key: Option<SeedKey>,
    token_file: Option<PathBuf>,
    /// When that file is read anew; `None` while the token is not refused.
    token_due: Option<Instant>,
    fetches: Fetches,
    skew: Skew,
    timekeeping: Timekeeping,
    socket: Option<Socket>,
    links: BTreeMap<PeerId, Link>,
    link_settings: LinkSettings,
    shelf: Option<Part>,
    last_id: u64,
    demands: BTreeMap<DemandId, oneshot::Sender<Result<Delivery, DeclineReason>>>,
    events: broadcast::Sender<PeerEvent>,
    inbox: Inbox,
    queue: mpsc::Receiver<IoEvent>,
    tasks: JoinSet<()>,
    meter: Meter,
    naming: Naming,
    outage: Outage,
    trouble: Trouble,
    /// The URL of the request that has just failed, redacted.
    failed_url: Option<String>,
    draining: Option<Draining>,
    #[cfg(feature = "hostile")]
    conduct: Conduct,
}

/// The parts that a driver is made of.
pub(crate) struct Parts {
    pub(crate) clock: Clock,
    pub(crate) engine: Engine,
    /// The renditions to seed.
    pub(crate) renditions: Renditions,
    pub(crate) client: Client,
    /// The signaling server's URL.
    pub(crate) signaling: String,
    pub(crate) key: Option<SeedKey>,
    pub(crate) token_file: Option<PathBuf>,
    pub(crate) fetches: Fetches,
    pub(crate) link_settings: LinkSettings,
    pub(crate) shelf: Option<Part>,
    pub(crate) events: broadcast::Sender<PeerEvent>,
    pub(crate) inbox: Inbox,
    pub(crate) queue: mpsc::Receiver<IoEvent>,
}

impl Driver {
    /// Puts a driver together.
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts {
            clock,
            engine,
            renditions,
            client,
            signaling,
            key,
            token_file,
            fetches,
            link_settings,
            shelf,
            events,
            inbox,
            queue,
        } = parts;
        Self {
            clock,
            engine,
            client,
            key,
            token_file,
            token_due: None,
            fetches,
            skew: Skew::default(),
            timekeeping: Timekeeping::default(),
            socket: None,
            links: BTreeMap::new(),
            link_settings,
            shelf,
            last_id: 0,
            demands: BTreeMap::new(),
            events,
            inbox,
            queue,
            tasks: JoinSet::new(),
            meter: Meter::new(),
            naming: Naming::new(&renditions),
            outage: Outage::new(&signaling),
            trouble: Trouble::default(),
            failed_url: None,
            draining: None,
            #[cfg(feature = "hostile")]
            conduct: Conduct::default(),
        }
    }

    /// Runs until the handle says stop or is gone; then leaves the swarm and ends every task.
    pub(crate) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut clock_due = Instant::now();
        if self.shelf.is_some() {
            self.tell_engine(Input::Shelf(ShelfFact::Opening));
        }
        loop {
            if clock_due <= Instant::now() {
                self.tell_clock();
                clock_due = Instant::now() + CLOCK_PERIOD;
            }
            self.pump();
            self.keep_time();
            let deadline = self.deadline().map_or(clock_due, |at| at.min(clock_due));
            tokio::select! {
                command = commands.recv() => match command {
                    None | Some(Command::Stop) => break,
                    Some(command) => self.handle_command(command),
                },
                event = self.queue.recv() => {
                    let event = event.expect("invariant: the driver holds a sender of its own queue");
                    self.handle_batch(event);
                }
                () = sleep_until(deadline) => self.handle_timeout(),
            }
            while let Some(ended) = self.tasks.try_join_next() {
                if let Err(error) = ended {
                    tracing::error!(%error, "a task of a link or socket failed; please report this");
                }
            }
            if self.poll_drained() {
                break;
            }
        }
        self.stop().await;
    }

    fn handle_batch(&mut self, first: IoEvent) {
        self.handle_event(first);
        for _ in 1..BATCH {
            let Ok(event) = self.queue.try_recv() else { return };
            self.handle_event(event);
        }
    }

    fn handle_command(&mut self, command: Command) {
        match command {
            Command::Input(input) => self.tell_engine(input),
            Command::Demand(demand, answer) => {
                self.demands.retain(|_, waiting| !waiting.is_closed());
                self.demands.insert(demand.id, answer);
                self.tell_engine(Input::Demand(demand));
            }
            Command::Cancel(id) => {
                self.demands.remove(&id);
                self.tell_engine(Input::DemandCancelled(id));
            }
            // A caller that no longer waits needs no figures.
            Command::Stats(answer) => drop(answer.send(self.engine.stats())),
            Command::Segments(answer) => drop(answer.send(self.count_segments())),
            Command::Figures(answer) => drop(answer.send(self.figures())),
            Command::Sidecar(answer) => drop(answer.send(self.engine.sidecar())),
            #[cfg(feature = "hostile")]
            Command::Conduct(conduct) => self.conduct = conduct,
            Command::Drain(patience, answer) => self.drain_within(patience, answer),
            Command::Stop => {}
        }
    }

    fn handle_timeout(&mut self) {
        if self.token_due.is_some_and(|due| due <= Instant::now()) {
            self.read_token_again();
        }
        self.naming.look(Instant::now(), self.engine.timeline().tracks());
        self.outage.on_step();
        self.engine.handle_timeout(self.clock.timestamp());
        self.client.handle_timeout(self.clock.elapsed());
    }

    fn deadline(&self) -> Option<Instant> {
        let engine = self
            .engine
            .poll_timeout()
            .map(|at| self.clock.engine_deadline(at));
        let client = self
            .client
            .poll_timeout()
            .map(|at| self.clock.client_deadline(at));
        let draining = self.draining.as_ref().map(Draining::due);
        let deadlines = engine.into_iter().chain(client).chain(self.token_due);
        deadlines
            .chain(draining)
            .chain(self.timekeeping.due())
            .chain(self.naming.due())
            .min()
    }

    /// Does what both state machines want; each may cause the other to want more.
    fn pump(&mut self) {
        loop {
            if let Some(output) = self.engine.poll_output() {
                self.handle_engine_output(output);
            } else if let Some(output) = self.client.poll_output() {
                self.handle_client_output(output);
            } else {
                return;
            }
        }
    }

    fn tell_engine(&mut self, input: Input) {
        if let Err(error) = self.engine.handle_input(self.clock.timestamp(), input) {
            tracing::error!(%error, "the driver broke the engine's contract");
        }
    }

    /// Tells the wall clock, by the origin's where that is known to differ.
    fn tell_clock(&mut self) {
        self.tell_engine(Input::Clock(self.skew.corrected(unix_time())));
    }

    fn tell_client(&mut self, input: ClientInput) {
        self.client.handle_input(self.clock.elapsed(), input);
    }

    /// The next name for a socket or a link.
    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    async fn stop(mut self) {
        self.tell_client(ClientInput::Leave);
        while let Some(output) = self.client.poll_output() {
            self.handle_client_output(output);
        }
        // Tasks end when their handles are gone, those of links when all that they were given has arrived.
        self.close_links();
        self.socket = None;
        drop(self.fetches);
        // The last of the streams waits for the disk.
        let shelf = self.shelf;
        self.tasks.spawn_blocking(move || drop(shelf));
        let ended = timeout(STOP_TIMEOUT, async {
            loop {
                tokio::select! {
                    ended = self.tasks.join_next() => if ended.is_none() {
                        break;
                    },
                    // What they still say is of no use, but none may wait for room to say it, nor be cut short for it.
                    _ = self.queue.recv() => {}
                }
            }
        })
        .await;
        if ended.is_err() {
            tracing::debug!(
                left = self.tasks.len(),
                "some tasks did not end in time and are aborted"
            );
        }
    }
}
