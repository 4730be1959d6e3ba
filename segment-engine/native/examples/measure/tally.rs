//! Counts what receivers get.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::time::sleep;

/// How often the count is looked at while it is waited for.
const LOOK: Duration = Duration::from_millis(2);

/// The count of some receivers.
#[derive(Debug)]
pub(crate) struct Tally {
    bytes: Vec<AtomicU64>,
}

impl Tally {
    pub(crate) fn new(peers: usize) -> Self {
        Self {
            bytes: (0..peers).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    pub(crate) fn count(&self, peer: usize, bytes: usize) {
        self.bytes[peer].fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn total(&self) -> u64 {
        self.bytes.iter().map(|bytes| bytes.load(Ordering::Relaxed)).sum()
    }

    /// Waits until so much has come.
    pub(crate) async fn until(&self, bytes: u64, patience: Duration) -> Result<()> {
        let begun = Instant::now();
        while self.total() < bytes {
            ensure!(
                begun.elapsed() < patience,
                "only {} of {bytes} bytes came",
                self.total()
            );
            sleep(LOOK).await;
        }
        Ok(())
    }
}
