//! The tables of a scenario file, with their defaults.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use thiserror::Error;

use super::arrival::{Arrival, Sessions};
use super::goal::Goal;
use super::network::Network;
use super::service::{Engine, OriginTable, Seeders, Signaling};
use super::unit::{Rate, Time};

/// A scenario cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The file cannot be read. Check its name; `--list` names those that there are.
    #[error("{path}: {error}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// It does not read. Mend the line that is named.
    #[error("{path}: {error}")]
    Malformed {
        /// The file.
        path: String,
        /// The line, and what is wrong with it.
        error: Box<toml::de::Error>,
    },
    /// It reads, but makes no sense. Mend what is named.
    #[error("{path}: {what}")]
    Senseless {
        /// The file.
        path: String,
        /// What makes no sense.
        what: String,
    },
}

/// One scenario.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its name: that of its file.
    #[serde(skip)]
    pub name: String,
    /// The text that it was read from.
    #[serde(skip)]
    pub(crate) text: String,
    /// Its description, in one line.
    pub about: String,
    pub(crate) stream: Stream,
    pub(crate) viewers: Viewers,
    #[serde(default)]
    pub(crate) network: Network,
    #[serde(default)]
    pub(crate) origin: OriginTable,
    #[serde(default)]
    pub(crate) seeders: Seeders,
    #[serde(default)]
    pub(crate) signaling: Signaling,
    #[serde(default)]
    pub(crate) engine: Engine,
    pub(crate) time: Times,
    #[serde(default, rename = "fault")]
    pub(crate) faults: Vec<Fault>,
    #[serde(default, rename = "adversary")]
    pub(crate) adversaries: Vec<Adversary>,
    /// The goals for figures, by their names.
    #[serde(default)]
    pub goals: BTreeMap<String, Goal>,
}

/// The stream that is watched.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stream {
    pub(crate) kind: StreamKind,
    /// How long a segment is.
    pub(crate) segment: Time,
    /// How far behind the live edge viewers play.
    #[serde(default = "hold_back")]
    pub(crate) hold_back: Time,
    /// How long a film is.
    #[serde(default = "length")]
    pub(crate) length: Time,
    /// The rungs of the video, from the lowest.
    pub(crate) video: Vec<Rate>,
    /// The audio; none by default.
    #[serde(default)]
    pub(crate) audio: Rate,
    /// The most by which segments' sizes differ from the mean, in percent.
    #[serde(default = "spread")]
    pub(crate) spread: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StreamKind {
    Live,
    Film,
}

/// The viewers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Viewers {
    /// How many at once.
    pub(crate) count: u32,
    #[serde(default)]
    pub(crate) arrival: Arrival,
    #[serde(default)]
    pub(crate) sessions: Sessions,
    /// The percentage of leaving viewers whose peers hear nothing of it, and notice it after 8 s.
    #[serde(default = "silent")]
    pub(crate) silent: u64,
    #[serde(default = "buffer")]
    pub(crate) buffer: Time,
    /// How much a player needs before it begins.
    #[serde(default = "threshold")]
    pub(crate) threshold: Time,
    /// The rung a player starts with, counted from 0.
    #[serde(default)]
    pub(crate) rung: u8,
    /// The most that clocks are behind, evenly distributed.
    #[serde(default = "clocks")]
    pub(crate) clocks: Time,
    /// The share of viewers whose clocks are wrong: behind or ahead by up to `wrong_by`, evenly distributed.
    #[serde(default)]
    pub(crate) wrong_clocks: f64,
    #[serde(default = "wrong_by")]
    pub(crate) wrong_by: Time,
    /// The most by which players see a new live segment late, evenly distributed.
    #[serde(default = "detection")]
    pub(crate) detection: Time,
}

/// When figures are taken.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Times {
    /// From the start of the run, when the first viewer joins.
    pub(crate) warm_up: Time,
    pub(crate) measure: Time,
}

/// A fault.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    /// The time since the start of the run.
    pub(crate) at: Time,
    /// How long it lasts; for `mass-leave`, the time over which viewers leave.
    #[serde(rename = "for")]
    pub(crate) lasts: Time,
    /// The share of viewers that leave, of its speed that the origin keeps, or of its responses that hang.
    #[serde(default = "half")]
    pub(crate) share: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FaultKind {
    OriginAway,
    OriginSlow,
    OriginHangs,
    SignalingAway,
    SeedersAway,
    MassLeave,
}

/// Viewers that mean harm.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Adversary {
    pub(crate) kind: AdversaryKind,
    /// Their share of all viewers.
    pub(crate) share: f64,
    /// How long after a neighbour has dropped it for what it sent each leaves, and comes back under names that nobody knows;
    /// none does by default.
    pub(crate) returns: Option<Time>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AdversaryKind {
    /// Changes each piece that it sends.
    Alters,
    /// Takes requests, and sends no piece.
    Stalls,
    /// Claims all stripes ahead of all others, and gives nothing of what it fetches.
    ClaimsFalsely,
    /// Claims all stripes in each attempt under names that nobody knows.
    ForgesClaims,
    /// Says that it holds all, and refuses.
    HoldsFalsely,
    /// Sends frames without end.
    Floods,
}

impl Scenario {
    /// Reads a file.
    ///
    /// # Errors
    /// When it is not there, does not read, or makes no sense.
    pub fn load(path: &Path) -> Result<Self, ParseError> {
        Self::load_with(path, &[])
    }

