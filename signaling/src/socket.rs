//! One WebSocket: carries frames between the network and the hub until either side ends it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use signaling_proto::message::ToClient;
use signaling_proto::rooms::ConnId;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::hub::{Farewell, Hub, Inbox, Queue};

/// How long one frame may take to be written.
const WRITE_PATIENCE: Duration = Duration::from_secs(10);
/// How long the last frames and the farewell may take.
const FAREWELL_PATIENCE: Duration = Duration::from_secs(1);

/// Serves a WebSocket to its end.
pub(crate) async fn run(hub: Arc<Hub>, mut socket: WebSocket, address: IpAddr) {
    let _counted = hub.enter();
    let Some(mut inbox) = hub.connect(address) else {
        let _ = timeout(FAREWELL_PATIENCE, close(&mut socket, Farewell::STOPPING)).await;
        return;
    };
    let conn = inbox.conn;
    tracing::debug!(conn = conn.0, "connected");
    let farewell = tokio::select! {
        biased;
        farewell = &mut inbox.farewell => farewell.ok(),
        () = converse(&hub, &mut socket, conn, &mut inbox.frames) => None,
    };
    hub.disconnect(conn);
    tracing::debug!(
        conn = conn.0,
        code = farewell.map(|farewell| farewell.code),
        "ends"
    );
    if let Some(farewell) = farewell {
        // A client that does not read is not waited for.
        let _ = timeout(FAREWELL_PATIENCE, part(&mut socket, inbox, farewell)).await;
    }
}

/// Carries frames until the socket ends, or takes too long to write.
async fn converse(
    hub: &Hub,
    socket: &mut WebSocket,
    conn: ConnId,
    frames: &mut mpsc::Receiver<Box<ToClient>>,
) {
    loop {
        tokio::select! {
            Some(message) = frames.recv() => {
                let sent = timeout(WRITE_PATIENCE, socket.send(text(&message))).await;
                if !matches!(sent, Ok(Ok(()))) {
                    return;
                }
            }
            incoming = socket.recv() => match incoming {
                Some(Ok(Message::Text(frame))) => hub.receive(conn, &frame),
                // No client sends binary frames: the rules see no message in it.
                Some(Ok(Message::Binary(_))) => hub.receive(conn, ""),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
        }
    }
}

/// Says what is left to say, then closes.
async fn part(socket: &mut WebSocket, mut inbox: Inbox, farewell: Farewell) {
    while farewell.queue == Queue::Flush
        && let Ok(message) = inbox.frames.try_recv()
    {
        if socket.send(text(&message)).await.is_err() {
            return;
        }
    }
    close(socket, farewell).await;
}

/// Closes, and reads on until the client has closed too: a socket that is dropped with unread bytes resets, and
/// the client would not see why.
async fn close(socket: &mut WebSocket, farewell: Farewell) {
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
