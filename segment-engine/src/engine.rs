//! The engine: owns the parts, routes what happens to them, and collects what they want done. No policy here.

#[cfg(all(feature = "shelf", feature = "seeder"))]
mod adopting;
mod arriving;
mod auditing;
#[cfg(feature = "resources")]
mod by_digest;
mod claiming;
mod clock;
#[cfg(test)]
mod cluster;
mod digests;
mod failing;
#[cfg(feature = "seeder")]
mod fellows;
mod fetching;
#[cfg(feature = "seeder")]
mod following;
mod frames;
mod indexing;
mod links;
#[cfg(feature = "resources")]
mod listing;
mod mesh;
#[cfg(feature = "shelf")]
mod opening;
mod player;
mod pulling;
#[cfg(feature = "seeder")]
mod rechecking;
mod rescuing;
mod reserving;
#[cfg(all(feature = "shelf", feature = "seeder"))]
mod reshelving;
#[cfg(test)]
mod rig;
#[cfg(feature = "seeder")]
mod seeding;
#[cfg(all(feature = "seeder", feature = "resources"))]
mod seeding_files;
mod serving;
mod sharing;
#[cfg(not(feature = "shelf"))]
mod shelfless;
#[cfg(feature = "shelf")]
mod shelving;
#[cfg(feature = "seeder")]
mod sidecar;
mod trusting;
#[cfg(feature = "seeder")]
mod turns;
#[cfg(not(feature = "seeder"))]
mod unseeded;
#[cfg(feature = "shelf")]
mod unshelving;
mod upkeep;
mod volunteering;
mod wanting;
#[cfg(feature = "seeder")]
mod wishing;

use std::collections::VecDeque;

use clock::WallClock;
#[cfg(feature = "seeder")]
use seeding::Seeding;
#[cfg(not(feature = "shelf"))]
use shelfless::Shelving;
#[cfg(feature = "shelf")]
use shelving::Shelving;
#[cfg(not(feature = "seeder"))]
use unseeded::Seeding;

use crate::claims::{Flood, Heard, Reputation};
use crate::config::Config;
#[cfg(feature = "seeder")]
use crate::config::Role;
use crate::demand::{Demands, Player};
use crate::error::{ConfigError, InputError};
use crate::id::{CheckId, Member, PeerId, SegmentKey};
use crate::input::Input;
#[cfg(feature = "seeder")]
use crate::integrity::Sidecar;
use crate::integrity::{Integrity, SignedBatch};
use crate::manifest::PlaylistRef;
use crate::origin::Origin;
use crate::output::{Event, Output};
use crate::peer::Peer;
use crate::policy::Policy;
use crate::rate::Rates;
use crate::rng::Rng;
use crate::serving::{Serving, Share};
use crate::stats::Stats;
use crate::store::Store;
use crate::swarm::{Swarm, Targets};
use crate::time::Timestamp;
#[cfg(feature = "resources")]
use crate::time::UnixTime;
use crate::timeline::Timeline;
use crate::timer::{Timer, Timers};
use crate::transfer::Transfers;
use crate::vecmap::VecMap;
use crate::wire::PeerRole;

/// Decides, for one title, which segment comes from where; without I/O, clock or randomness of its own.
///
/// The driver's loop: tell what happened by [`handle_input`](Self::handle_input), do what
/// [`poll_output`](Self::poll_output) asks until it returns `None`, sleep no longer than until
/// [`poll_timeout`](Self::poll_timeout), then call [`handle_timeout`](Self::handle_timeout), and so on.
#[derive(Debug)]
pub struct Engine {
    config: Config,
    now: Timestamp,
    clock: WallClock,
    timeline: Timeline,
    playlists: VecMap<String, PlaylistRef>,
    player: Player,
    demands: Demands,
    transfers: Transfers,
    peers: VecMap<PeerId, Peer>,
    swarm: Swarm,
    origin: Origin,
    seeding: Option<Seeding>,
    store: Store,
    shelving: Shelving,
    policy: Policy,
    integrity: Integrity,
    checks: VecMap<CheckId, digests::Asked>,
    unchecked: VecDeque<(PeerId, SignedBatch)>,
    next_check: u64,
    unannounced: sharing::Unannounced,
    timers: Timers,
    outputs: VecDeque<Output>,
    stats: Stats,
    member: Member,
    rng: Rng,
    serving: Serving,
    heard: Heard,
    flood: Flood,
    reputation: Reputation,
    rates: Rates,
    /// Segments of which this peer's origin has other bytes than the swarm, oldest finding first.
    disputed: Vec<SegmentKey>,
    /// When the file list in force was made.
    #[cfg(feature = "resources")]
    listed: UnixTime,
    audits: VecMap<(SegmentKey, u32), auditing::Audit>,
    quorum_broken: bool,
    next_endgame: Timestamp,
    /// The neighbour that was first with the latest digests.
    feeder: Option<PeerId>,
    /// Peers whose channels are overfull: dropped before anything else is decided.
    stuck: Vec<PeerId>,
    replan: Replan,
}

