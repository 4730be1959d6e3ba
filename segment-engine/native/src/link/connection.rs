//! The task behind a link: negotiates, then carries messages both ways until one side has had enough.

use std::sync::Arc;
use std::time::Duration;

use segment_engine::input::LOW_WATER;
use signaling_proto::message::{Candidate, IceServer, MAX_CANDIDATE, MAX_SDP};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::timeout;
use webrtc::data_channel::{DataChannel, DataChannelEvent};
use webrtc::peer_connection::{
    PeerConnection, RTCIceCandidateInit, RTCPeerConnectionState, RTCSessionDescription,
};

use crate::inbox::LinkEvent;
use crate::link::outgoing::{Backlog, Room};
use crate::link::round_trip;
use crate::link::stack::{Note, NoteQueue, connect, loss};
use crate::link::{
    CHANNEL_LABEL, CLOSE_TIMEOUT, Command, DriverGone, FLUSH_TIMEOUT, LinkReporter, LinkSettings, Start,
};
use crate::network::Seat;

/// How often a channel is looked at while bytes are not acknowledged. The stack reports a passed mark too, but by an
/// event that may come behind a queue of messages.
pub(super) const LOOK_PERIOD: Duration = Duration::from_millis(5);

/// The low-water mark that the stack reports: at most the engine's own.
const MARK: u32 = 16 << 10;
const _: () = assert!(MARK as u64 == LOW_WATER, "the engine is told of this mark");

/// Why a link ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    #[error(transparent)]
    Webrtc(#[from] webrtc::error::Error),
    #[error("the network: {0}")]
    Network(std::io::Error),
    #[error("no connection can be made: {0}")]
    Unmakable(webrtc::error::Error),
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

impl LinkError {
    /// Whether this host is to blame and not a peer: its addresses, ports or limits.
    pub(super) fn is_of_host(&self) -> bool {
        match self {
            Self::Network(_) => true,
            // The stack makes one text of the errors of all sockets; others are of the servers that signaling named.
            Self::Unmakable(error) => error.to_string().starts_with("io error"),
            Self::Webrtc(_)
            | Self::Driver(_)
            | Self::TooLong(_)
            | Self::Lost(_)
            | Self::ChannelClosed
            | Self::SecondChannel => false,
        }
    }
}

/// Runs one link from start to end.
pub(super) async fn run(
    start: Start,
    ice_servers: Vec<IceServer>,
    settings: &LinkSettings,
    commands: mpsc::UnboundedReceiver<Command>,
    backlog: Backlog,
    reporter: &LinkReporter,
) -> Result<(), LinkError> {
    // Kept until the connection is closed: its last words go by it too.
    let mut seat = settings.network.seat().map_err(LinkError::Network)?;
    let (connection, notes) = connect(ice_servers, settings, &seat)
        .await
        .map_err(LinkError::Unmakable)?;
    let ends = (connection.as_ref(), &mut seat);
    let outcome = serve(start, ends, notes, commands, backlog, reporter).await;
    match timeout(CLOSE_TIMEOUT, connection.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "closing a peer connection failed"),
        Err(_) => tracing::debug!("closing a peer connection took too long"),
    }
    outcome
}

