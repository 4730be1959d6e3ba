//! One WebSocket: waits for its join, then carries frames between the network and its room until either side ends it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::SinkExt;
use signaling_proto::message::ToClient;
use signaling_proto::rooms::{ConnId, Refusal, read_join};
use tokio::time::timeout;

use crate::hub::{Hub, Membership, Visit};
use crate::outbox::{Farewell, Frames, Inbox, Outgoing, Queue};

/// How long one batch of frames may take to be written.
pub(crate) const WRITE_PATIENCE: Duration = Duration::from_secs(10);
/// How long the last frames and the farewell may take.
pub(crate) const FAREWELL_PATIENCE: Duration = Duration::from_secs(1);
/// How many pings and pongs there may be before the join: a client has reason to send one or two.
const MAX_PINGS: usize = 32;
/// How many frames are written at once, with one call to the system.
const BATCH: usize = 32;

/// Serves a WebSocket to its end.
pub(crate) async fn run(hub: Arc<Hub>, mut socket: WebSocket, address: IpAddr) {
    let visit = match hub.connect(address) {
        Ok(visit) => visit,
        Err(refusal) => {
            turn_away(&mut socket, refusal).await;
            return;
        }
    };
    let joined = tokio::select! {
        joined = join(&hub, &visit, &mut socket) => joined,
        () = hub.stopped() => Some(Err(None)),
    };
    let (membership, mut inbox) = match joined {
        Some(Ok(joined)) => joined,
        Some(Err(refusal)) => {
            turn_away(&mut socket, refusal).await;
            return;
        }
        None => return,
    };
    let conn = membership.conn().0;
    tracing::debug!(conn, "joined");
    let farewell = converse(&membership, &mut socket, &mut inbox).await;
    drop(membership);
    tracing::debug!(conn, code = farewell.map(|farewell| farewell.code), "ends");
    if let Some(farewell) = farewell {
        // A client that does not read is not waited for.
        let _ = timeout(FAREWELL_PATIENCE, part(&mut socket, inbox, farewell)).await;
    }
}

/// Waits for the join; `None` where the connection ends before it.
async fn join(
    hub: &Hub,
    visit: &Visit,
    socket: &mut WebSocket,
) -> Option<Result<(Membership, Inbox), Option<Refusal>>> {
    let Ok(frame) = timeout(hub.join_timeout, first_frame(socket)).await else {
        return Some(Err(Some(hub.refuse(Refusal::JOIN_TIMEOUT))));
    };
    let frame = match frame? {
        First::Frame(frame) => frame,
        First::Flood => return Some(Err(Some(hub.refuse(Refusal::FLOOD)))),
    };
    // No client sends binary frames: there is no message in it.
    let read = match frame {
        Message::Text(frame) => read_join(&frame),
        Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Close(_) => read_join(""),
    };
    Some(match read {
        Ok(join) => visit.join(join).map_err(Some),
        Err(refusal) => Err(Some(hub.refuse(refusal))),
    })
}

/// The first event of a connection.
enum First {
    Frame(Message),
    /// Too many pings and pongs.
    Flood,
}

async fn first_frame(socket: &mut WebSocket) -> Option<First> {
    for _ in 0..=MAX_PINGS {
        match socket.recv().await? {
            Ok(Message::Ping(_) | Message::Pong(_)) => {}
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(frame) => return Some(First::Frame(frame)),
        }
    }
    Some(First::Flood)
}

/// Carries frames until the socket ends or takes too long to write; or until the server ends it, and how.
async fn converse(membership: &Membership, socket: &mut WebSocket, inbox: &mut Inbox) -> Option<Farewell> {
    loop {
        tokio::select! {
            biased;
            farewell = inbox.farewell.recv() => return Some(farewell),
            Some(message) = inbox.frames.recv() => {
                // It has one membership, and ends with that.
                let sent = write(socket, &mut inbox.frames, *message, |_| ());
                if !matches!(timeout(WRITE_PATIENCE, sent).await, Ok(Ok(()))) {
                    return None;
                }
            }
            incoming = socket.recv() => match incoming {
                Some(Ok(Message::Text(frame))) => membership.receive(&frame),
                // No client sends binary frames: the rules see no message in it.
                Some(Ok(Message::Binary(_))) => membership.receive(""),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => membership.receive_ping(),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            },
        }
    }
}

/// What there is to be noticed among the frames that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    /// One of its memberships has ended.
    Lapsed(ConnId),
    /// It was asked whether it is there.
    Probed,
}

/// Writes a message, and those that wait behind it, at once.
pub(crate) async fn write(
    socket: &mut WebSocket,
    frames: &mut Frames,
    first: Outgoing,
    mut notice: impl FnMut(Notice),
) -> Result<(), axum::Error> {
    let (mut outgoing, mut count) = (first, 0);
    loop {
        match outgoing {
            Outgoing::Message(message) => socket.feed(text(&message)).await?,
            Outgoing::Text(text) => socket.feed(Message::Text(text.into())).await?,
            Outgoing::Lapsed(conn) => notice(Notice::Lapsed(conn)),
            Outgoing::Probe => {
                socket.feed(Message::Ping(Bytes::new())).await?;
                notice(Notice::Probed);
            }
        }
        count += 1;
        if count == BATCH {
            break;
        }
        let Some(next) = frames.try_recv() else { break };
        outgoing = *next;
    }
    socket.flush().await
}

/// Says why a client is not let in, then closes. Without a refusal, the reason is that the server stops.
async fn turn_away(socket: &mut WebSocket, refusal: Option<Refusal>) {
    let farewell = refusal.map_or(Farewell::STOPPING, |refusal| Farewell {
        code: refusal.close.number(),
        reason: refusal.text,
        queue: Queue::Flush,
    });
    let say = async {
        if let Some(message) = refusal.and_then(|refusal| refusal.message()) {
            socket.send(text(&message)).await?;
        }
        close(socket, farewell).await;
        Ok::<(), axum::Error>(())
    };
    // A client that does not read is not waited for.
    let _ = timeout(FAREWELL_PATIENCE, say).await;
}

/// Says what is left to say, then closes.
pub(crate) async fn part(socket: &mut WebSocket, mut inbox: Inbox, farewell: Farewell) {
    while farewell.queue == Queue::Flush
        && let Some(outgoing) = inbox.frames.try_recv()
    {
        if write(socket, &mut inbox.frames, *outgoing, |_| ()).await.is_err() {
            return;
        }
    }
    close(socket, farewell).await;
}

/// Closes, and reads on until the client has closed too: a socket that is dropped with unread bytes resets, and
/// the client would not see why.
pub(crate) async fn close(socket: &mut WebSocket, farewell: Farewell) {
    let frame = CloseFrame {
        code: farewell.code,
        reason: farewell.reason.into(),
    };
    if socket.send(Message::Close(Some(frame))).await.is_err() {
        return;
    }
    while let Some(Ok(_)) = socket.recv().await {}
}

fn text(message: &ToClient) -> Message {
    Message::Text(message.to_json().into())
}
