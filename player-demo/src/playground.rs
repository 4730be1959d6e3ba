//! The parts that can be changed while the demo runs, and their state.

use segment_engine_native::StartError;
use segment_engine_native::segment_engine::output::PublicKey;
use serde::{Deserialize, Serialize};
use signaling::ConfigError;
use thiserror::Error;

use crate::member::Member;
use crate::power::Power;
use crate::seeders::Seeders;
use crate::streams::{STREAMS, Stream};
use crate::switch::SignalingSwitch;
use crate::throttle::{Conditions, Reach, Throttle};
use crate::viewers::{MAX_VIEWERS, Viewers};

/// The widest link that can be asked for, in kilobits a second.
pub(crate) const MAX_KBPS: u32 = 1_000_000;
/// The longest delay before a response, in milliseconds.
pub(crate) const MAX_DELAY_MS: u64 = 5_000;

/// The origin, as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OriginState {
    /// Whether it answers.
    pub(crate) power: Power,
    /// Kilobits a second over all; 0 is without a limit.
    pub(crate) kbps: u32,
    /// Milliseconds before each response.
    pub(crate) delay_ms: u64,
    /// The link that the demo was started with, as `kbps`.
    pub(crate) start_kbps: u32,
    /// Bytes that it has sent since the start to pages and simulated viewers, manifests included.
    pub(crate) sent_to_viewers: u64,
    /// Bytes that it has sent since the start to seeders.
    pub(crate) sent_to_seeders: u64,
}

/// The answer of `/control`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct State {
    pub(crate) origin: OriginState,
    /// Absent where the seeder runs elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seeder: Option<Power>,
    /// Absent where signaling runs elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) signaling: Option<Power>,
    pub(crate) viewers: CrowdState,
    pub(crate) members: Vec<Member>,
}

/// The simulated viewers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CrowdState {
    pub(crate) stream: &'static str,
    pub(crate) count: usize,
    pub(crate) poison: Power,
    /// How many there may be.
    pub(crate) most: usize,
}

