//! A sender on a bare WebRTC stack, as a process of its own: see `tests/anchors`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::task::JoinSet;
use webrtc::data_channel::DataChannelEvent;

use crate::process::Owned;
use crate::shim::{self, Shim};
use crate::stack::End;
use crate::tally::Tally;

/// The stacks, by their programs.
pub(crate) const WEBRTC: &str = "webrtc-0-21";
pub(crate) const ANCHORS: [&str; 3] = [WEBRTC, "webrtc-0-17", "str0m"];

/// Bytes of a message: a piece of 16 KiB in its frame.
const MESSAGE: &str = "16398";

/// A sender with its receivers in this process; all end when dropped.
pub(crate) struct Anchor {
    pub(crate) process: Owned,
    _shims: Vec<Shim>,
    _receivers: JoinSet<()>,
}

impl Anchor {
    /// Starts a sender and lets it send to so many receivers, which count into `tally`.
    pub(crate) async fn start(
        program: &Path,
        peers: usize,
        path: Option<shim::Path>,
        tally: &Arc<Tally>,
    ) -> Result<Self> {
        let mut child = Command::new(program)
            .args(["--peers", &peers.to_string(), "--message", MESSAGE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let mut asks = BufReader::new(child.stdout.take().context("its output")?);
        let mut tells = child.stdin.take().context("its input")?;
        let process = Owned(child);
        let (mut shims, mut receivers) = (Vec::new(), JoinSet::new());
        for peer in 0..peers {
            let shim = match path {
                Some(path) => Some(Shim::start(path).await?),
                None => None,
            };
            let rewrite = |side, sdp: &str| {
                let shim = shim.as_ref();
                shim.map_or_else(|| sdp.to_owned(), |shim| shim.rewrite(side, sdp))
            };
            let mut end = End::new().await?;
            let (offer, back) = tokio::task::spawn_blocking(move || read(asks)).await??;
            asks = back;
            let answer = end.answer(rewrite(0, &offer)).await?;
            write(&mut tells, &rewrite(1, &answer))?;
            shims.extend(shim);
            let tally = Arc::clone(tally);
            receivers.spawn(async move {
                // A sender that was ended is no failure.
                let _ = receive(end, peer, &tally).await;
            });
        }
        Ok(Self {
            process,
            _shims: shims,
            _receivers: receivers,
        })
    }
}

fn read(mut from: BufReader<ChildStdout>) -> Result<(String, BufReader<ChildStdout>)> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    let offer = serde_json::from_str(&line).context("the sender's offer")?;
    Ok((offer, from))
}

fn write(to: &mut ChildStdin, answer: &str) -> Result<()> {
    writeln!(to, "{}", serde_json::to_string(answer)?)?;
    Ok(to.flush()?)
}

async fn receive(mut end: End, peer: usize, tally: &Tally) -> Result<()> {
    let channel = end.channel().await?;
    while let Some(event) = channel.poll().await {
        if let DataChannelEvent::OnMessage(message) = event {
            tally.count(peer, message.data.len());
        }
    }
    Ok(())
}
