//! Simulated viewers: native peers in this process that play a stream, each as a page would. Who has seen a film to its
//! end leaves, and another comes in the same place, so that a swarm stays one.

mod clock;
mod session;
mod title;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use segment_engine_native::segment_engine::config::{Config, Trust};
use segment_engine_native::segment_engine::output::PublicKey;
use segment_engine_native::{Conduct, Peer};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use self::session::Session;
use crate::member::{Member, Role, Shown};
use crate::power::Power;
use crate::seeders::Reached;
use crate::streams::Stream;

/// The most simulated viewers at once. Each is a peer with sockets and encryption of its own: a dozen keep a core of
/// this process busy.
pub(crate) const MAX_VIEWERS: usize = 12;
/// The time between the arrivals of two viewers.
const APART: Duration = Duration::from_secs(2);
/// How long a viewer that could not begin waits before it tries again.
const PAUSE: Duration = Duration::from_secs(2);
/// How long one may take to leave.
const LEAVE_PATIENCE: Duration = Duration::from_secs(6);

/// The setup that all simulated viewers share.
#[derive(Debug)]
struct Setup {
    reached: Reached,
    /// The key that it trusts, as the page does.
    key: Option<PublicKey>,
    http: reqwest::Client,
}

/// The simulated viewers of one stream.
#[derive(Debug)]
pub(crate) struct Viewers {
    setup: Arc<Setup>,
    crowd: Mutex<Crowd>,
}

#[derive(Debug)]
struct Crowd {
    stream: &'static Stream,
    viewers: Vec<Viewer>,
    /// Whether the first of them alters what it sends.
    poison: Power,
}

/// One place in the crowd, and the viewer in it.
#[derive(Debug)]
struct Viewer {
    shown: Shown,
    orders: watch::Sender<Orders>,
    task: JoinHandle<()>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Orders {
    Play(Conduct),
    Leave,
}

impl Viewers {
    /// Nobody yet; they will watch `stream`.
    ///
    /// # Errors
    /// When HTTP cannot be set up.
    pub(crate) fn new(
        reached: Reached,
        key: Option<PublicKey>,
        stream: &'static Stream,
    ) -> Result<Self, reqwest::Error> {
        // Chosen already where a peer was started before: the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let setup = Setup {
            reached,
            key,
            http: reqwest::Client::builder().no_proxy().build()?,
        };
        Ok(Self {
            setup: Arc::new(setup),
            crowd: Mutex::new(Crowd {
                stream,
                viewers: Vec::new(),
                poison: Power::Off,
            }),
        })
    }

    /// Makes `count` viewers watch a stream, at most [`MAX_VIEWERS`]. Those of another stream leave.
    pub(crate) async fn gather(&self, stream: &'static Stream, count: usize) {
        let count = count.min(MAX_VIEWERS);
        let leaving = {
            let mut crowd = self.lock();
            let keep = if crowd.stream.id == stream.id { count } else { 0 };
            crowd.stream = stream;
            let kept = keep.min(crowd.viewers.len());
            crowd.viewers.split_off(kept)
        };
        leave(leaving).await;
        let mut crowd = self.lock();
        for waited in 0..count.saturating_sub(crowd.viewers.len()) {
            let place = crowd.viewers.len();
            let conduct = conduct_at(place, crowd.poison);
            let delay = APART * u32::try_from(waited).unwrap_or_default();
            crowd
                .viewers
                .push(Viewer::come(Arc::clone(&self.setup), stream, conduct, delay));
        }
    }

    /// Makes the first viewer alter what it sends, or stop doing so.
    pub(crate) fn poison(&self, poison: Power) {
        let mut crowd = self.lock();
        crowd.poison = poison;
        for (place, viewer) in crowd.viewers.iter().enumerate() {
            let conduct = conduct_at(place, poison);
            viewer.orders.send_replace(Orders::Play(conduct));
        }
    }

    /// The stream's id, how many watch it, and whether one is poisoned.
    pub(crate) fn crowd(&self) -> (&'static str, usize, Power) {
        let crowd = self.lock();
        (crowd.stream.id, crowd.viewers.len(), crowd.poison)
    }

