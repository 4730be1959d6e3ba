//! The streams of the process: one seeder for each, started, changed and drained as the settings say.

mod plan;
mod starting;
mod uplink;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use futures_util::future::{FutureExt as _, join_all};
use segment_engine_native::{KeyFileError, Network, OriginAccess, SeedKey, Seeder, Shelf};
use thiserror::Error;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::{Instrument, info_span};

use crate::progress::{self, Bars};
use crate::settings::{Settings, Spec};

use self::plan::{Change, Changes, Plan};
pub(crate) use self::starting::NotStarted;
use self::starting::{read_keys, read_secrets, start, start_all};
pub(crate) use self::uplink::{Uplink, UploadShares};

/// How long a stream may take to say how many peers it has, or what it has uploaded.
const LOOK: Duration = Duration::from_millis(500);

/// A stream that runs.
#[derive(Debug)]
pub(crate) struct Running {
    spec: Spec,
    seeder: Seeder,
}

/// Streams cannot be started as the settings say.
#[derive(Debug, Error)]
pub(crate) enum ApplyError {
    #[error(transparent)]
    Key(#[from] KeyFileError),
    #[error("stream {name:?}: {error}")]
    Start { name: String, error: NotStarted },
}

impl ApplyError {
    /// Whether a setting or a file that it names is to blame.
    pub(crate) fn is_of_settings(&self) -> bool {
        match self {
            Self::Key(_) => true,
            Self::Start { error, .. } => error.is_of_settings(),
        }
    }
}

/// All streams of the process.
#[derive(Debug)]
pub(crate) struct Streams {
    table: RwLock<Table>,
    /// Held while settings are applied: they are in the order in which they came.
    applying: Mutex<()>,
    /// Told of a stream that stopped by itself.
    stopped: mpsc::UnboundedSender<String>,
    /// The tasks that log each stream's progress.
    reporters: std::sync::Mutex<JoinSet<()>>,
    bars: Bars,
    resources: Resources,
    /// The task that divides the upload limit.
    _governor: JoinSet<()>,
}

/// The resources that all streams of the process share.
#[derive(Debug)]
pub(crate) struct Resources {
    /// The network for WebRTC.
    pub(crate) network: Arc<Network>,
    /// The cache on disk, if there is one: its bound holds for all streams together.
    pub(crate) shelf: Option<Arc<Shelf>>,
    /// The upload limit, which is divided among the streams.
    pub(crate) uplink: Arc<Uplink>,
}

/// The streams that run, and those that failed though they should.
#[derive(Debug, Default)]
struct Table {
    running: BTreeMap<String, Arc<Running>>,
    missing: BTreeMap<String, String>,
    /// How long a stop waits, by the settings that were applied last.
    patience: Duration,
    is_closed: bool,
}

impl Running {
    /// The specification that it was started with.
    pub(crate) fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The seeder.
    pub(crate) fn seeder(&self) -> &Seeder {
        &self.seeder
    }
}

impl Streams {
    /// Makes an empty set of streams, and the receiver of the names of streams that stop by themselves.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub(crate) fn new(bars: Bars, resources: Resources) -> (Arc<Self>, mpsc::UnboundedReceiver<String>) {
        let (stopped, told) = mpsc::unbounded_channel();
        let mut governor = JoinSet::new();
        governor.spawn(Arc::clone(&resources.uplink).govern());
        let streams = Self {
            table: RwLock::default(),
            applying: Mutex::default(),
            stopped,
            reporters: std::sync::Mutex::default(),
            bars,
            resources,
            _governor: governor,
        };
        (Arc::new(streams), told)
    }

    /// Makes the running streams those of the settings: new ones start, those that are gone are drained, changed ones
    /// start anew, each once what is in its way has ended, and the rest go on, with their new memory, share of the uplink and secrets.
    /// Returns when all is done.
    ///
    /// # Errors
    /// When a key or a secret cannot be read, or a new stream cannot start; then all goes on as it was.
    pub(crate) async fn apply(self: &Arc<Self>, settings: &Settings) -> Result<Changes, ApplyError> {
        let _turn = self.applying.lock().await;
        let specs = settings.specs();
        let before = self.all();
        let keys = read_keys(&before, &specs)?;
        let accesses = read_secrets(&specs)?;
        let plan = Plan::new(&before, &specs, &keys);
        let uplink = &self.resources.uplink;
        let total_before = uplink.set_total(settings.total_upload());
        let started = start_all(&plan.new, &keys, &accesses, &self.resources);
        let started = started.inspect_err(|_| {
            uplink.set_total(total_before);
        })?;
        uplink.divide_anew();
        let patience = settings.drain();
        {
            let mut table = self.write();
            table.missing.clear();
            table.patience = patience;
        }
        started.into_iter().for_each(|running| self.put(running));
        for (running, spec) in &plan.stay {
            let peer = running.seeder.peer();
            peer.access().grant(accesses[&spec.name].clone());
            peer.set_store_bytes(spec.store_bytes).await;
        }
        for Change { spec, .. } in &plan.change {
            let reason = "it starts anew, with other settings".to_owned();
            self.write().missing.insert(spec.name.clone(), reason);
        }
        // Several may wait for the end of one.
        let ends = plan.ending.iter().map(|running| {
            let end = self.take_out(running, patience).boxed().shared();
            (&running.spec.name, end)
        });
        let ends: BTreeMap<_, _> = ends.collect();
        let changing = plan.change.iter().map(|Change { spec, after }| {
            let (key, access) = (keys[&spec.key].clone(), accesses[&spec.name].clone());
            let free = join_all(after.iter().map(|name| ends[name].clone()));
            async move {
                free.await;
                self.start_again(spec, key, access);
            }
        });
        tokio::join!(join_all(ends.values().cloned()), join_all(changing));
        Ok(plan.changes())
    }

