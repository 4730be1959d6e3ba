//! The WebSocket to signaling: one task that opens it, carries text frames both ways, and closes it.
//!
//! Reconnecting is the signaling client's decision. Dropping a [`Socket`] closes it after what it was given
//! to send has left, within [`CLOSE_TIMEOUT`].

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use signaling_proto::message::MAX_FRAME;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::inbox::{Inbox, IoEvent, SocketEvent, SocketId};

/// How long the handshake may take, name resolution and TLS included.
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a frame may take to leave.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a socket that is dropped may take to send what it holds, and to say goodbye.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// How many frames may wait to be sent; a server that lets more pile up is as good as gone.
const QUEUE: usize = 256;

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The sending side of one WebSocket.
#[derive(Debug)]
pub(crate) struct Socket {
    id: SocketId,
    frames: mpsc::Sender<String>,
}

/// The queue of frames is full: close the socket.
#[derive(Debug)]
pub(crate) struct QueueFull;

impl Socket {
    /// Opens a socket on a task of `tasks`, and tells of it under `id`.
    pub(crate) fn open(url: String, id: SocketId, inbox: Inbox, tasks: &mut JoinSet<()>) -> Self {
        let (frames, queue) = mpsc::channel(QUEUE);
        tasks.spawn(async move {
            let reason = match run(&url, id, &inbox, queue).await {
                Ok(()) => "closed".to_owned(),
                Err(reason) => reason,
            };
            // A driver that has gone does not need to hear it.
            let _ = inbox.send(IoEvent::Socket(id, SocketEvent::Closed(reason))).await;
        });
        Self { id, frames }
    }

    /// The socket's id.
    pub(crate) fn id(&self) -> SocketId {
        self.id
    }

    /// Queues a text frame.
    ///
    /// # Errors
    /// When too many wait already, or the socket is gone.
    pub(crate) fn send(&self, text: String) -> Result<(), QueueFull> {
        self.frames.try_send(text).map_err(|_| QueueFull)
    }
}

async fn run(
    url: &str,
    id: SocketId,
    inbox: &Inbox,
    mut queue: mpsc::Receiver<String>,
) -> Result<(), String> {
    let mut stream = tokio::select! {
        opened = open(url) => opened?,
        () = until_dropped(&mut queue) => return Ok(()),
    };
    let tell = |event| inbox.send(IoEvent::Socket(id, event));
    if tell(SocketEvent::Opened).await.is_err() {
        return Ok(());
    }
    loop {
        tokio::select! {
            frame = queue.recv() => match frame {
                Some(text) => send(&mut stream, text).await?,
                None => return close(stream).await,
            },
            message = stream.next() => match read(message)? {
                Some(text) => if tell(SocketEvent::Message(text)).await.is_err() {
                    return Ok(());
                },
                None => continue,
            },
        }
    }
}

/// Waits until the socket's handle is gone. Nothing is sent before the socket is open.
async fn until_dropped(queue: &mut mpsc::Receiver<String>) {
    while queue.recv().await.is_some() {}
}

async fn open(url: &str) -> Result<Stream, String> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_FRAME))
        .max_frame_size(Some(MAX_FRAME));
    // Offers and candidates are small and urgent: Nagle's algorithm would hold each back for 40 ms.
    let no_delay = true;
    match timeout(
        OPEN_TIMEOUT,
        connect_async_with_config(url, Some(config), no_delay),
    )
    .await
    {
        Ok(Ok((stream, _response))) => Ok(stream),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("no answer".to_owned()),
    }
}

async fn send(stream: &mut Stream, text: String) -> Result<(), String> {
    match timeout(SEND_TIMEOUT, stream.send(Message::text(text))).await {
        Ok(sent) => sent.map_err(|error| error.to_string()),
        Err(_) => Err("the server takes nothing".to_owned()),
    }
}

/// Reads one message: a text, or nothing where it is the protocol's own.
fn read(message: Option<Result<Message, tungstenite::Error>>) -> Result<Option<String>, String> {
    match message {
        None => Err("the server closed the connection".to_owned()),
        Some(Err(error)) => Err(error.to_string()),
        Some(Ok(Message::Text(text))) => Ok(Some(text.as_str().to_owned())),
        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(None),
        Some(Ok(Message::Close(frame))) => Err(frame.map_or_else(
            || "the server closed the connection".to_owned(),
            |frame| format!("the server closed the connection: {frame}"),
        )),
        Some(Ok(Message::Binary(_))) => Err("the server sent a binary frame".to_owned()),
    }
}

async fn close(mut stream: Stream) -> Result<(), String> {
    match timeout(CLOSE_TIMEOUT, stream.close(None)).await {
        Ok(closed) => closed.map_err(|error| error.to_string()),
        Err(_) => Err("the server did not take the goodbye".to_owned()),
    }
}

#[cfg(test)]
mod tests;