/// Negotiates, then serves the channel. Signaling goes on beside the channel: candidates come late.
async fn serve(
    start: Start,
    (connection, seat): (&dyn PeerConnection, &mut Seat),
    notes: NoteQueue,
    commands: mpsc::UnboundedReceiver<Command>,
    backlog: Backlog,
    reporter: &LinkReporter,
) -> Result<(), LinkError> {
    let (offered, description) = describe(start, connection).await?;
    reporter.report(LinkEvent::Description(description)).await?;
    let (found, channel) = oneshot::channel();
    let mut slot = ChannelSlot(Some(found));
    if let Some(offered) = offered {
        slot.fill(offered)?;
    }
    let traffic = async {
        match channel.await {
            Ok(channel) => carry(channel.as_ref(), connection, backlog, reporter).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        outcome = negotiate((connection, seat), notes, commands, slot, reporter) => outcome,
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
    (connection, seat): (&dyn PeerConnection, &mut Seat),
    mut notes: NoteQueue,
    mut commands: mpsc::UnboundedReceiver<Command>,
    mut slot: ChannelSlot,
    reporter: &LinkReporter,
) -> Result<(), LinkError> {
    loop {
        tokio::select! {
            state = loss(&mut notes.lost) => return Err(LinkError::Lost(state)),
            note = notes.queue.recv() => match note {
                Some(Note::Candidate(candidate)) => tell_candidate(candidate, seat, reporter).await?,
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

async fn tell_candidate(
    candidate: RTCIceCandidateInit,
    seat: &mut Seat,
    reporter: &LinkReporter,
) -> Result<(), LinkError> {
    // The stack writes an empty name for "not known"; a browser would look for a section of that name.
    let sdp_mid = candidate.sdp_mid.filter(|mid| !mid.is_empty());
    for text in seat.rewrite(&candidate.candidate) {
        if text.len() > MAX_CANDIDATE {
            continue;
        }
        let told = Candidate {
            candidate: text,
            sdp_mid: sdp_mid.clone(),
            sdp_m_line_index: candidate.sdp_mline_index,
            username_fragment: candidate.username_fragment.clone(),
        };
        reporter.report(LinkEvent::Candidate(told)).await?;
    }
    Ok(())
}

fn bounded(text: String, limit: usize, what: &'static str) -> Result<String, LinkError> {
    if text.len() > limit {
        Err(LinkError::TooLong(what))
    } else {
        Ok(text)
    }
}

/// Carries messages both ways, from the channel's opening until it closes, or all that was given is sent.
async fn carry(
    channel: &dyn DataChannel,
    connection: &dyn PeerConnection,
    mut backlog: Backlog,
    reporter: &LinkReporter,
) -> Result<(), LinkError> {
    let (open, opened) = oneshot::channel();
    let passed = Notify::new();
    let sending = async {
        if opened.await.is_err() {
            return Err(LinkError::ChannelClosed);
        }
        channel.set_buffered_amount_low_threshold(MARK).await?;
        tokio::select! {
            outcome = send_all(channel, &mut backlog, &passed, reporter) => outcome,
            Err(gone) = round_trip::report(connection, reporter) => Err(gone.into()),
        }
    };
    tokio::select! {
        outcome = receive(channel, open, &passed, reporter) => outcome,
        outcome = sending => outcome,
    }
}

async fn receive(
    channel: &dyn DataChannel,
    open: oneshot::Sender<()>,
    passed: &Notify,
    reporter: &LinkReporter,
) -> Result<(), LinkError> {
    let mut open = Some(open);
    while let Some(event) = channel.poll().await {
        match event {
            DataChannelEvent::OnOpen => {
                reporter.report(LinkEvent::Opened).await?;
                let _ = open.take().map(|open| open.send(()));
            }
            DataChannelEvent::OnMessage(message) => {
                reporter.report(LinkEvent::Message(message.data.to_vec())).await?;
            }
            DataChannelEvent::OnClosing | DataChannelEvent::OnClose => break,
            DataChannelEvent::OnBufferedAmountLow => passed.notify_one(),
            DataChannelEvent::OnError | DataChannelEvent::OnBufferedAmountHigh | _ => {}
        }
    }
    Err(LinkError::ChannelClosed)
}

/// Sends until the driver's end of the queue is gone and everything has left.
async fn send_all(
    channel: &dyn DataChannel,
    backlog: &mut Backlog,
    passed: &Notify,
    reporter: &LinkReporter,
) -> Result<(), LinkError> {
    loop {
        tokio::select! {
            message = backlog.next(), if backlog.has_room() => match message {
                Some(message) => backlog.send(message, channel).await?,
                None => break,
            },
            () = passed.notified() => {}
            () = tokio::time::sleep(LOOK_PERIOD), if backlog.is_awaited() => {}
        }
        if backlog.look(channel).await? == Room::New {
            reporter.report(LinkEvent::BufferedLow).await?;
        }
    }
    while channel.outstanding_bytes().await? > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}
