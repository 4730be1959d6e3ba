//! Thousands of WebSocket connections on one thread: a poll loop, one buffer to read into for all, and memory of a
//! connection's own only while a frame is half there. It has to be much cheaper than any server.

mod socket;

use std::io::{ErrorKind, Read};
use std::marker::PhantomData;
use std::net::{IpAddr, Shutdown, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use mio::event::Event as Readiness;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::frame::{self, Opcode};
use crate::random::Random;

use self::socket::{Socket, State};

/// Readiness that is taken at once.
const BATCH: usize = 1024;
/// Bytes that are read at once.
const CHUNK: usize = 64 * 1024;

/// What a server says.
pub(crate) trait Language: Sized {
    /// Where it is spoken.
    const PATH: &'static str;

    /// Reads a message.
    ///
    /// # Errors
    /// It is none.
    fn read(payload: &[u8]) -> Result<Self>;
}

/// Where a connection goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    /// The server.
    pub(crate) server: SocketAddr,
    /// Where a proxy before the server says that the peer is; `None` where there is none.
    pub(crate) origin: Option<IpAddr>,
}

/// What happened on a connection.
#[derive(Debug)]
pub(crate) enum Event<L> {
    /// The handshake is done.
    Opened,
    /// The server said something, in so many bytes.
    Said(L, usize),
    /// The connection is no more, or of no more use, and why.
    Closed(String),
}

/// Connections, by number.
#[derive(Debug)]
pub(crate) struct Sockets<L> {
    language: PhantomData<fn() -> L>,
    poll: Poll,
    ready: Events,
    sockets: Vec<Socket>,
    /// What was read last.
    chunk: Vec<u8>,
    /// The frame that is being sent.
    frame: Vec<u8>,
    masks: Random,
}

impl<L: Language> Sockets<L> {
    /// No connections yet.
    ///
    /// # Errors
    /// The system has no way to wait for many sockets.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            language: PhantomData,
            poll: Poll::new()?,
            ready: Events::with_capacity(BATCH),
            sockets: Vec::new(),
            chunk: vec![0; CHUNK],
            frame: Vec::new(),
            masks: Random::new(1),
        })
    }

    /// How many there are, open or not.
    pub(crate) fn len(&self) -> usize {
        self.sockets.len()
    }

    /// Starts one more connection; [`Event::Opened`] tells when it is there.
    ///
    /// # Errors
    /// The system refuses.
    pub(crate) fn connect(&mut self, way: Way) -> Result<()> {
        let mut stream = TcpStream::connect(way.server).context("connecting")?;
        let token = Token(self.sockets.len());
        let both = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut stream, token, both)?;
        self.sockets.push(Socket {
            stream,
            way,
            state: State::Connecting,
            inbox: Vec::new(),
            outbox: Vec::new(),
        });
        Ok(())
    }

    /// Closes all but the first `count`.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.sockets.truncate(count);
    }

    /// Sends a message in a text frame; on a connection that is closed, nothing.
    ///
    /// # Errors
    /// The connection is broken.
    pub(crate) fn send(&mut self, number: usize, text: &str) -> Result<()> {
        if self.sockets[number].state == State::Closed {
            return Ok(());
        }
        self.send_frame(number, Opcode::Text, text.as_bytes())
    }

    /// Waits for at most `timeout`, and appends what happened to `events`.
    ///
    /// # Errors
    /// The system does not wait for sockets.
    pub(crate) fn turn(&mut self, timeout: Duration, events: &mut Vec<(usize, Event<L>)>) -> Result<()> {
        if let Err(error) = self.poll.poll(&mut self.ready, Some(timeout)) {
            ensure!(
                error.kind() == ErrorKind::Interrupted,
                "waiting for sockets: {error}"
            );
            return Ok(());
        }
        let ready: Vec<Readiness> = self.ready.iter().cloned().collect();
        for readiness in &ready {
            let Token(number) = readiness.token();
            let socket = self.sockets.get(number);
            if socket.is_none_or(|socket| socket.state == State::Closed) {
                continue;
            }
            if let Err(error) = self.advance(number, readiness, events) {
                let socket = &mut self.sockets[number];
                socket.state = State::Closed;
                // It is closed whether or not the other side hears of it.
                let _ = socket.stream.shutdown(Shutdown::Both);
                self.poll.registry().deregister(&mut socket.stream)?;
                events.push((number, Event::Closed(format!("{error:#}"))));
            }
        }
        Ok(())
    }

    fn advance(
        &mut self,
        number: usize,
        readiness: &Readiness,
        events: &mut Vec<(usize, Event<L>)>,
    ) -> Result<()> {
        let socket = &mut self.sockets[number];
        if readiness.is_writable() && socket.state == State::Connecting {
            socket.greet(L::PATH)?;
        }
        if readiness.is_writable() && !socket.outbox.is_empty() {
            socket.flush()?;
        }
        if readiness.is_readable() || readiness.is_read_closed() {
            self.receive(number, events)?;
        }
        Ok(())
    }

    /// Reads all that has come. A short read means that there is no more, until the system says so.
    fn receive(&mut self, number: usize, events: &mut Vec<(usize, Event<L>)>) -> Result<()> {
        loop {
            let socket = &mut self.sockets[number];
            let size = match socket.stream.read(&mut self.chunk) {
                Ok(0) => bail!("closed by the server"),
                Ok(size) => size,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error).context("broken"),
            };
            let mut pings = Vec::new();
            if socket.inbox.is_empty() {
                let used = socket.take(&self.chunk[..size], number, events, &mut pings)?;
                socket.inbox.extend_from_slice(&self.chunk[used..size]);
            } else {
                let mut inbox = std::mem::take(&mut socket.inbox);
                inbox.extend_from_slice(&self.chunk[..size]);
                let used = socket.take(&inbox, number, events, &mut pings)?;
                // A whole new piece of memory, so that none is kept by a connection that is idle.
                socket.inbox = inbox[used..].to_vec();
            }
            for ping in pings {
                self.send_frame(number, Opcode::Pong, &ping)?;
            }
            if size < CHUNK {
                return Ok(());
            }
        }
    }

    fn send_frame(&mut self, number: usize, opcode: Opcode, payload: &[u8]) -> Result<()> {
        let [a, b, c, d, ..] = self.masks.next().to_be_bytes();
        self.frame.clear();
        frame::write(&mut self.frame, opcode, payload, [a, b, c, d]);
        self.sockets[number].send(&self.frame)
    }
}