    /// Reads a file, and changes values: `table.key=value` each.
    ///
    /// # Errors
    /// When it is not there, does not read, or makes no sense.
    pub fn load_with(path: &Path, changes: &[String]) -> Result<Self, ParseError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| ParseError::Unreadable {
            path: name.clone(),
            error,
        })?;
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or("scenario");
        let changed = change(&text, changes).map_err(|what| ParseError::Senseless {
            path: name.clone(),
            what,
        });
        Self::parse(stem, &changed?).map_err(|error| match error {
            ParseError::Malformed { error, .. } => ParseError::Malformed { path: name, error },
            ParseError::Senseless { what, .. } => ParseError::Senseless { path: name, what },
            ParseError::Unreadable { error, .. } => ParseError::Unreadable { path: name, error },
        })
    }

    /// Reads a scenario's text.
    ///
    /// # Errors
    /// When it does not read, or makes no sense.
    pub fn parse(name: &str, text: &str) -> Result<Self, ParseError> {
        let mut scenario: Self = toml::from_str(text).map_err(|error| ParseError::Malformed {
            path: name.to_owned(),
            error: Box::new(error),
        })?;
        name.clone_into(&mut scenario.name);
        text.clone_into(&mut scenario.text);
        scenario.check().map_err(|what| ParseError::Senseless {
            path: name.to_owned(),
            what,
        })?;
        Ok(scenario)
    }

    fn check(&self) -> Result<(), String> {
        require(
            !self.stream.video.is_empty(),
            "stream.video needs at least one rung",
        )?;
        require(
            self.stream.video.is_sorted(),
            "stream.video goes from the lowest rung to the highest",
        )?;
        require(
            self.stream.segment >= Time::millis(250),
            "stream.segment must be 250ms or more",
        )?;
        require(
            self.stream.segment.0.is_multiple_of(1_000),
            "stream.segment must be whole milliseconds",
        )?;
        require(
            self.stream.spread < 100,
            "stream.spread must be below 100 percent",
        )?;
        let live = self.stream.kind == StreamKind::Live;
        require(
            !live || self.stream.hold_back > self.stream.segment,
            "stream.hold_back must be more than one segment: a segment is there when it has ended",
        )?;
        require(
            usize::from(self.viewers.rung) < self.stream.video.len(),
            "viewers.rung is not a rung",
        )?;
        require(
            (1..=50_000).contains(&self.viewers.count),
            "viewers.count must be 1 to 50000",
        )?;
        share("viewers.wrong_clocks", self.viewers.wrong_clocks)?;
        self.network.check()?;
        require(
            self.origin.total_rate.is_none_or(|rate| rate >= Rate(1_000)),
            "origin.total_rate must be 1kbit or more",
        )?;
        require(
            self.engine.max_upload.is_none_or(|rate| rate >= Rate(100_000)),
            "engine.max_upload must be 100kbit or more",
        )?;
        require(self.time.measure > Time(0), "time.measure must not be 0")?;
        let bad: f64 = self.adversaries.iter().map(|adversary| adversary.share).sum();
        share("the sum of all adversaries' shares", bad)?;
        for fault in &self.faults {
            share("a fault's share", fault.share)?;
        }
        Ok(())
    }
}

/// A scenario's text with other values.
fn change(text: &str, changes: &[String]) -> Result<String, String> {
    if changes.is_empty() {
        return Ok(text.to_owned());
    }
    let mut table: toml::Table = text.parse().map_err(|error| format!("{error}"))?;
    for change in changes {
        let (path, value) = change
            .split_once('=')
            .ok_or_else(|| format!("`{change}` is not key=value"))?;
        let value = format!("x = {value}")
            .parse::<toml::Table>()
            .ok()
            .and_then(|mut table| table.remove("x"))
            .unwrap_or_else(|| toml::Value::String(value.to_owned()));
        let mut keys: Vec<&str> = path.split('.').collect();
        let last = keys.pop().unwrap_or_default();
        let mut inner = &mut table;
        for key in keys {
            let entry = inner
                .entry(key)
                .or_insert_with(|| toml::Value::Table(toml::Table::new()));
            inner = entry
                .as_table_mut()
                .ok_or_else(|| format!("`{key}` is no table"))?;
        }
        inner.insert(last.to_owned(), value);
    }
    toml::to_string(&table).map_err(|error| error.to_string())
}

fn hold_back() -> Time {
    Time::seconds(12)
}

fn length() -> Time {
    Time::seconds(1_800)
}

fn spread() -> u64 {
    10
}

fn silent() -> u64 {
    30
}

fn buffer() -> Time {
    Time::seconds(30)
}

fn threshold() -> Time {
    Time::millis(500)
}

fn clocks() -> Time {
    Time::millis(100)
}

fn wrong_by() -> Time {
    Time::seconds(300)
}

fn detection() -> Time {
    Time::millis(100)
}

fn half() -> f64 {
    0.5
}

/// Fails with what has to be so.
pub(super) fn require(fine: bool, what: &str) -> Result<(), String> {
    fine.then_some(()).ok_or_else(|| what.to_owned())
}

/// Fails with what is no share.
pub(super) fn share(what: &str, share: f64) -> Result<(), String> {
    require((0.0..=1.0).contains(&share), &format!("{what} must be 0 to 1"))
}
