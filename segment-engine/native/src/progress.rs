//! Shows an operator how far a seeder has got with the title: a bar for each stream on a terminal; lines elsewhere, at
//! most one a second while the title comes, and then one a minute.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use segment_engine::output::{Event, Source};
use segment_engine_native::{Peer, PeerEvent};
use service::log::LogFormat;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};
use tracing_subscriber::fmt::MakeWriter;

/// The least time between two lines.
const PERIOD: Duration = Duration::from_secs(1);
/// The least time between two lines once everything was there: then only new segments of a live title come.
const LATER: Duration = Duration::from_secs(60);
/// The least time between two updates of a bar.
const BAR_PERIOD: Duration = Duration::from_millis(100);
/// The template of a bar.
const STYLE: &str = "{prefix:16!} [{bar:30}] {pos}/{len} segments {msg}";

/// What has come from the origin so far.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Progress {
    segments: usize,
    bytes: u64,
    available: usize,
    /// Whether all was there when it was told last.
    was_complete: bool,
}

/// The bars of all streams, with log lines above them.
#[derive(Debug, Clone)]
pub(crate) enum Bars {
    /// On a terminal.
    Drawn(MultiProgress),
    /// There are none: progress is told by lines of the log.
    Lines,
}

/// How one stream's progress is shown.
#[derive(Debug)]
pub(crate) enum Bar {
    /// A bar.
    Drawn(ProgressBar),
    /// Log lines.
    Lines,
}

/// Writes log lines without tearing the bars.
#[derive(Debug)]
pub(crate) struct LogWriter {
    bars: Bars,
    text: Vec<u8>,
}

impl Bars {
    /// Bars where standard error is a terminal and the log is for people; or else lines.
    pub(crate) fn for_log(format: LogFormat) -> Self {
        if format == LogFormat::Text && io::stderr().is_terminal() {
            return Self::Drawn(MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));
        }
        Self::Lines
    }

    /// A bar of that name. It is drawn when the first progress is told.
    pub(crate) fn add(&self, name: &str) -> Bar {
        let Self::Drawn(bars) = self else {
            return Bar::Lines;
        };
        let style = ProgressStyle::with_template(STYLE).expect("invariant: the template is well-formed");
        let bar = ProgressBar::no_length().with_style(style.progress_chars("=> "));
        Bar::Drawn(bars.add(bar.with_prefix(name.to_owned())))
    }
}

impl Bar {
    /// The least time until that progress is told again.
    fn period(&self, progress: &Progress) -> Duration {
        match self {
            Self::Drawn(bar) if !bar.is_finished() => BAR_PERIOD,
            Self::Drawn(_) | Self::Lines if progress.was_complete => LATER,
            Self::Drawn(_) | Self::Lines => PERIOD,
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Self::Drawn(bar) = self {
            bar.finish_and_clear();
        }
    }
}

impl<'a> MakeWriter<'a> for Bars {
    type Writer = LogWriter;

    fn make_writer(&'a self) -> LogWriter {
        LogWriter {
            bars: self.clone(),
            text: Vec::new(),
        }
    }
}

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let text = std::mem::take(&mut self.text);
        let write = || io::stderr().write_all(&text);
        match &self.bars {
            Bars::Drawn(bars) => bars.suspend(write),
            Bars::Lines => write(),
        }
    }
}

impl Drop for LogWriter {
    fn drop(&mut self) {
        // Without standard error there is nobody to tell.
        let _ = self.flush();
    }
}

/// Follows a seeder for ever; cancel it by dropping.
pub(crate) async fn report(peer: &Peer, bar: &Bar) {
    let mut events = peer.subscribe();
    let mut progress = Progress::default();
    let mut due: Option<Instant> = None;
    loop {
        let line = async {
            match due {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            event = events.recv() => match event {
                Ok(event) if progress.note(&event) => due = due.or_else(|| Some(Instant::now() + bar.period(&progress))),
                // A reporter that lags misses some counts and no more.
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            },
            () = line => {
                due = None;
                progress.available = peer.available_segments().await.unwrap_or(0);
                progress.count_on_disk(peer.stats().await.map_or(0, |stats| stats.shelved_segments));
                progress.tell(bar);
                progress.was_complete = progress.segments >= progress.available;
            }
        }
    }
}

impl Progress {
    /// Counts an event; says whether there is news.
    fn note(&mut self, event: &PeerEvent) -> bool {
        let PeerEvent::Engine(Event::SegmentReceived {
            bytes,
            source: Source::Origin,
            ..
        }) = event
        else {
            return false;
        };
        self.segments += 1;
        self.bytes += bytes;
        true
    }

    /// Counts segments that an earlier run left on disk, which are not fetched.
    fn count_on_disk(&mut self, segments: u64) {
        let on_disk = usize::try_from(segments).unwrap_or(usize::MAX);
        self.segments = self.segments.max(on_disk.min(self.available));
    }

    /// Tells where things stand. A bar goes once all is there: what comes after that is told by lines.
    fn tell(&self, bar: &Bar) {
        match bar {
            Bar::Drawn(bar) if self.segments < self.available && !bar.is_finished() => {
                bar.set_length(self.available as u64);
                bar.set_position(self.segments as u64);
                bar.set_message(self.megabytes());
            }
            Bar::Drawn(bar) => {
                bar.finish_and_clear();
                tracing::info!("{self}");
            }
            Bar::Lines => tracing::info!("{self}"),
        }
    }

    fn megabytes(&self) -> String {
        let tenths = self.bytes / 100_000;
        format!("{}.{} MB", tenths / 10, tenths % 10)
    }
}

impl fmt::Display for Progress {
    /// Writes `12/96 segments, 3.1 MB`; a live title that runs on counts what came and what is in its window.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let megabytes = self.megabytes();
        if self.segments > self.available {
            return write!(
                f,
                "{} segments, {megabytes}; {} available now",
                self.segments, self.available
            );
        }
        write!(f, "{}/{} segments, {megabytes}", self.segments, self.available)
    }
}

#[cfg(test)]
mod tests;
