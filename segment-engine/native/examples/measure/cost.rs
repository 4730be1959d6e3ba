//! What a GB to native peers costs the seeder in processor time, and bare senders on three WebRTC stacks: round by round, one
//! after the other, each a process of its own, all to receivers of one kind.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;

use crate::Options;
use crate::anchor::{ANCHORS, Anchor, WEBRTC};
use crate::origin::{Origin, Shape, Title};
use crate::process::{load_average, processor_time};
use crate::report::{Figure, Goal, median, median_ratio};
use crate::seeder::Seeder;
use crate::signaling::Signaling;
use crate::tally::Tally;
use crate::wire_peer::WirePeer;

/// The film: 128 MiB.
const SHAPE: Shape = Shape {
    title: Title::Film { segments: 32 },
    duration: Duration::from_secs(4),
    bytes: 4 << 20,
};
/// What comes before the measurement: slow start, and allocations.
const WARM_UP: u64 = 32 << 20;
/// How long a transfer may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// How the seeder is called in figures.
const OURS: &str = "fugitive-seeder";

/// One sender in one round.
#[derive(Debug, Clone, Copy)]
struct Sample {
    cpu_seconds_per_gb: f64,
    megabytes_per_second: f64,
}

/// A sender's rounds, in order.
struct Rounds {
    name: &'static str,
    samples: Vec<Option<Sample>>,
}

impl Rounds {
    fn costs(&self) -> Vec<Option<f64>> {
        let costs = self.samples.iter();
        costs
            .map(|sample| sample.map(|sample| sample.cpu_seconds_per_gb))
            .collect()
    }
}

pub(crate) async fn measure(options: &Options) -> Result<Vec<Figure>> {
    let origin = Origin::start(SHAPE).await?;
    let signaling = Signaling::start(None).await?;
    let seeder = Seeder::start(&options.seeder, &origin, &signaling, &[]).await?;
    seeder
        .until("all signed", |metrics| metrics.of("digests") >= 32.0)
        .await?;
    let mut all = vec![Rounds {
        name: OURS,
        samples: Vec::new(),
    }];
    let has_anchors = options.anchors.is_some();
    all.extend(ANCHORS.iter().filter(|_| has_anchors).map(|name| Rounds {
        name,
        samples: Vec::new(),
    }));
    for run in 1..=options.runs {
        for rounds in &mut all {
            let tally = Arc::new(Tally::new(options.peers));
            let sample = match &options.anchors {
                Some(folder) if rounds.name != OURS => {
                    let program = folder.join(rounds.name);
                    of_anchor(&program, options, &tally).await
                }
                _ => of_seeder(&seeder, &signaling, options, &tally).await,
            };
            tell(run, rounds.name, &sample);
            rounds.samples.push(sample.ok());
        }
    }
    Ok(figures(&all))
}

fn tell(run: u32, name: &str, sample: &Result<Sample>) {
    match sample {
        Ok(sample) => eprintln!(
            "round {run}: {name}: {:.2} CPU-s/GB at {:.0} MB/s (load average {})",
            sample.cpu_seconds_per_gb,
            sample.megabytes_per_second,
            load_average()
        ),
        Err(error) => eprintln!("round {run}: {name}: failed: {error:#}"),
    }
}

async fn of_seeder(
    seeder: &Seeder,
    signaling: &Signaling,
    options: &Options,
    tally: &Arc<Tally>,
) -> Result<Sample> {
    let mut peers = JoinSet::new();
    for number in 0..options.peers {
        let peer = WirePeer::connect(signaling.enter()).await?;
        let tally = Arc::clone(tally);
        peers.spawn(async move { peer.drain(|bytes| tally.count(number, bytes)).await });
    }
    let sample = tokio::select! {
        sample = watch(seeder.id(), options, tally) => sample,
        Some(ended) = peers.join_next() => ended?.and(Err(anyhow::anyhow!("a peer ended"))),
    };
    drop(peers);
    // The next round is not to pay for these links' end.
    seeder
        .until("no links", |metrics| metrics.of("links") < 1.0)
        .await?;
    sample
}

async fn of_anchor(program: &std::path::Path, options: &Options, tally: &Arc<Tally>) -> Result<Sample> {
    let anchor = Anchor::start(program, options.peers, None, tally).await?;
    watch(anchor.process.id(), options, tally).await
}

/// Watches a sender while so much comes.
async fn watch(process: u32, options: &Options, tally: &Tally) -> Result<Sample> {
    tally.until(WARM_UP, PATIENCE).await?;
    let (begun, used, before) = (Instant::now(), processor_time(process)?, tally.total());
    tally.until(before + (options.mebibytes << 20), PATIENCE).await?;
    let used = processor_time(process)? - used;
    let (took, bytes) = (begun.elapsed(), tally.total() - before);
    Ok(Sample {
        cpu_seconds_per_gb: used.as_secs_f64() / (bytes as f64 / 1e9),
        megabytes_per_second: bytes as f64 / 1e6 / took.as_secs_f64(),
    })
}

fn figures(all: &[Rounds]) -> Vec<Figure> {
    let ours = all[0].costs();
    let over = |name: &str| {
        let theirs = all.iter().find(|rounds| rounds.name == name)?;
        median_ratio(&ours, &theirs.costs())
    };
    // Over the one that costs less, the ratio is the larger one.
    let others = ANCHORS.iter().filter(|name| **name != WEBRTC);
    let better = others.filter_map(|name| over(name)).max_by(f64::total_cmp);
    let mut figures = vec![
        Figure::aimed(
            "cpu_per_gb_over_webrtc_0_21",
            over(WEBRTC),
            "ratio",
            Goal::AtMost(1.3),
        ),
        Figure::aimed(
            "cpu_per_gb_over_better_of_webrtc_0_17_and_str0m",
            better,
            "ratio",
            Goal::AtMost(0.5),
        ),
    ];
    for rounds in all {
        let middle = |value: fn(&Sample) -> f64| median(rounds.samples.iter().flatten().map(value));
        let cost = middle(|sample| sample.cpu_seconds_per_gb);
        let speed = middle(|sample| sample.megabytes_per_second);
        figures.push(Figure::plain(format!("{}.cpu_per_gb", rounds.name), cost, "s/GB"));
        figures.push(Figure::plain(format!("{}.speed", rounds.name), speed, "MB/s"));
    }
    figures
}
