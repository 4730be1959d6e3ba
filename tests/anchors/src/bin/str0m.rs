//! A sender on str0m 0.25: a thread for each peer, which waits in poll(2) and reads datagrams as long as there are some.

use std::io::ErrorKind;
use std::net::UdpSocket;
use std::thread;
use std::time::{Duration, Instant};

use anchors::{LABEL, Options, enlarge, exchange};
use anyhow::{Context as _, Result};
use clap::Parser as _;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::Timespec;
use str0m::change::SdpAnswer;
use str0m::channel::ChannelId;
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};

/// The most datagrams that are read before others are sent.
const BURST: usize = 64;
/// The longest wait for a datagram.
const LONGEST: Duration = Duration::from_millis(100);

fn main() -> Result<()> {
    let options = Options::parse();
    str0m::crypto::from_feature_flags().install_process_default();
    let mut threads = Vec::new();
    for _ in 0..options.peers {
        let mut sender = Sender::connect(options)?;
        threads.push(thread::spawn(move || sender.run()));
    }
    for thread in threads {
        thread
            .join()
            .map_err(|_| anyhow::anyhow!("a thread panicked"))??;
    }
    Ok(())
}

struct Sender {
    rtc: Rtc,
    socket: UdpSocket,
    channel: ChannelId,
    is_open: bool,
    message: usize,
}

impl Sender {
    fn connect(options: Options) -> Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        enlarge(&socket)?;
        socket.set_nonblocking(true)?;
        // Its default of 128 KiB may wait: with more it takes several times the processor time.
        let mut rtc = RtcConfig::new().build(Instant::now());
        rtc.add_local_candidate(Candidate::host(socket.local_addr()?, "udp")?);
        let mut change = rtc.sdp_api();
        let channel = change.add_channel(LABEL.to_owned());
        let (offer, pending) = change.apply().context("an offer")?;
        let answer = exchange(&offer.to_sdp_string())?;
        rtc.sdp_api()
            .accept_answer(pending, SdpAnswer::from_sdp_string(&answer)?)?;
        Ok(Self {
            rtc,
            socket,
            channel,
            is_open: false,
            message: options.message,
        })
    }

    fn run(&mut self) -> Result<()> {
        let message = vec![0; self.message];
        loop {
            let until = self.drain()?;
            if self.is_open && self.write(&message)? {
                continue;
            }
            self.wait(until)?;
            self.read()?;
            self.rtc.handle_input(Input::Timeout(Instant::now()))?;
        }
    }

    /// Sends what is to be sent; returns when there may be more.
    fn drain(&mut self) -> Result<Instant> {
        loop {
            match self.rtc.poll_output()? {
                Output::Timeout(until) => return Ok(until),
                Output::Transmit(transmit) => {
                    // What finds no room is lost, as on any network.
                    let _ = self.socket.send_to(&transmit.contents, transmit.destination);
                }
                Output::Event(Event::ChannelOpen(..)) => self.is_open = true,
                Output::Event(_) => {}
            }
        }
    }

    fn write(&mut self, message: &[u8]) -> Result<bool> {
        let Some(mut channel) = self.rtc.channel(self.channel) else {
            return Ok(false);
        };
        Ok(channel.write(true, message)?)
    }

    fn wait(&self, until: Instant) -> Result<()> {
        let patience = until.saturating_duration_since(Instant::now()).min(LONGEST);
        let patience = Timespec::try_from(patience).context("a short wait")?;
        let mut waiting = [PollFd::new(&self.socket, PollFlags::IN)];
        poll(&mut waiting, Some(&patience))?;
        Ok(())
    }

    fn read(&mut self) -> Result<()> {
        let mut buffer = [0; 2_000];
        for _ in 0..BURST {
            let (length, source) = match self.socket.recv_from(&mut buffer) {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            let destination = self.socket.local_addr()?;
            let receive = Receive::new(Protocol::Udp, source, destination, &buffer[..length])?;
            self.rtc.handle_input(Input::Receive(Instant::now(), receive))?;
            // It takes a few datagrams only before it wants to be asked what follows from them.
            self.drain()?;
        }
        Ok(())
    }
}
