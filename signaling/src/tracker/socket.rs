//! One WebSocket of a tracker's client: frames to its session, what peers have for it to the network.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures_util::SinkExt;
use signaling_proto::rooms::{Reason, Refusal};
use tokio::time::{Instant, sleep_until, timeout};

use super::outcome::Outcome;
use super::session::Session;
use super::write::failure;
use crate::hub::{Hub, Tracker};
use crate::outbox::{Farewell, Frames, Inbox, Outgoing, Queue};
use crate::socket::{FAREWELL_PATIENCE, Notice, WRITE_PATIENCE, close, part, write};

/// How an idle connection ends: 1008.
const IDLE: Farewell = Farewell {
    code: 1008,
    reason: "silent for too long",
    queue: Queue::Flush,
};

/// Serves a WebSocket to its end.
pub(crate) async fn run(
    hub: Arc<Hub>,
    tracker: Tracker,
    mut socket: WebSocket,
    address: IpAddr,
    token: Option<String>,
) {
    let visit = match hub.connect(address) {
        Ok(visit) => visit,
        Err(refusal) => {
            turn_away(&mut socket, refusal).await;
            return;
        }
    };
    let (outbox, mut inbox) = hub.outbox();
    let silence = tracker.interval * 5 / 2;
    let mut session = Session::new(Arc::clone(&hub), tracker, visit, token, outbox);
    let farewell = converse(&hub, silence, &mut session, &mut socket, &mut inbox).await;
    session.leave();
    if let Some(farewell) = farewell {
        // A client that does not read is not waited for.
        let _ = timeout(FAREWELL_PATIENCE, part(&mut socket, inbox, farewell)).await;
    }
}

/// What comes next of a conversation.
enum Next {
    GoOn,
    /// The socket has ended, or took too long to write.
    Ended,
    /// The server ends it.
    Part(Farewell),
}

/// Carries frames until the socket ends or takes too long to write; or until the server ends it, and how.
async fn converse(
    hub: &Hub,
    silence: Duration,
    session: &mut Session,
    socket: &mut WebSocket,
    inbox: &mut Inbox,
) -> Option<Farewell> {
    let mut idle_until = Instant::now() + hub.join_timeout;
    let mut proof_until = None;
    loop {
        proof_until = session
            .is_probed()
            .then(|| proof_until.unwrap_or_else(|| Instant::now() + hub.join_timeout));
        let next = tokio::select! {
            biased;
            farewell = inbox.farewell.recv() => Next::Part(farewell),
            Some(outgoing) = inbox.frames.recv() => deliver(session, socket, &mut inbox.frames, *outgoing).await,
            incoming = socket.recv() => {
                let idled = session.is_idle();
                let next = hear(session, socket, &mut inbox.frames, incoming).await;
                // Whoever has yet to announce wins no time by saying something else.
                if session.is_idle() && !idled {
                    idle_until = Instant::now() + silence;
                }
                next
            }
            () = sleep_until(idle_until), if session.is_idle() => {
                hub.count_refused(Reason::JoinTimeout);
                Next::Part(IDLE)
            }
            // The future is made even where it is not waited for.
            () = sleep_until(proof_until.unwrap_or(idle_until)), if proof_until.is_some() => {
                hub.count_refused(Reason::Silent);
                Next::Ended
            }
            () = hub.stopped(), if session.is_idle() => Next::Part(Farewell::STOPPING),
        };
        match next {
            Next::GoOn => {}
            Next::Ended => return None,
            Next::Part(farewell) => return Some(farewell),
        }
    }
}

/// Passes on what peers have for it.
async fn deliver(
    session: &mut Session,
    socket: &mut WebSocket,
    frames: &mut Frames,
    first: Outgoing,
) -> Next {
    let mut lapsed = false;
    let written = write(socket, frames, first, |notice| {
        session.notice(notice);
        lapsed |= matches!(notice, Notice::Lapsed(_));
    });
    if !matches!(timeout(WRITE_PATIENCE, written).await, Ok(Ok(()))) {
        return Next::Ended;
    }
    if lapsed && session.is_idle() {
        return Next::Part(IDLE);
    }
    Next::GoOn
}

/// Takes a frame in, and says what there is to say to it.
async fn hear(
    session: &mut Session,
    socket: &mut WebSocket,
    frames: &mut Frames,
    incoming: Option<Result<Message, axum::Error>>,
) -> Next {
    if matches!(incoming, Some(Ok(_))) {
        session.heard();
    }
    let Outcome { replies, farewell } = match incoming {
        Some(Ok(Message::Text(frame))) => session.receive(&frame),
        // No client sends binary frames: there is no request in it.
        Some(Ok(Message::Binary(_))) => session.receive(""),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Next::GoOn,
        Some(Ok(Message::Close(_)) | Err(_)) | None => return Next::Ended,
    };
    if !replies.is_empty() {
        let told = reply(session, socket, frames, replies);
        if !matches!(timeout(WRITE_PATIENCE, told).await, Ok(Ok(()))) {
            return Next::Ended;
        }
    }
    farewell.map_or(Next::GoOn, Next::Part)
}

/// Writes replies, and what waits behind them, at once.
async fn reply(
    session: &mut Session,
    socket: &mut WebSocket,
    frames: &mut Frames,
    replies: Vec<String>,
) -> Result<(), axum::Error> {
    for text in replies {
        socket.feed(Message::Text(text.into())).await?;
    }
    match frames.try_recv() {
        Some(outgoing) => write(socket, frames, *outgoing, |notice| session.notice(notice)).await,
        None => socket.flush().await,
    }
}

/// Says why nobody is let in, then closes. Without a refusal the server stops.
async fn turn_away(socket: &mut WebSocket, refusal: Option<Refusal>) {
    let farewell = refusal.map_or(Farewell::STOPPING, |refusal| Farewell {
        code: refusal.close.number(),
        reason: refusal.text,
        queue: Queue::Flush,
    });
    let say = async {
        if let Some(refusal) = refusal {
            let text = failure(refusal.text, None);
            socket.send(Message::Text(text.into())).await?;
        }
        close(socket, farewell).await;
        Ok::<(), axum::Error>(())
    };
    // A client that does not read is not waited for.
    let _ = timeout(FAREWELL_PATIENCE, say).await;
}
