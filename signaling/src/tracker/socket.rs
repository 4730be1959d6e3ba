//! One WebSocket of a tracker's client: frames to its session, what peers have for it to the network.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
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

/// How many pings a client leaves unanswered until it is gone, a join timeout (5 s) apart: a link that stalls for a few
/// seconds, as between two radio cells, costs no client its info hashes.
const PINGS: u32 = 3;

/// The end of a connection that has no membership, or does not answer: 1008.
const SILENT: Farewell = Farewell {
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

/// How a conversation goes on.
enum Next {
    GoOn,
    /// The socket has ended, or took too long to write.
    Ended,
    /// The server ends it.
    Part(Farewell),
}

/// Until when a client has to say something.
struct Deadlines {
    /// How long it may be without a membership, once it had one.
    silence: Duration,
    /// How long it may take until its first announce, and to answer a ping.
    step: Duration,
    /// Until when it may be without a membership; none while it has one.
    idle: Option<Instant>,
    /// The pings that it has yet to answer; none where it was not asked, or has said something since.
    proof: Option<Proof>,
}

/// What a client has yet to answer.
struct Proof {
    pings: u32,
    until: Instant,
}

impl Deadlines {
    fn new(step: Duration, silence: Duration) -> Self {
        Self {
            silence,
            step,
            idle: Some(Instant::now() + step),
            proof: None,
        }
    }

    /// Takes in the present state of the session.
    fn see(&mut self, session: &Session) {
        let now = Instant::now();
        // A client that has yet to announce gains no time by saying something else.
        self.idle = session.is_idle().then(|| self.idle.unwrap_or(now + self.silence));
        self.proof = session.is_probed().then(|| {
            self.proof.take().unwrap_or(Proof {
                pings: 1,
                until: now + self.step,
            })
        });
    }

    /// Waits for the first of them.
    async fn passed(&self) {
        let proof = self.proof.as_ref().map(|proof| proof.until);
        match proof.into_iter().chain(self.idle).min() {
            Some(first) => sleep_until(first).await,
            None => std::future::pending().await,
        }
    }

    /// Asks once more, or ends it.
    async fn enforce(&mut self, hub: &Hub, socket: &mut WebSocket) -> Next {
        let now = Instant::now();
        let Some(proof) = self.proof.as_mut().filter(|proof| proof.until <= now) else {
            hub.count_refused(Reason::JoinTimeout);
            return Next::Part(SILENT);
        };
        if proof.pings == PINGS {
            hub.count_refused(Reason::Silent);
            return Next::Part(SILENT);
        }
        proof.pings += 1;
        proof.until = now + self.step;
        let asked = socket.send(Message::Ping(Bytes::new()));
        match timeout(WRITE_PATIENCE, asked).await {
            Ok(Ok(())) => Next::GoOn,
            Ok(Err(_)) | Err(_) => Next::Ended,
        }
    }
}

/// Carries frames until the socket ends or takes too long to write; or until the server ends it, and how.
async fn converse(
    hub: &Hub,
    silence: Duration,
    session: &mut Session,
    socket: &mut WebSocket,
    inbox: &mut Inbox,
) -> Option<Farewell> {
    let mut deadlines = Deadlines::new(hub.join_timeout, silence);
    loop {
        deadlines.see(session);
        let next = tokio::select! {
            biased;
            farewell = inbox.farewell.recv() => Next::Part(farewell),
            Some(outgoing) = inbox.frames.recv() => deliver(session, socket, &mut inbox.frames, *outgoing).await,
            incoming = socket.recv() => hear(session, socket, &mut inbox.frames, incoming).await,
            () = deadlines.passed() => deadlines.enforce(hub, socket).await,
            () = hub.stopped(), if session.is_idle() => Next::Part(Farewell::STOPPING),
        };
        match next {
            Next::GoOn => {}
            Next::Ended => return None,
            Next::Part(farewell) => return Some(farewell),
        }
    }
}

/// Passes on what peers have for a client.
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
        return Next::Part(SILENT);
    }
    Next::GoOn
}

/// Takes in a frame, and sends the replies to it.
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
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => session.receive_ping(),
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

/// Says why a client is not let in, then closes. Without a refusal, the reason is that the server stops.
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
