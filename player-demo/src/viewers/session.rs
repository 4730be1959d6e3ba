//! One visit of a simulated viewer: it reads the manifest, demands segments in time as a player does, and its playhead
//! moves by the clock. No picture is decoded; everything else is as with a page.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use segment_engine_native::Peer;
use segment_engine_native::segment_engine::id::{ByteRange, TrackKey};
use segment_engine_native::segment_engine::input::{Playback, PlaybackState};
use segment_engine_native::segment_engine::stats::SourceBytes;
use segment_engine_native::segment_engine::timeline::Segment;
use thiserror::Error;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::clock::Playhead;
use super::title::{Title, TitleError, end_of, media_time};
use crate::member::{PlayState, Shown};

/// How much a player keeps ready, as the page's does.
const BUFFER: Duration = Duration::from_secs(12);
/// How often the engine is told of the playhead, and figures are renewed.
const TELL: Duration = Duration::from_millis(500);
/// How often a live manifest is read again, and after how long what failed is tried again.
const AGAIN: Duration = Duration::from_secs(2);
/// How often a segment is tried that neither peers nor the origin give.
const TRIES: usize = 3;
/// How far a viewer of a live stream may fall behind the point where it would begin now, before it jumps there: most of
/// the window.
const BEHIND: Duration = Duration::from_secs(20);
/// How often it is looked whether there is room in the buffer, or a new segment of a live stream.
const LOOK: Duration = Duration::from_millis(200);
/// A viewer of a film leaves this much before its end, so that the end is no stall.
const MARGIN: Duration = Duration::from_millis(150);

/// A visit ends before it has begun.
#[derive(Debug, Error)]
pub(super) enum SessionError {
    /// The origin did not answer, or with no success.
    #[error("the manifest cannot be fetched: {0}")]
    Fetch(#[from] reqwest::Error),
    /// The manifest is of no use.
    #[error(transparent)]
    Title(#[from] TitleError),
}

/// A visit, and what it needs.
#[derive(Debug)]
pub(super) struct Session<'a> {
    pub(super) peer: &'a Peer,
    pub(super) http: &'a reqwest::Client,
    /// The manifest's absolute address.
    pub(super) url: &'a str,
    pub(super) shown: &'a Shown,
}

/// The progress of a visit.
struct Progress {
    title: Title,
    read_at: Instant,
    /// Bits per second that the engine expects to keep up; 0 where there is no telling.
    rate: u64,
    /// Tracks whose init segment was fetched.
    begun: Vec<TrackKey>,
    /// The end of the media that is ready, on the timeline.
    ready_to: Duration,
}

impl Session<'_> {
    /// Plays to the end; a live stream has none.
    ///
    /// # Errors
    /// See [`SessionError`].
    pub(super) async fn play(&self) -> Result<(), SessionError> {
        let title = self.read_title().await?;
        self.shown.lock().trouble = None;
        let playhead = Mutex::new(Playhead::new(title.start()));
        let progress = Progress {
            ready_to: title.start(),
            title,
            read_at: Instant::now(),
            rate: 0,
            begun: Vec::new(),
        };
        tokio::select! {
            result = self.feed(progress, &playhead) => result,
            () = self.tell(&playhead) => Ok(()),
        }
    }

    async fn read_title(&self) -> Result<Title, SessionError> {
        let response = self.http.get(self.url).send().await?.error_for_status()?;
        let body = response.bytes().await?.to_vec();
        let title = Title::read(self.url, &body)?;
        self.peer.manifest(self.url, body).await;
        Ok(title)
    }

    /// Fills the buffer until the film ends.
    async fn feed(&self, mut progress: Progress, playhead: &Mutex<Playhead>) -> Result<(), SessionError> {
        loop {
            if progress.title.is_live() && progress.read_at.elapsed() >= AGAIN {
                progress.read_at = Instant::now();
                // What was read last stays in force.
                if let Ok(title) = self.read_title().await {
                    progress.title = title;
                }
            }
            self.catch_up(&mut progress, playhead).await;
            if lock(playhead).ahead() >= BUFFER {
                sleep(LOOK).await;
                continue;
            }
            let wanted = wanted(&mut progress);
            if wanted.is_empty() && !progress.title.is_live() {
                let left = lock(playhead).ahead();
                sleep(left.saturating_sub(MARGIN)).await;
                return Ok(());
            }
            if wanted.is_empty() {
                sleep(LOOK).await;
                continue;
            }
            let fetched = join_all(wanted.iter().map(|segment| self.fetch(segment))).await;
            let Some(rates) = fetched.into_iter().collect::<Option<Vec<_>>>() else {
                // What was had of them is in the store; a live stream may have gone on in the meantime.
                progress.begun.clear();
                continue;
            };
            let told = rates.into_iter().max().filter(|rate| *rate > 0);
            progress.rate = told.unwrap_or(progress.rate);
            let media = wanted.iter().filter(|segment| !segment.duration.is_zero());
            progress.ready_to = media.map(end_of).min().unwrap_or(progress.ready_to);
            lock(playhead).ready(progress.ready_to, Instant::now());
        }
    }