/// The most segments that are remembered as differing at this peer's origin.
const MAX_DISPUTED: usize = 256;

/// How much of what was decided has to be decided again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Replan {
    /// Nothing.
    Stands,
    /// What is asked of peers.
    Pull,
    /// What is asked of peers, and what is wanted at all.
    Window,
}

/// The queue of what peers ask for, held back as the configuration says.
fn serving_of(config: &Config, now: Timestamp) -> Serving {
    let serving = Serving::new(Share::of(&config.device_limits()), now);
    #[cfg(feature = "upload-limits")]
    let serving = serving.limited(&config.upload_limits, now);
    #[cfg(feature = "seeder")]
    if let Role::Seeder { .. } = config.role {
        return serving.paced(config.seeding.pacing);
    }
    serving
}

impl Engine {
    /// Makes an engine. `seed` determines its random choices; the same seed and inputs give the same outputs.
    ///
    /// # Errors
    /// When a configuration value is out of its range.
    pub fn new(config: Config, seed: [u8; 32], now: Timestamp) -> Result<Self, ConfigError> {
        config.validate()?;
        let seeding = Seeding::of(&config, seed);
        let mut rng = Rng::new(seed);
        let targets = Targets {
            min: config.min_target_peers,
            max: config.max_target_peers,
            at_max: config.signaling_at_max,
        };
        let member = Member(rng.fork().bytes());
        let mut timers = Timers::default();
        if seeding.is_some() {
            timers.set(Timer::Refresh(0), now);
        }
        Ok(Self {
            now,
            clock: WallClock::new(now),
            timeline: Timeline::default(),
            playlists: VecMap::default(),
            player: Player::default(),
            demands: Demands::default(),
            transfers: Transfers::default(),
            peers: VecMap::default(),
            swarm: Swarm::new(targets, member, rng.fork(), now),
            origin: Origin::default(),
            seeding,
            store: Store::new(config.store_bytes),
            shelving: Shelving::default(),
            policy: Policy::new(config.policy, config.device_limits()),
            integrity: Integrity::new(rng.fork()),
            checks: VecMap::default(),
            unchecked: VecDeque::new(),
            next_check: 0,
            unannounced: sharing::Unannounced::default(),
            timers,
            outputs: VecDeque::new(),
            stats: Stats::default(),
            member,
            rng: rng.fork(),
            serving: serving_of(&config, now),
            heard: Heard::default(),
            flood: Flood::default(),
            reputation: Reputation::default(),
            rates: Rates::new(member.0[0]),
            disputed: Vec::new(),
            #[cfg(feature = "resources")]
            listed: UnixTime::default(),
            audits: VecMap::default(),
            quorum_broken: false,
            next_endgame: now,
            feeder: None,
            stuck: Vec::new(),
            replan: Replan::Stands,
            config,
        })
    }

    /// Tells the engine what happened at `now`.
    ///
    /// # Errors
    /// Only for the driver's own mistakes; nothing that comes from the network is one.
    pub fn handle_input(&mut self, now: Timestamp, input: Input) -> Result<(), InputError> {
        if now < self.now {
            return Err(InputError::ClockWentBack);
        }
        self.now = now;
        self.route(input)?;
        self.settle();
        Ok(())
    }

