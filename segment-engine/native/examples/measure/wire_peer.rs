//! A peer without an engine: it shakes hands with the seeder, asks for what that offers, and throws it away. It takes what
//! the bare receivers take, so that a seeder's cost can be compared with a bare sender's.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::BytesMut;
use segment_engine_native::segment_engine::id::{Member as MemberName, SegmentKey};
use segment_engine_native::segment_engine::wire::{
    Frame, Have, Holds, Message, PeerRole, RequestId, VERSION, decode, encode, piece_count,
};
use signaling_proto::message::{Signal, ToClient};
use tokio::time::{Instant, sleep_until};
use webrtc::data_channel::{DataChannel, DataChannelEvent};
use webrtc::peer_connection::{RTCIceCandidateInit, RTCSessionDescription};

use crate::seeder::SWARM;
use crate::signaling::Member;
use crate::stack::End;

/// The label of the data channel.
const LABEL: &str = "fugitive";
/// Pieces of a request: as many as a seeder lets through that has not measured its uplink yet.
const RUN: u32 = 4;
/// How many requests are under way: 1 MiB.
const REQUESTS: usize = 16;

/// A peer whose channel is open.
pub(crate) struct WirePeer {
    channel: Arc<dyn DataChannel>,
    _end: End,
    _member: Member,
}

/// What a peer asks for, over and over.
#[derive(Debug, Default)]
struct Asking {
    /// Runs of pieces that are to be asked for.
    runs: VecDeque<(SegmentKey, u32, u32)>,
    /// Pieces that are to come, by request.
    under_way: BTreeMap<u32, (SegmentKey, u32, u32, u32)>,
    next: u32,
    /// Not before, after a refusal.
    paused: Option<Instant>,
}

impl WirePeer {
    /// Connects to the seeder.
    pub(crate) async fn connect(mut member: Member) -> Result<Self> {
        let mut end = End::new().await?;
        let (channel, sdp) = end.offer(LABEL).await?;
        let mut seeder = None;
        loop {
            let told = tokio::select! {
                told = member.told.recv() => told.context("signaling has gone")?,
                event = channel.poll() => match event.context("the channel has closed")? {
                    DataChannelEvent::OnOpen => break,
                    _ => continue,
                },
            };
            match told {
                ToClient::Paired { peer, .. } => {
                    member.signal(&peer, Signal::Offer { sdp: sdp.clone() }).await?;
                    seeder = Some(peer);
                }
                ToClient::Signal { from, signal } if Some(&from) == seeder.as_ref() => {
                    apply(&end, signal).await?;
                }
                _ => {}
            }
        }
        let peer = Self {
            channel,
            _end: end,
            _member: member,
        };
        peer.send(&Frame::Hello {
            version: VERSION,
            swarm: SWARM.to_owned(),
            role: PeerRole::Viewer,
            member: MemberName(rand::random()),
            capabilities: 0,
        })
        .await?;
        Ok(peer)
    }

    /// Asks for all that is offered, again and again, and tells how many bytes each message has.
    pub(crate) async fn drain(&self, mut on_bytes: impl FnMut(usize)) -> Result<()> {
        let mut asking = Asking::default();
        loop {
            let frame = tokio::select! {
                frame = self.next(&mut on_bytes) => frame?,
                () = sleep_until(asking.paused.unwrap_or_else(Instant::now)), if asking.paused.is_some() => {
                    asking.paused = None;
                    self.ask(&mut asking).await?;
                    continue;
                }
            };
            match frame {
                Frame::Announce { came, .. } => asking.runs.extend(came.iter().flat_map(runs)),
                Frame::Piece { request, .. } => asking.came(request),
                Frame::Reject {
                    request, retry_ms, ..
                } => asking.refused(request, Duration::from_millis(retry_ms.into())),
                Frame::Bye(reason) => bail!("the seeder closed the link: {reason:?}"),
                _ => {}
            }
            self.ask(&mut asking).await?;
        }
    }

    async fn ask(&self, asking: &mut Asking) -> Result<()> {
        while let Some(request) = asking.ask() {
            self.send(&request).await?;
        }
        Ok(())
    }

    /// Waits for what comes next.
    pub(crate) async fn next(&self, on_bytes: &mut impl FnMut(usize)) -> Result<Frame> {
        loop {
            let event = self.channel.poll().await.context("the channel has closed")?;
            let DataChannelEvent::OnMessage(message) = event else {
                continue;
            };
            on_bytes(message.data.len());
            return Ok(decode(Message::from_bytes(message.data.to_vec()))?);
        }
    }

    /// Tells of itself: a peer that says nothing for 20 s is let go.
    pub(crate) async fn stay(&self) -> Result<()> {
        self.send(&Frame::Neighbours {
            uplink: 0,
            links: 1,
            head: 0,
            neighbours: Vec::new(),
            sketch: Vec::new(),
            epoch: 0,
        })
        .await
    }

    async fn send(&self, frame: &Frame) -> Result<()> {
        let bytes = encode(frame).into_bytes();
        Ok(self.channel.send(BytesMut::from(bytes.as_slice())).await?)
    }
}

impl Asking {
    /// The next request, while there are too few.
    fn ask(&mut self) -> Option<Frame> {
        if self.under_way.len() >= REQUESTS || self.paused.is_some() {
            return None;
        }
        let (key, first, count) = self.runs.pop_front()?;
        self.next += 1;
        self.under_way.insert(self.next, (key, first, count, count));
        Some(Frame::Request {
            request: RequestId(self.next),
            key,
            first,
            count,
        })
    }

    /// A run that is complete is asked for again when its turn comes.
    fn came(&mut self, request: RequestId) {
        let Some((key, first, count, left)) = self.under_way.get_mut(&request.0) else {
            return;
        };
        *left -= 1;
        if *left == 0 {
            self.runs.push_back((*key, *first, *count));
            self.under_way.remove(&request.0);
        }
    }

    fn refused(&mut self, request: RequestId, wait: Duration) {
        self.paused = Some(Instant::now() + wait);
        if let Some((key, first, count, _)) = self.under_way.remove(&request.0) {
            self.runs.push_back((key, first, count));
        }
    }
}

/// The requests that a whole segment takes.
fn runs(have: &Have) -> Vec<(SegmentKey, u32, u32)> {
    if have.holds != Holds::All {
        return Vec::new();
    }
    let pieces = piece_count(have.size);
    let firsts = (0..pieces).step_by(RUN as usize);
    firsts
        .map(|first| (have.key, first, RUN.min(pieces - first)))
        .collect()
}

async fn apply(end: &End, signal: Signal) -> Result<()> {
    match signal {
        Signal::Answer { sdp } => {
            end.connection
                .set_remote_description(RTCSessionDescription::answer(sdp)?)
                .await?;
        }
        Signal::Candidate(candidate) if !candidate.candidate.is_empty() => {
            let candidate = RTCIceCandidateInit {
                candidate: candidate.candidate,
                sdp_mid: candidate.sdp_mid,
                sdp_mline_index: candidate.sdp_m_line_index,
                username_fragment: candidate.username_fragment,
                url: None,
            };
            end.connection.add_ice_candidate(candidate).await?;
        }
        Signal::Offer { .. } | Signal::Candidate(_) => {}
    }
    Ok(())
}