    /// The stream of that name.
    pub(crate) fn find(&self, name: &str) -> Option<Arc<Running>> {
        self.read().running.get(name).cloned()
    }

    /// All that run, in the order of their names.
    pub(crate) fn all(&self) -> Vec<Arc<Running>> {
        self.read().running.values().cloned().collect()
    }

    /// Streams that should run and do not, with the reason.
    pub(crate) fn missing(&self) -> BTreeMap<String, String> {
        self.read().missing.clone()
    }

    /// How many datagrams at a shared UDP port were dropped: for no connection, or too many for theirs.
    pub(crate) fn dropped_datagrams(&self) -> u64 {
        self.resources.network.dropped_datagrams()
    }

    /// The upload limit of all streams and its division; `None` where there is no limit.
    pub(crate) fn upload_shares(&self) -> Option<UploadShares> {
        self.resources.uplink.shares()
    }

    /// The public keys, each once, with the names of the streams that they sign for.
    pub(crate) fn public_keys(&self) -> BTreeMap<[u8; 32], Vec<String>> {
        let mut keys: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for running in self.all() {
            let names = keys.entry(running.seeder.public_key().0).or_default();
            names.push(running.spec.name.clone());
        }
        keys
    }

    /// Notes that a seeder has ended; nothing where it was to end, and is not listed any more.
    fn on_ended(&self, ended: &Arc<Running>) {
        let name = &ended.spec.name;
        let mut table = self.write();
        if !table
            .running
            .get(name)
            .is_some_and(|running| Arc::ptr_eq(running, ended))
        {
            return;
        }
        table.running.remove(name);
        self.resources.uplink.end(name);
        let reason = "it stopped by itself; a restart of the process helps".to_owned();
        table.missing.insert(name.clone(), reason);
        tracing::error!(stream = name, "a stream stopped by itself");
        // Nobody listens when the process ends.
        let _ = self.stopped.send(name.clone());
    }

    /// How long a stop waits until what is queued has left, by the settings that were applied last.
    pub(crate) fn patience(&self) -> Duration {
        self.read().patience
    }

    /// How many connections to peers there are.
    pub(crate) async fn links(&self) -> usize {
        let links = self.all().into_iter().map(|running| async move {
            let figures = timeout(LOOK, running.seeder.peer().figures()).await;
            figures.ok().flatten().map_or(0, |figures| figures.links)
        });
        join_all(links).await.into_iter().sum()
    }

    /// Drains all streams, and starts none any more. Returns the number of peers for whom something was left to be
    /// sent.
    pub(crate) async fn stop(&self, patience: Duration) -> usize {
        let running = {
            let mut table = self.write();
            table.is_closed = true;
            std::mem::take(&mut table.running)
        };
        running.keys().for_each(|name| self.resources.uplink.end(name));
        let cut = join_all(running.values().map(|running| running.seeder.drain(patience))).await;
        cut.into_iter().sum()
    }

    /// Starts a stream in place of the ones that have ended for it.
    fn start_again(self: &Arc<Self>, spec: &Spec, key: SeedKey, access: OriginAccess) {
        match start(spec, key, access, &self.resources) {
            Ok(running) => self.put(running),
            Err(error) => {
                tracing::error!(stream = spec.name, %error, "a stream cannot be started again");
                self.write().missing.insert(spec.name.clone(), error.to_string());
            }
        }
    }

    /// Adds a running stream to the table, and starts to follow it.
    fn put(self: &Arc<Self>, running: Running) {
        let running = Arc::new(running);
        {
            let mut table = self.write();
            // A stream that comes when all are stopped is dropped, and ends by that.
            if table.is_closed {
                return;
            }
            table.missing.remove(&running.spec.name);
            table
                .running
                .insert(running.spec.name.clone(), Arc::clone(&running));
            self.resources.uplink.begin(&running);
        }
        self.follow(&running);
    }

    /// Follows a stream for the log, until it ends.
    fn follow(self: &Arc<Self>, running: &Arc<Running>) {
        let (running, streams) = (Arc::clone(running), Arc::downgrade(self));
        let bar = self.bars.add(&running.spec.name);
        let span = info_span!("seed", stream = running.spec.name);
        let mut reporters = self.reporters.lock().unwrap_or_else(PoisonError::into_inner);
        while reporters.try_join_next().is_some() {}
        let reporting = async move {
            let peer = running.seeder.peer();
            tokio::select! {
                () = progress::report(peer, &bar) => {}
                () = peer.stopped() => {}
            }
            if let Some(streams) = streams.upgrade() {
                streams.on_ended(&running);
            }
        };
        reporters.spawn(reporting.instrument(span));
    }

    /// Drains a stream that is listed no more.
    async fn take_out(&self, running: &Running, patience: Duration) {
        {
            let mut table = self.write();
            table.running.remove(&running.spec.name);
            self.resources.uplink.end(&running.spec.name);
        }
        running.seeder.drain(patience).await;
    }

    fn read(&self) -> RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Table> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }
}
