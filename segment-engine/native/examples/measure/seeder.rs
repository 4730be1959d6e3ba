//! `fugitive-seeder` as a process of its own, with its figures.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use segment_engine_native::parse_public_key;
use segment_engine_native::segment_engine::output::PublicKey;
use tokio::time::sleep;

use crate::origin::{Origin, PASS};
use crate::process::Owned;
use crate::signaling::Signaling;

/// The swarm of seeder and peers.
pub(crate) const SWARM: &str = "bench";
/// How long a seeder may take for what it is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(50);
/// Names the seeder's pass for the origin to it.
const PASS_VARIABLE: &str = "FUGITIVE_BENCH_PASS";

/// A running seeder; killed when dropped.
#[derive(Debug)]
pub(crate) struct Seeder {
    process: Owned,
    http: String,
    pub(crate) key: PublicKey,
    client: reqwest::Client,
    folder: PathBuf,
}

/// The figures of `/metrics` by name; those with a label once for each, summed up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Metrics(BTreeMap<String, f64>);

impl Metrics {
    /// Reads Prometheus' text format, version 0.0.4.
    fn parse(text: &str) -> Self {
        let mut figures = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((name, value)) = line.rsplit_once(' ') else {
                continue;
            };
            let name = name.split('{').next().unwrap_or(name);
            *figures.entry(name.to_owned()).or_default() += value.parse().unwrap_or(0.0);
        }
        Self(figures)
    }

    /// A figure of the seeder's, by its name without the prefix; zero where there is none.
    pub(crate) fn of(&self, name: &str) -> f64 {
        let value = self.0.get(&format!("fugitive_seeder_{name}"));
        value.copied().unwrap_or(0.0)
    }
}

impl Seeder {
    /// Starts a seeder for an origin's title, on loopback.
    pub(crate) async fn start(
        program: &Path,
        origin: &Origin,
        signaling: &Signaling,
        flags: &[&str],
    ) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("fugitive-measure-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let mut command = Command::new(program);
        command
            .args([
                "--manifest",
                &origin.manifest_url(),
                "--signaling",
                signaling.url(),
            ])
            .args(["--swarm", SWARM, "--udp-address", "127.0.0.1:0"])
            .args(["--http", "127.0.0.1:0", "--max-peers", "1024"])
            .args(["--origin-header", &format!("{}=env:{PASS_VARIABLE}", PASS.0)])
            .arg("--key")
            .arg(folder.join("key"))
            .args(flags)
            .env(PASS_VARIABLE, PASS.1)
            .env_remove("RUST_LOG")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let starting = tokio::task::spawn_blocking(move || started(&mut command));
        let (process, http, key) = starting.await??;
        Ok(Self {
            process,
            http,
            key,
            // A connection that was kept would be closed by the seeder at just the time that it is used again.
            client: reqwest::Client::builder().pool_max_idle_per_host(0).build()?,
            folder,
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(crate) async fn metrics(&self) -> Result<Metrics> {
        let response = self.client.get(format!("{}/metrics", self.http)).send().await?;
        Ok(Metrics::parse(&response.error_for_status()?.text().await?))
    }

    /// Waits until its figures are as they should be.
    pub(crate) async fn until(&self, what: &str, enough: impl Fn(&Metrics) -> bool) -> Result<()> {
        let begun = Instant::now();
        loop {
            let metrics = self.metrics().await?;
            if enough(&metrics) {
                return Ok(());
            }
            ensure!(
                begun.elapsed() < PATIENCE,
                "the seeder did not come to it: {what}: {metrics:?}"
            );
            sleep(LOOK).await;
        }
    }
}

impl Drop for Seeder {
    fn drop(&mut self) {
        // What stays is a key of a few bytes.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Starts it, and reads from its output where it listens and what its key is.
fn started(command: &mut Command) -> Result<(Owned, String, PublicKey)> {
    let child = command
        .spawn()
        .with_context(|| format!("starting {}", command.get_program().display()))?;
    let mut process = Owned(child);
    let output = process.0.stdout.take().context("its output")?;
    let log = process.0.stderr.take().context("its log")?;
    let mut lines = BufReader::new(log).lines();
    let mut seen = String::new();
    let http = loop {
        let Some(line) = lines.next() else {
            bail!("the seeder ended: {seen}");
        };
        seen = line?;
        let told = seen.split_once("figures at ").map(|(_, rest)| rest);
        if let Some((http, _)) = told.and_then(|rest| rest.split_once("/metrics")) {
            break http.to_owned();
        }
    };
    // What it logs is read, so that it never waits for its reader.
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    let key = line.split_whitespace().nth(1).and_then(parse_public_key);
    Ok((process, http, key.with_context(|| format!("no key in {line:?}"))?))
}

#[cfg(test)]
mod tests;