    /// Jumps close to the edge of a live stream that has left the viewer behind.
    async fn catch_up(&self, progress: &mut Progress, playhead: &Mutex<Playhead>) {
        let start = progress.title.start();
        if !progress.title.is_live() || start.saturating_sub(progress.ready_to) < BEHIND {
            return;
        }
        progress.ready_to = start;
        lock(playhead).jump(start);
        self.peer.seeked(media_time(start)).await;
    }

    /// Gets one segment from wherever the engine finds it, or over HTTP. Returns the rate that can be kept up; `None` where
    /// nobody gives the segment.
    async fn fetch(&self, segment: &Segment) -> Option<u64> {
        for _ in 0..TRIES {
            let (sources, rate) = match self.peer.demand(&segment.url, segment.key.range).await {
                Ok(delivery) => (delivery.sources, delivery.rate),
                Err(_) => match self.fetch_plain(&segment.url, segment.key.range).await {
                    Ok(origin) => (
                        SourceBytes {
                            origin,
                            ..SourceBytes::default()
                        },
                        0,
                    ),
                    Err(error) => {
                        tracing::debug!(%error, "a simulated viewer waits for the origin");
                        sleep(AGAIN).await;
                        continue;
                    }
                },
            };
            let mut shown = self.shown.lock();
            shown.delivered.origin += sources.origin;
            shown.delivered.seeder += sources.seeder;
            shown.delivered.peer += sources.peer;
            return Some(rate);
        }
        None
    }

    async fn fetch_plain(&self, url: &str, range: Option<ByteRange>) -> Result<u64, reqwest::Error> {
        let mut request = self.http.get(url);
        if let Some(range) = range {
            request = request.header("range", format!("bytes={}-{}", range.first, range.last));
        }
        let body = request.send().await?.error_for_status()?.bytes().await?;
        Ok(body.len() as u64)
    }

    /// Tells engine and page of the playhead.
    async fn tell(&self, playhead: &Mutex<Playhead>) {
        let mut ticks = interval(TELL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let (position, buffered, playing, stalls) = {
                let mut playhead = lock(playhead);
                playhead.move_to(Instant::now());
                (
                    playhead.position(),
                    playhead.ahead(),
                    playhead.playing(),
                    playhead.stalls(),
                )
            };
            let state = match playing {
                PlayState::Playing => PlaybackState::Playing,
                PlayState::Starting | PlayState::Stalled => PlaybackState::Stalled,
            };
            let playback = Playback {
                position: media_time(position),
                buffered,
                state,
            };
            self.peer.playback(playback).await;
            let uploaded = self.peer.stats().await.map(|stats| stats.uploaded);
            let mut shown = self.shown.lock();
            shown.position_s = position.as_secs_f64();
            shown.buffer_s = buffered.as_secs_f64();
            shown.playing = playing;
            shown.stalls = stalls;
            shown.uploaded = uploaded.unwrap_or(shown.uploaded);
        }
    }
}

/// The next segment of each track that is to be played, with init segments of tracks that begin; nothing where one of
/// them is not there yet.
fn wanted(progress: &mut Progress) -> Vec<Segment> {
    let tracks = progress.title.tracks(progress.rate);
    let next: Vec<_> = tracks
        .iter()
        .map(|track| progress.title.next(track, progress.ready_to))
        .collect();
    let Some(mut wanted) = next.into_iter().collect::<Option<Vec<_>>>() else {
        return Vec::new();
    };
    for track in tracks {
        if progress.begun.contains(&track.key) {
            continue;
        }
        progress.begun.push(track.key);
        wanted.extend(progress.title.init(track));
    }
    wanted
}

fn lock(playhead: &Mutex<Playhead>) -> MutexGuard<'_, Playhead> {
    playhead.lock().unwrap_or_else(PoisonError::into_inner)
}