/// A change; what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Change {
    origin: Option<OriginChange>,
    seeder: Option<Power>,
    signaling: Option<Power>,
    viewers: Option<CrowdChange>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OriginChange {
    power: Option<Power>,
    kbps: Option<u32>,
    delay_ms: Option<u64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CrowdChange {
    stream: Option<String>,
    count: Option<usize>,
    poison: Option<Power>,
}

/// A change is refused or did not work; what came before it in the order of [`Change`] has been made.
#[derive(Debug, Error)]
pub(crate) enum ChangeError {
    /// A value is out of its range. Nothing was changed.
    #[error("{0}")]
    Range(String),
    /// The part runs elsewhere: it is for whoever runs it there. Nothing was changed.
    #[error("{0} does not run in this process")]
    Elsewhere(&'static str),
    /// A seeder cannot be started.
    #[error("the seeder cannot be started: {0}")]
    Seeder(#[from] StartError),
    /// Signaling cannot be started.
    #[error("signaling cannot be started: {0}")]
    Signaling(#[from] ConfigError),
}

/// The demo's parts that change.
#[derive(Debug)]
pub(crate) struct Playground {
    pub(crate) throttle: Throttle,
    /// The link that the demo was started with, in kilobits a second; `None` is without a limit.
    pub(crate) start_kbps: Option<u32>,
    pub(crate) signaling: Option<SignalingSwitch>,
    pub(crate) seeders: Option<Seeders>,
    pub(crate) viewers: Viewers,
    /// Changes are made one after the other.
    pub(crate) turn: tokio::sync::Mutex<()>,
}

impl Playground {
    /// The current state of what can be changed.
    pub(crate) fn state(&self) -> State {
        let Conditions { kbps, delay, reach } = self.throttle.conditions();
        let sent = self.throttle.sent();
        let (stream, count, poison) = self.viewers.crowd();
        let seeders = self.seeders.iter().flat_map(Seeders::members);
        State {
            origin: OriginState {
                power: match reach {
                    Reach::Here => Power::On,
                    Reach::Away => Power::Off,
                },
                kbps: kbps.unwrap_or_default(),
                delay_ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
                start_kbps: self.start_kbps.unwrap_or_default(),
                sent_to_viewers: sent.viewers,
                sent_to_seeders: sent.seeders,
            },
            seeder: self.seeders.as_ref().map(Seeders::power),
            signaling: self.signaling.as_ref().map(SignalingSwitch::power),
            viewers: CrowdState {
                stream,
                count,
                poison,
                most: MAX_VIEWERS,
            },
            members: seeders.chain(self.viewers.members()).collect(),
        }
    }

    /// Makes a change.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub(crate) async fn change(&self, change: Change) -> Result<(), ChangeError> {
        let _turn = self.turn.lock().await;
        self.check(&change)?;
        if let Some(origin) = change.origin {
            self.change_origin(&origin);
        }
        match (&self.signaling, change.signaling) {
            (Some(signaling), Some(Power::On)) => signaling.restore().await?,
            (Some(signaling), Some(Power::Off)) => signaling.cut().await,
            _ => {}
        }
        match (&self.seeders, change.seeder) {
            (Some(seeders), Some(Power::On)) => seeders.start()?,
            (Some(seeders), Some(Power::Off)) => seeders.kill(),
            _ => {}
        }
        if let Some(crowd) = change.viewers {
            self.change_crowd(&crowd).await;
        }
        Ok(())
    }

    /// Ends what runs, in good order.
    pub(crate) async fn shutdown(&self) {
        self.viewers.shutdown().await;
        if let Some(seeders) = &self.seeders {
            seeders.shutdown().await;
        }
        if let Some(signaling) = &self.signaling {
            signaling.cut().await;
        }
    }

    fn check(&self, change: &Change) -> Result<(), ChangeError> {
        let over = |what: &str, most: u64| ChangeError::Range(format!("{what} is at most {most}"));
        if let Some(origin) = &change.origin {
            if origin.kbps.is_some_and(|kbps| kbps > MAX_KBPS) {
                return Err(over("origin.kbps", MAX_KBPS.into()));
            }
            if origin.delay_ms.is_some_and(|delay| delay > MAX_DELAY_MS) {
                return Err(over("origin.delayMs", MAX_DELAY_MS));
            }
        }
        if let Some(crowd) = &change.viewers {
            if crowd.count.is_some_and(|count| count > MAX_VIEWERS) {
                return Err(over("viewers.count", MAX_VIEWERS as u64));
            }
            if let Some(id) = &crowd.stream
                && stream(id).is_none()
            {
                return Err(ChangeError::Range(format!("there is no stream {id:?}")));
            }
        }
        if change.seeder.is_some() && self.seeders.is_none() {
            return Err(ChangeError::Elsewhere("a seeder"));
        }
        if change.signaling.is_some() && self.signaling.is_none() {
            return Err(ChangeError::Elsewhere("signaling"));
        }
        Ok(())
    }

    fn change_origin(&self, change: &OriginChange) {
        let mut conditions = self.throttle.conditions();
        if let Some(kbps) = change.kbps {
            conditions.kbps = (kbps > 0).then_some(kbps);
        }
        if let Some(delay) = change.delay_ms {
            conditions.delay = std::time::Duration::from_millis(delay);
        }
        match change.power {
            Some(Power::On) => conditions.reach = Reach::Here,
            Some(Power::Off) => conditions.reach = Reach::Away,
            None => {}
        }
        self.throttle.set(conditions);
    }

    async fn change_crowd(&self, change: &CrowdChange) {
        if let Some(poison) = change.poison {
            self.viewers.poison(poison);
        }
        if change.stream.is_none() && change.count.is_none() {
            return;
        }
        let (current, count, _) = self.viewers.crowd();
        let wanted = change.stream.as_deref().unwrap_or(current);
        if let Some(stream) = stream(wanted) {
            self.viewers.gather(stream, change.count.unwrap_or(count)).await;
        }
    }
}

fn stream(id: &str) -> Option<&'static Stream> {
    STREAMS.iter().find(|stream| stream.id == id)
}

/// The first stream of the demo: the one that simulated viewers watch unless told otherwise.
pub(crate) fn first_stream() -> &'static Stream {
    let [first, ..] = &STREAMS;
    first
}

/// The key that the members of this process trust.
pub(crate) fn trusted(digest_key: Option<&str>) -> Option<PublicKey> {
    digest_key.and_then(segment_engine_native::parse_public_key)
}
