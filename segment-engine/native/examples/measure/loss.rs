//! What comes through a path that loses packets and is long: a viewer at the seeder, and a bare sender on the same WebRTC
//! stack, round by round, over paths that lose by the same lots.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::time::{Instant, sleep};

use crate::Options;
use crate::anchor::{Anchor, WEBRTC};
use crate::origin::{Origin, Shape, Title};
use crate::player::Player;
use crate::process::load_average;
use crate::report::{Figure, Goal, median, median_ratio};
use crate::seeder::Seeder;
use crate::shim::{Path, Shims};
use crate::signaling::Signaling;
use crate::tally::Tally;

/// A film of 0.5 Mbit/s, which is faster than the path by little or not at all.
const SEGMENTS: u64 = 400;
const SHAPE: Shape = Shape {
    title: Title::Film { segments: SEGMENTS },
    duration: Duration::from_secs(4),
    bytes: 256 << 10,
};
/// 20 ms and 1 % each way.
const DELAY: Duration = Duration::from_millis(20);
const LOSS: f64 = 0.01;
/// Slow start is not counted.
const WARM_UP: Duration = Duration::from_secs(3);
const LENGTH: Duration = Duration::from_secs(15);
/// What the viewer says to have ready: with so much it waits for peers as long as it ever does.
const BUFFERED: Duration = Duration::from_secs(30);
/// As long as the engine waits for peers at most (`peer_patience`): after that a viewer goes to the origin.
const RESCUE: Duration = Duration::from_secs(10);
/// How often the count is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// One transfer.
#[derive(Debug, Clone, Copy)]
struct Sample {
    bytes_per_second: f64,
    longest_gap: Duration,
}

pub(crate) async fn measure(options: &Options) -> Result<Vec<Figure>> {
    let (mut ours, mut theirs, mut gaps) = (Vec::new(), Vec::new(), Vec::new());
    let mut rescues = 0;
    for run in 1..=options.runs {
        let path = Path {
            delay: DELAY,
            loss: LOSS,
            seed: run.into(),
        };
        let (sample, refused) = of_seeder(options, path).await?;
        rescues += refused;
        gaps.push(sample.longest_gap.as_secs_f64() * 1e3);
        tell(run, "fugitive-seeder", sample);
        ours.push(Some(sample.bytes_per_second));
        if let Some(folder) = &options.anchors {
            let tally = Arc::new(Tally::new(1));
            let _anchor = Anchor::start(&folder.join(WEBRTC), 1, Some(path), &tally).await?;
            let sample = watch(async || tally.total()).await;
            tell(run, WEBRTC, sample);
            theirs.push(Some(sample.bytes_per_second));
        }
    }
    let speed = |all: &[Option<f64>]| median(all.iter().flatten().map(|speed| speed / 1e6));
    Ok(vec![
        Figure::aimed(
            "loss.goodput_over_webrtc_0_21",
            median_ratio(&ours, &theirs),
            "ratio",
            Goal::AtLeast(0.7),
        ),
        Figure::aimed(
            "loss.longest_gap",
            gaps.iter().copied().reduce(f64::max),
            "ms",
            Goal::AtMost(RESCUE.as_secs_f64() * 1e3),
        ),
        Figure::plain("loss.rescues", Some(rescues as f64), "count"),
        Figure::plain("loss.fugitive-seeder.goodput", speed(&ours), "MB/s"),
        Figure::plain(format!("loss.{WEBRTC}.goodput"), speed(&theirs), "MB/s"),
    ])
}

fn tell(run: u32, name: &str, sample: Sample) {
    eprintln!(
        "round {run}: {name}: {:.3} MB/s, longest gap {:.0?} (load average {})",
        sample.bytes_per_second / 1e6,
        sample.longest_gap,
        load_average()
    );
}

/// A viewer that fetches one segment after the other; and how often it went to the origin.
async fn of_seeder(options: &Options, path: Path) -> Result<(Sample, u64)> {
    let origin = Arc::new(Origin::start(SHAPE).await?);
    let signaling = Signaling::start(Some(Shims::new(path))).await?;
    let seeder = Seeder::start(&options.seeder, &origin, &signaling, &[]).await?;
    seeder
        .until("all signed", |metrics| metrics.of("digests") >= SEGMENTS as f64)
        .await?;
    let player = Arc::new(Player::start(&signaling, seeder.key)?);
    player.join(&origin).await?;
    let (asking, title) = (Arc::clone(&player), Arc::clone(&origin));
    let fetching = tokio::spawn(async move {
        for number in 1..=SEGMENTS {
            asking.tell(&title, number, BUFFERED).await;
            asking.fetch(&title, number, RESCUE * 2).await;
        }
    });
    let sample = watch(async || player.stats().await.received.seeder).await;
    fetching.abort();
    Ok((sample, origin.refused()))
}

/// Watches a count rise.
async fn watch(count: impl AsyncFn() -> u64) -> Sample {
    while count().await == 0 {
        sleep(LOOK).await;
    }
    sleep(WARM_UP).await;
    let (begun, before) = (Instant::now(), count().await);
    let (mut last, mut since, mut longest_gap) = (before, begun, Duration::ZERO);
    while begun.elapsed() < LENGTH {
        sleep(LOOK).await;
        let now = count().await;
        longest_gap = longest_gap.max(since.elapsed());
        if now > last {
            (last, since) = (now, Instant::now());
        }
    }
    Sample {
        bytes_per_second: (last - before) as f64 / begun.elapsed().as_secs_f64(),
        longest_gap,
    }
}
