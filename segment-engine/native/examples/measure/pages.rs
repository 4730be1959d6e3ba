//! Pages of a real Chromium that take all they can from the seeder: how much that is, whether it stops in between, and which
//! of the two the machine's time goes to.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use tokio::process::Command;

use crate::Options;
use crate::origin::{Origin, Shape, Title};
use crate::process::{load_average, processor_time};
use crate::report::{Figure, Goal, median};
use crate::seeder::{SWARM, Seeder};
use crate::signaling::Signaling;

/// A film of 64 MiB.
const SHAPE: Shape = Shape {
    title: Title::Film { segments: 16 },
    duration: std::time::Duration::from_secs(4),
    bytes: 4 << 20,
};
/// How many pages.
const PAGES: u32 = 4;
/// How long each round is watched, in seconds.
const SECONDS: u32 = 10;

/// What the script prints.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    seconds: f64,
    /// Processor time of the browser's processes.
    browser_seconds: f64,
    pages: Vec<Page>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    bytes: f64,
    first_piece_ms: f64,
    longest_gap_ms: f64,
}

/// One round.
struct Sample {
    seen: Seen,
    /// Processor time of the seeder, from the pages' start to their end.
    seeder_seconds: f64,
}

impl Sample {
    fn megabytes_per_second(&self) -> f64 {
        let bytes: f64 = self.seen.pages.iter().map(|page| page.bytes).sum();
        bytes / 1e6 / self.seen.seconds
    }

    fn longest_gap(&self) -> f64 {
        self.seen
            .pages
            .iter()
            .map(|page| page.longest_gap_ms)
            .fold(0.0, f64::max)
    }

    /// Which part of the processor time that both took was the browser's.
    fn browsers_share(&self) -> f64 {
        self.seen.browser_seconds / (self.seen.browser_seconds + self.seeder_seconds)
    }
}

pub(crate) async fn measure(options: &Options) -> Result<Vec<Figure>> {
    let script = options.receivers.as_deref();
    let script = script.context("this row needs --receivers: tests/e2e/src/receivers.ts")?;
    let origin = Origin::start(SHAPE).await?;
    let signaling = Signaling::start(None).await?;
    let seeder = Seeder::start(&options.seeder, &origin, &signaling, &[]).await?;
    seeder
        .until("all signed", |metrics| metrics.of("digests") >= 16.0)
        .await?;
    let (mut alone, mut rounds) = (Vec::new(), Vec::new());
    for run in 1..=options.runs {
        alone.extend(run_pages(script, &signaling, 1, 1).await?.pages);
        let used = processor_time(seeder.id())?;
        let seen = run_pages(script, &signaling, PAGES, SECONDS).await?;
        let seeder_seconds = (processor_time(seeder.id())? - used).as_secs_f64();
        let sample = Sample { seen, seeder_seconds };
        eprintln!(
            "round {run}: {PAGES} pages: {:.0} MB/s, longest gap {:.0} ms, Chromium's share {:.2} (load average {})",
            sample.megabytes_per_second(),
            sample.longest_gap(),
            sample.browsers_share(),
            load_average()
        );
        rounds.push(sample);
    }
    let first = |pages: &mut dyn Iterator<Item = &Page>| median(pages.map(|page| page.first_piece_ms));
    Ok(vec![
        Figure::aimed(
            "pages.longest_gap",
            rounds.iter().map(Sample::longest_gap).reduce(f64::max),
            "ms",
            Goal::AtMost(500.0),
        ),
        Figure::aimed(
            "pages.first_piece",
            first(&mut alone.iter()),
            "ms",
            Goal::AtMost(150.0),
        ),
        Figure::plain(
            "pages.first_piece_of_all_at_once",
            first(&mut rounds.iter().flat_map(|round| &round.seen.pages)),
            "ms",
        ),
        // Who spends more of the machine is what limits the other.
        Figure::aimed(
            "pages.chromiums_share",
            median(rounds.iter().map(Sample::browsers_share)),
            "of both",
            Goal::AtLeast(0.5),
        ),
        Figure::plain(
            "pages.speed",
            median(rounds.iter().map(Sample::megabytes_per_second)),
            "MB/s",
        ),
    ])
}

async fn run_pages(script: &Path, signaling: &Signaling, pages: u32, seconds: u32) -> Result<Seen> {
    let folder = script.parent().context("the script is in a folder")?;
    let output = Command::new("node")
        .args(["--import", "tsx"])
        .arg(script)
        .args(["--signaling", signaling.url(), "--swarm", SWARM])
        .args(["--pages", &pages.to_string(), "--seconds", &seconds.to_string()])
        .current_dir(folder)
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await
        .context("starting node")?;
    ensure!(output.status.success(), "the pages failed: {}", output.status);
    serde_json::from_slice(&output.stdout).context("what the pages saw")
}
