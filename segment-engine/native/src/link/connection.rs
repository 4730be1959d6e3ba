//! The task behind a link: negotiates, then carries messages both ways until one side has had enough.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rtc::ice::mdns::MulticastDnsMode;
use rtc::peer_connection::configuration::setting_engine::SctpMaxMessageSize;
use signaling_proto::message::{Candidate, IceServer, MAX_CANDIDATE, MAX_SDP};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;
use webrtc::data_channel::{DataChannel, DataChannelEvent};
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCConfigurationBuilder,
    RTCIceCandidateInit, RTCIceServer, RTCPeerConnectionIceEvent, RTCPeerConnectionState,
    RTCSessionDescription, SettingEngine, SettingEngineBuilder,
};
use webrtc::runtime::Runtime;

use crate::inbox::LinkEvent;
use crate::link::outgoing::{Backlog, Progress};
use crate::link::{
    CHANNEL_LABEL, CLOSE_TIMEOUT, Command, DriverGone, FLUSH_TIMEOUT, LinkSettings, Start, Teller,
};

/// The largest message that the peer is told to send, in bytes: RFC 8841's default, over the engine's 24 KiB.
const MAX_MESSAGE: u32 = 64 << 10;
/// How often ICE tries a pair of addresses, and how many times. The stack's 200 ms and 7 tries give a page that
/// trickles late candidates 1.4 s; these give it 5 s, and connect sooner.
const ICE_CHECK_INTERVAL: Duration = Duration::from_millis(50);
const ICE_CHECKS: u16 = 100;
/// Silence after which ICE calls a connection disconnected, and after which failed.
const ICE_DISCONNECTED: Duration = Duration::from_secs(5);
const ICE_FAILED: Duration = Duration::from_secs(10);
/// How often ICE probes a silent connection.
const ICE_KEEPALIVE: Duration = Duration::from_secs(2);
/// How many notes of the stack wait for the task. Candidates over it are lost, and no address needs so many.
const NOTES: usize = 64;

