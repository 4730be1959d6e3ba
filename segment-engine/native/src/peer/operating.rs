//! What an operator does with a running peer: reads figures and sidecars, changes its memory, upload limit and secrets, stops it in
//! good order.

use std::time::Duration;

use bytes::Bytes;
use segment_engine::config::BitsPerSecond;
use segment_engine::input::Input;
use segment_engine::integrity::write_sidecar;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::{Peer, SHUTDOWN_TIMEOUT};
use crate::access::Access;
#[cfg(feature = "hostile")]
use crate::conduct::Conduct;
use crate::driver::Command;
use crate::fetch::KeptManifest;
use crate::figures::Figures;

impl Peer {
    /// The figures for an operator; `None` once the peer has stopped.
    pub async fn figures(&self) -> Option<Figures> {
        let (answer, figures) = oneshot::channel();
        self.commands.send(Command::Figures(answer)).await.ok()?;
        figures.await.ok()
    }

    /// Writes the sidecar of all digests that are signed and still count; `None` where nobody signs, or once the peer has
    /// stopped. [`Peer::digests`] takes one in.
    pub async fn sidecar(&self) -> Option<Vec<u8>> {
        let (answer, sidecar) = oneshot::channel();
        self.commands.send(Command::Sidecar(answer)).await.ok()?;
        // Written here: it may be megabytes, and the driver has better to do.
        sidecar.await.ok().flatten().as_ref().map(write_sidecar)
    }

    /// Takes the digests of a sidecar in, once their signatures were checked.
    pub async fn digests(&self, sidecar: impl Into<Bytes>) {
        self.tell(Input::Sidecar(sidecar.into())).await;
    }

    /// Changes how the peer treats what it sends, from now on: to show or test what others do about it.
    #[cfg(feature = "hostile")]
    pub async fn conduct(&self, conduct: Conduct) {
        // A driver that has stopped sends nothing.
        let _ = self.commands.send(Command::Conduct(conduct)).await;
    }

    /// Sets the memory for segments from now on, in bytes; at least 1 MiB.
    pub async fn set_store_bytes(&self, bytes: u64) {
        self.tell(Input::StoreBudget(bytes)).await;
    }

    /// Sets the most that is uploaded to all peers together from now on, in bits per second, 1 Tbit/s at most; `None` ends
    /// the limit. What is queued is still sent.
    pub async fn set_upload_limit(&self, limit: Option<BitsPerSecond>) {
        self.tell(Input::UploadLimit(limit)).await;
    }

    /// The credentials for the host of a seeder's manifest.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// The manifest that a seeder was given last under a URL, if it follows it.
    pub fn kept_manifest(&self, url: &str) -> Option<KeptManifest> {
        self.kept.get(url)
    }

    /// The final URL that a seeder's manifest last came from; `None` if its URL does not redirect. Known even if the
    /// manifest is not kept any more.
    pub fn redirected_manifest(&self, url: &str) -> Option<String> {
        self.kept.redirected(url)
    }

    /// Forgets a manifest that the origin does not give any more.
    pub fn forget_manifest(&self, url: &str) {
        self.kept.forget(url);
    }

    /// Leaves signaling, takes no new links and requests, sends what is queued for at most `patience`, and ends every
    /// task. For a handle that is shared: all later calls find the peer stopped. Returns the number of peers for whom
    /// something was left to be sent.
    pub async fn drain(&self, patience: Duration) -> usize {
        let (answer, cut) = oneshot::channel();
        // A driver that has stopped already needs no telling.
        let _ = self.commands.send(Command::Drain(patience, answer)).await;
        let longest = patience.saturating_add(SHUTDOWN_TIMEOUT);
        if timeout(longest, self.commands.closed()).await.is_err() {
            tracing::warn!("the peer did not stop in time and is cut off");
            self.driver.abort();
        }
        // One that was cut off did not count.
        cut.await.unwrap_or(0)
    }

    /// Waits until the peer has stopped, for whatever reason.
    pub async fn stopped(&self) {
        self.commands.closed().await;
    }
}