    /// Does what is due at `now`. Calling it early does nothing.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        while let Some(timer) = self.timers.pop_due(self.now) {
            self.on_timer(timer);
        }
        self.settle();
    }

    /// The next thing to do; call it until it returns `None`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called; `None` while nothing is scheduled.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.timers.next()
    }

    /// The counters and gauges as they stand now.
    pub fn stats(&self) -> Stats {
        let ready = |role| {
            self.peers
                .values()
                .filter(|peer| peer.role() == Some(role))
                .count()
        };
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let mut stats = Stats {
            peers: count(ready(PeerRole::Viewer)),
            seeders: count(ready(PeerRole::Seeder)),
            stored_segments: self.store.len() as u64,
            stored_bytes: self.store.bytes(),
            known_digests: self.integrity.len() as u64,
            digest_gaps: count(self.integrity.gaps()),
            equivocations: self.integrity.equivocations(),
            capable: self.swarm.capable_estimate(),
            ..self.stats.clone()
        };
        self.shelving.count(&mut stats);
        stats
    }

    /// The title as it is known so far.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// How many segments this seeder has seen whose digest is not signed yet.
    #[cfg(feature = "seeder")]
    pub fn unsigned(&self) -> usize {
        self.seeding.as_ref().map_or(0, Seeding::unsigned)
    }

    /// How many bytes wait for the uplink: of pieces that were asked for and not yet handed to a channel.
    /// Counted in whole pieces: the last of a segment is shorter.
    #[cfg(feature = "seeder")]
    pub fn upload_queue(&self) -> u64 {
        self.serving.waiting()
    }

    /// The batches that vouch for what is still in the manifest, as a sidecar; `None` where nobody signs, and for a viewer
    /// that accepts several keys: a sidecar is of one.
    #[cfg(feature = "seeder")]
    pub fn sidecar(&self) -> Option<Sidecar> {
        self.make_sidecar()
    }

    fn route(&mut self, input: Input) -> Result<(), InputError> {
        match input {
            Input::Clock(unix) => self.on_own_clock(unix),
            Input::SignalingClock { unix, within } => self.on_signalings_clock(unix, within),
            Input::Manifest { url, body } => self.on_manifest(&url, &body),
            Input::Demand(demand) => return self.on_demand(&demand),
            #[cfg(feature = "resources")]
            Input::FileDemand(demand) => return self.on_file_demand(&demand),
            Input::DemandCancelled(id) => self.on_demand_cancelled(id),
            Input::Playback(playback) => {
                self.player.on_playback(self.now, playback);
                self.refresh_deadlines();
            }
            Input::Device(state) => self.on_device(&state),
            Input::Seeked(position) => {
                self.player.on_seeked(self.now, position);
                self.rates.on_jump();
                self.refresh_deadlines();
            }
            Input::Targets { min, max } => self.on_targets(min, max),
            #[cfg(feature = "seeder")]
            Input::Sidecar(bytes) => self.on_sidecar(&bytes),
            #[cfg(feature = "seeder")]
            Input::StoreBudget(bytes) => self.on_store_budget(bytes),
            #[cfg(feature = "upload-limits")]
            Input::UploadLimit(total) => self.on_upload_limit(total),
            Input::SignalingUp => self.on_signaling_up(),
            Input::SignalingDown => self.on_signaling_down(),
            Input::PeerIntroduced(peer) => self.on_introduced(peer),
            Input::PeerConnected(peer) => return self.on_connected(peer),
            #[cfg(feature = "seeder")]
            Input::PeerCertificates { peer, own, theirs } => self.on_certificates(peer, own, theirs),
            Input::PeerMessage { peer, message } => self.on_message(&peer, message),
            Input::PeerBuffered { peer, bytes } => self.on_buffered(&peer, bytes),
            Input::PeerClosed(peer) => self.on_closed(&peer),
            Input::Negotiate { peer, payload } => self.on_negotiate(peer, &payload),
            Input::FetchStarted {
                fetch,
                partial,
                length,
                total,
                url,
            } => {
                if let Some(index) = self.followed(fetch) {
                    self.on_manifest_started(index, url);
                } else {
                    self.on_fetch_started(fetch, partial, length, total);
                }
            }
            Input::FetchChunk { fetch, bytes } => self.on_fetch_chunk(fetch, &bytes),
            Input::FetchPieces { fetch, pieces } => self.on_fetch_pieces(fetch, pieces),
            Input::FetchFinished(fetch) => self.on_fetch_finished(fetch),
            Input::FetchUnchanged(fetch) => self.on_unchanged(fetch),
            Input::RetryAfter { fetch, wait } => self.on_retry_after(fetch, wait),
            Input::FetchFailed { fetch, error } => self.on_fetch_failed(fetch, error),
            Input::SignatureChecked { check, valid } => self.on_signature_checked(check, valid),
            Input::SignatureUnclear(check) => self.on_signature_unclear(check),
            Input::Signed { check, signature } => self.on_signed(check, signature),
            Input::Shelf(fact) => self.on_shelf(fact),
        }
        Ok(())
    }

    fn on_timer(&mut self, timer: Timer) {
        match timer {
            Timer::Rescue(key) => self.check_rescue(key),
            Timer::Handshake(peer) => self.on_handshake_overdue(&peer),
            Timer::Answer(peer) => self.on_answer_overdue(&peer),
            Timer::Stripes(key) => self.on_stripes_due(key),
            Timer::Flood => self.flood(),
            Timer::Upload => self.upload(),
            Timer::Pull => self.replan(Replan::Pull),
            Timer::Window => self.replan(Replan::Window),
            Timer::Announce => self.announce(),
            Timer::Publish => self.publish(),
            Timer::Expire => self.expire(),
            Timer::Refresh(index) => self.refresh(index),
            Timer::Harvest => self.replan(Replan::Window),
            Timer::Mesh => self.on_mesh_due(),
            Timer::Sweep => self.sweep(),
            #[cfg(feature = "seeder")]
            Timer::Lease(key) => self.on_lease_over(key),
            #[cfg(feature = "seeder")]
            Timer::Recheck => self.recheck(),
            #[cfg(feature = "shelf")]
            Timer::Shelf => self.on_shelf_due(),
        }
    }

    /// Decides again whatever the latest input or timer has put in question.
    fn settle(&mut self) {
        self.drop_stuck();
        while self.replan != Replan::Stands {
            let replan = std::mem::replace(&mut self.replan, Replan::Stands);
            if replan == Replan::Window {
                self.plan_window();
                self.tend_shelf();
                self.harvest();
            }
            self.ask_for_layers();
            self.pull();
        }
    }

    /// Has at least this much decided anew before the call returns.
    fn replan(&mut self, scope: Replan) {
        self.replan = self.replan.max(scope);
    }

    fn emit(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }
}