/// Why a link ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    #[error(transparent)]
    Webrtc(#[from] webrtc::error::Error),
    #[error(transparent)]
    Driver(#[from] DriverGone),
    #[error("the {0} is too long")]
    TooLong(&'static str),
    #[error("the connection {0}")]
    Lost(RTCPeerConnectionState),
    #[error("the peer closed the channel")]
    ChannelClosed,
    #[error("the peer opened a second channel")]
    SecondChannel,
}

/// What a callback of the stack saw.
enum Note {
    Candidate(RTCIceCandidateInit),
    Channel(Arc<dyn DataChannel>),
}

/// Puts what callbacks see where the task finds it: they run on the stack's own task, and must not wait.
struct Notes {
    queue: mpsc::Sender<Note>,
    /// Apart from the queue, so that a full queue cannot hide it.
    lost: watch::Sender<Option<RTCPeerConnectionState>>,
}

/// The task's end of [`Notes`].
struct NoteQueue {
    queue: mpsc::Receiver<Note>,
    lost: watch::Receiver<Option<RTCPeerConnectionState>>,
}

impl Notes {
    fn new() -> (Self, NoteQueue) {
        let (queue, notes) = mpsc::channel(NOTES);
        let (lost, loss) = watch::channel(None);
        (
            Self { queue, lost },
            NoteQueue {
                queue: notes,
                lost: loss,
            },
        )
    }

    fn put(&self, note: Note) {
        if self.queue.try_send(note).is_err() {
            tracing::debug!("a note of the WebRTC stack was dropped");
        }
    }
}

#[async_trait]
impl PeerConnectionEventHandler for Notes {
    async fn on_ice_candidate(&self, event: RTCPeerConnectionIceEvent) {
        match event.candidate.to_json() {
            Ok(candidate) => self.put(Note::Candidate(candidate)),
            Err(error) => tracing::debug!(%error, "a local candidate cannot be written"),
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        if matches!(
            state,
            RTCPeerConnectionState::Failed | RTCPeerConnectionState::Closed
        ) {
            self.lost.send_replace(Some(state));
        }
    }

    async fn on_data_channel(&self, channel: Arc<dyn DataChannel>) {
        self.put(Note::Channel(channel));
    }
}

/// Runs one link from its first word to its last.
pub(super) async fn run(
    start: Start,
    ice_servers: Vec<IceServer>,
    settings: &LinkSettings,
    commands: mpsc::UnboundedReceiver<Command>,
    backlog: Backlog,
    teller: &Teller,
) -> Result<(), LinkError> {
    let (notes, note_queue) = Notes::new();
    let connection = connect(ice_servers, settings, notes).await?;
    let outcome = serve(start, connection.as_ref(), note_queue, commands, backlog, teller).await;
    match timeout(CLOSE_TIMEOUT, connection.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "closing a peer connection failed"),
        Err(_) => tracing::debug!("closing a peer connection took too long"),
    }
    outcome
}

async fn connect(
    ice_servers: Vec<IceServer>,
    settings: &LinkSettings,
    notes: Notes,
) -> Result<Arc<dyn PeerConnection>, LinkError> {
    let servers = ice_servers.into_iter().map(ice_server).collect();
    let runtime: Arc<dyn Runtime> = settings.runtime.clone();
    let connection = PeerConnectionBuilder::new()
        .with_configuration(RTCConfigurationBuilder::new().with_ice_servers(servers).build())
        .with_setting_engine(setting_engine())
        .with_runtime(runtime)
        .with_handler(Arc::new(notes))
        .with_udp_addrs(settings.udp_addresses.clone())
        .with_dedicated_reactor_pool_size(settings.reactors)
        .with_data_channel_send_buffer_limit(settings.send_window / 2)
        .build()
        .await?;
    Ok(Arc::new(connection))
}

fn ice_server(server: IceServer) -> RTCIceServer {
    RTCIceServer {
        urls: server.urls,
        username: server.username.unwrap_or_default(),
        credential: server.credential.unwrap_or_default(),
    }
}

fn setting_engine() -> SettingEngine {
    SettingEngineBuilder::new()
        // A server needs no multicast: a browser's masked address shows when its first check arrives.
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        .with_sctp_max_message_size(SctpMaxMessageSize::Bounded(MAX_MESSAGE))
        .with_ice_connection_attempts(Some(ICE_CHECK_INTERVAL), Some(ICE_CHECKS))
        .with_ice_timeouts(Some(ICE_DISCONNECTED), Some(ICE_FAILED), Some(ICE_KEEPALIVE))
        .build()
}

/// Negotiates, then serves the channel. Signaling goes on beside the channel: candidates come late.
async fn serve(
    start: Start,
    connection: &dyn PeerConnection,
    notes: NoteQueue,
    commands: mpsc::UnboundedReceiver<Command>,
    backlog: Backlog,
    teller: &Teller,
) -> Result<(), LinkError> {
    let (offered, description) = describe(start, connection).await?;
    teller.tell(LinkEvent::Description(description)).await?;
    let (found, channel) = oneshot::channel();
    let mut slot = ChannelSlot(Some(found));
    if let Some(offered) = offered {
        slot.fill(offered)?;
    }
    let traffic = async {
        match channel.await {
            Ok(channel) => carry(channel.as_ref(), backlog, teller).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        outcome = negotiate(connection, notes, commands, slot, teller) => outcome,
        outcome = traffic => outcome,
    }
}

/// Takes the link's one channel.
struct ChannelSlot(Option<oneshot::Sender<Arc<dyn DataChannel>>>);

impl ChannelSlot {
    /// Hands the channel to the traffic; a second one is no peer's of ours.
    fn fill(&mut self, channel: Arc<dyn DataChannel>) -> Result<(), LinkError> {
        let found = self.0.take().ok_or(LinkError::SecondChannel)?;
        found.send(channel).map_err(|_| LinkError::ChannelClosed)
    }
}

/// Follows notes and commands until the connection is lost or the driver lets go of the link.
async fn negotiate(
    connection: &dyn PeerConnection,
    mut notes: NoteQueue,
    mut commands: mpsc::UnboundedReceiver<Command>,
    mut slot: ChannelSlot,
    teller: &Teller,
) -> Result<(), LinkError> {
    loop {
        tokio::select! {
            state = loss(&mut notes.lost) => return Err(LinkError::Lost(state)),
            note = notes.queue.recv() => match note {
                Some(Note::Candidate(candidate)) => tell_candidate(candidate, teller).await?,
                Some(Note::Channel(channel)) => slot.fill(channel)?,
                None => return Ok(()),
            },
            command = commands.recv() => match command {
                Some(Command::AcceptAnswer(sdp)) => accept_answer(sdp, connection).await?,
                Some(Command::AddCandidate(candidate)) => add_candidate(candidate, connection).await?,
                Some(Command::CloseWhenSent) => {
                    // The queue has no end but this one now: the traffic ends the link when all has left.
                    tokio::time::sleep(FLUSH_TIMEOUT).await;
                    return Ok(());
                }
                None => return Ok(()),
            },
        }
    }
}

/// Waits until the connection is lost, and says in which state it is then; for ever where this side closes it.
async fn loss(lost: &mut watch::Receiver<Option<RTCPeerConnectionState>>) -> RTCPeerConnectionState {
    // Copied out at once: the guard must not live across the wait.
    let state = lost.wait_for(Option::is_some).await.ok().and_then(|state| *state);
    match state {
        Some(state) => state,
        None => std::future::pending().await,
    }
}

/// Makes the local description, with the data channel where this side makes it.
async fn describe(
    start: Start,
    connection: &dyn PeerConnection,
) -> Result<(Option<Arc<dyn DataChannel>>, String), LinkError> {
    let (channel, description) = match start {
        Start::Offer => {
            // Without options a channel is ordered and reliable.
            let channel = connection.create_data_channel(CHANNEL_LABEL, None).await?;
            (Some(channel), connection.create_offer(None).await?)
        }
        Start::Answer(offer) => {
            let offer = bounded(offer, MAX_SDP, "offer")?;
            connection
                .set_remote_description(RTCSessionDescription::offer(offer)?)
                .await?;
            (None, connection.create_answer(None).await?)
        }
    };
    let sdp = bounded(description.sdp.clone(), MAX_SDP, "local description")?;
    connection.set_local_description(description).await?;
    Ok((channel, sdp))
}

async fn accept_answer(sdp: String, connection: &dyn PeerConnection) -> Result<(), LinkError> {
    let sdp = bounded(sdp, MAX_SDP, "answer")?;
    connection
        .set_remote_description(RTCSessionDescription::answer(sdp)?)
        .await?;
    Ok(())
}

/// Applies a candidate. One that cannot be used is no reason to give the others up.
async fn add_candidate(candidate: Candidate, connection: &dyn PeerConnection) -> Result<(), LinkError> {
    let text = bounded(candidate.candidate, MAX_CANDIDATE, "candidate")?;
    if text.is_empty() {
        return Ok(());
    }
    let candidate = RTCIceCandidateInit {
        candidate: text,
        sdp_mid: candidate.sdp_mid,
        sdp_mline_index: candidate.sdp_m_line_index,
        username_fragment: candidate.username_fragment,
        url: None,
    };
    if let Err(error) = connection.add_ice_candidate(candidate).await {
        tracing::debug!(%error, "a candidate was not used");
    }
    Ok(())
}

async fn tell_candidate(candidate: RTCIceCandidateInit, teller: &Teller) -> Result<(), LinkError> {
    if candidate.candidate.len() > MAX_CANDIDATE {
        return Ok(());
    }
    let candidate = Candidate {
        candidate: candidate.candidate,
        // The stack writes an empty name for "not known"; a browser would look for a section of that name.
        sdp_mid: candidate.sdp_mid.filter(|mid| !mid.is_empty()),
        sdp_m_line_index: candidate.sdp_mline_index,
        username_fragment: candidate.username_fragment,
    };
    Ok(teller.tell(LinkEvent::Candidate(candidate)).await?)
}

fn bounded(text: String, limit: usize, what: &'static str) -> Result<String, LinkError> {
    if text.len() > limit {
        Err(LinkError::TooLong(what))
    } else {
        Ok(text)
    }
}

/// Carries messages both ways, from the channel's opening until it closes, or all that was given is sent.
async fn carry(channel: &dyn DataChannel, mut backlog: Backlog, teller: &Teller) -> Result<(), LinkError> {
    let (open, opened) = oneshot::channel();
    let sending = async {
        if opened.await.is_err() {
            return Err(LinkError::ChannelClosed);
        }
        send_all(channel, &mut backlog, teller).await
    };
    tokio::select! {
        outcome = receive(channel, open, teller) => outcome,
        outcome = sending => outcome,
    }
}

async fn receive(
    channel: &dyn DataChannel,
    open: oneshot::Sender<()>,
    teller: &Teller,
) -> Result<(), LinkError> {
    let mut open = Some(open);
    while let Some(event) = channel.poll().await {
        match event {
            DataChannelEvent::OnOpen => {
                teller.tell(LinkEvent::Opened).await?;
                let _ = open.take().map(|open| open.send(()));
            }
            DataChannelEvent::OnMessage(message) => {
                teller.tell(LinkEvent::Message(message.data.to_vec())).await?;
            }
            DataChannelEvent::OnClosing | DataChannelEvent::OnClose => break,
            DataChannelEvent::OnError
            | DataChannelEvent::OnBufferedAmountLow
            | DataChannelEvent::OnBufferedAmountHigh
            | _ => {}
        }
    }
    Err(LinkError::ChannelClosed)
}

/// Sends until the driver's end of the queue is gone and everything has left.
async fn send_all(
    channel: &dyn DataChannel,
    backlog: &mut Backlog,
    teller: &Teller,
) -> Result<(), LinkError> {
    while let Some(progress) = backlog.send_next(channel).await {
        match progress? {
            Progress::Sent => {}
            Progress::BelowHalf => teller.tell(LinkEvent::Drained).await?,
        }
    }
    while channel.outstanding_bytes().await? > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}