    /// The state of each viewer.
    pub(crate) fn members(&self) -> Vec<Member> {
        let crowd = self.lock();
        let members = crowd.viewers.iter().enumerate();
        members
            .map(|(place, viewer)| Member {
                poisoned: conduct_at(place, crowd.poison) == Conduct::AltersPieces,
                ..viewer.shown.lock().clone()
            })
            .collect()
    }

    /// Makes all of them leave.
    pub(crate) async fn shutdown(&self) {
        let leaving = std::mem::take(&mut self.lock().viewers);
        leave(leaving).await;
    }

    fn lock(&self) -> MutexGuard<'_, Crowd> {
        self.crowd.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn conduct_at(place: usize, poison: Power) -> Conduct {
    match (place, poison) {
        (0, Power::On) => Conduct::AltersPieces,
        _ => Conduct::Honest,
    }
}

async fn leave(leaving: Vec<Viewer>) {
    for viewer in &leaving {
        viewer.orders.send_replace(Orders::Leave);
    }
    for mut viewer in leaving {
        if timeout(LEAVE_PATIENCE, &mut viewer.task).await.is_err() {
            viewer.task.abort();
        }
    }
}

impl Viewer {
    /// Lets a viewer come after `delay`.
    fn come(setup: Arc<Setup>, stream: &'static Stream, conduct: Conduct, delay: Duration) -> Self {
        let shown = Shown::new(Member::new(Role::Viewer, stream.id));
        let (orders, mut given) = watch::channel(Orders::Play(conduct));
        let visits = shown.clone();
        let task = tokio::spawn(async move {
            tokio::select! {
                () = sleep(delay) => {}
                _ = given.wait_for(|orders| *orders == Orders::Leave) => return,
            }
            while visit(&setup, stream, &visits, &mut given).await == Then::Again {}
        });
        Self { shown, orders, task }
    }
}

/// What comes after a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Again,
    Nothing,
}

/// Joins the swarm, plays, and leaves it.
async fn visit(
    setup: &Setup,
    stream: &'static Stream,
    shown: &Shown,
    orders: &mut watch::Receiver<Orders>,
) -> Then {
    let config = viewer_config(stream, setup.key);
    let peer = match Peer::start(config, setup.reached.options()) {
        Ok(peer) => peer,
        Err(error) => {
            shown.lock().trouble = Some(error.to_string());
            return rest(orders).await;
        }
    };
    let url = setup.reached.manifest(stream);
    let session = Session {
        peer: &peer,
        http: &setup.http,
        url: &url,
        shown,
    };
    let events = peer.subscribe();
    let then = tokio::select! {
        () = obey(&peer, orders) => Then::Nothing,
        () = shown.follow(events) => Then::Again,
        played = session.play() => match played {
            Ok(()) => Then::Again,
            Err(error) => {
                shown.lock().trouble = Some(error.to_string());
                rest(orders).await
            }
        },
    };
    peer.shutdown().await;
    let trouble = shown.lock().trouble.take();
    *shown.lock() = Member {
        trouble,
        ..Member::new(Role::Viewer, stream.id)
    };
    then
}

/// Treats what is sent as ordered, until the order is to leave.
async fn obey(peer: &Peer, orders: &mut watch::Receiver<Orders>) {
    loop {
        let given = *orders.borrow_and_update();
        match given {
            Orders::Play(conduct) => peer.conduct(conduct).await,
            Orders::Leave => return,
        }
        // Whoever gives orders is gone: so is the crowd.
        if orders.changed().await.is_err() {
            return;
        }
    }
}

/// Waits a moment before the next try.
async fn rest(orders: &mut watch::Receiver<Orders>) -> Then {
    tokio::select! {
        () = sleep(PAUSE) => Then::Again,
        _ = orders.wait_for(|orders| *orders == Orders::Leave) => Then::Nothing,
    }
}

fn viewer_config(stream: &Stream, key: Option<PublicKey>) -> Config {
    let config = Config::viewer(stream.swarm);
    match key {
        Some(key) => Config {
            trust: Trust::signed(key),
            ..config
        },
        None => config,
    }
}
