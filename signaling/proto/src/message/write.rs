//! Messages as JSON, members in the order of their documentation.

use super::{Away, Hints, IceServer, Join, Policy, Relayed, Role, Signal, ToClient, ToServer, Welcome};
use crate::json::{ObjectWriter, write_list, write_text, write_whole};

/// Writes a message to the server.
pub(crate) fn to_server(message: &ToServer) -> String {
    let mut text = String::new();
    let mut object = ObjectWriter::open(&mut text);
    match message {
        ToServer::Join(join) => write_join(&mut object, join),
        ToServer::Signal { to, signal } => {
            object.text("type", "signal");
            object.text("to", to);
            write_signal(object.member("signal"), signal);
        }
        ToServer::Want { count } => {
            object.text("type", "want");
            object.count("count", (*count).into());
        }
        ToServer::Unpair { peer } => {
            object.text("type", "unpair");
            object.text("peer", peer);
        }
        ToServer::Measured { peer, rtt_ms } => {
            object.text("type", "measured");
            object.text("peer", peer);
            object.count("rttMs", (*rtt_ms).into());
        }
        ToServer::Ping => object.text("type", "ping"),
    }
    object.close();
    text
}

/// Writes a message to a client.
pub(crate) fn to_client(message: &ToClient) -> String {
    let mut text = String::new();
    let mut object = ObjectWriter::open(&mut text);
    match message {
        ToClient::Welcome(welcome) => write_welcome(&mut object, welcome),
        ToClient::Paired { peer, offer } => {
            object.text("type", "paired");
            object.text("peer", peer);
            object.flag("offer", *offer);
        }
        ToClient::Signal { from, signal } => {
            object.text("type", "signal");
            object.text("from", from);
            write_signal(object.member("signal"), signal);
        }
        ToClient::Left { peer } => {
            object.text("type", "left");
            object.text("peer", peer);
        }
        ToClient::Undeliverable { to } => {
            object.text("type", "undeliverable");
            object.text("to", to);
        }
        ToClient::GoAway { retry_in_ms, reason } => {
            object.text("type", "goAway");
            object.count("retryInMs", *retry_in_ms);
            match reason {
                Away::Stopping => {}
                Away::SwitchedOff => object.text("reason", "switchedOff"),
            }
        }
        ToClient::Pong => object.text("type", "pong"),
        ToClient::Error { code, message, fatal } => {
            object.text("type", "error");
            object.text("code", code.word());
            object.text("message", message);
            object.flag("fatal", *fatal);
        }
    }
    object.close();
    text
}

/// Writes a message that a neighbour carries.
pub(crate) fn relayed(message: &Relayed) -> String {
    let mut text = String::new();
    let mut object = ObjectWriter::open(&mut text);
    write_signal(object.member("signal"), &message.signal);
    if let Some(tie) = message.tie {
        object.count("tie", tie.into());
    }
    object.close();
    text
}

/// Writes a list of ICE servers.
pub(crate) fn write_ice_servers(to: &mut String, servers: &[IceServer]) {
    write_list(to, servers, |to, server| {
        let mut object = ObjectWriter::open(to);
        write_list(object.member("urls"), &server.urls, |to, url| write_text(to, url));
        object.maybe_text("username", server.username.as_ref());
        object.maybe_text("credential", server.credential.as_ref());
        object.close();
    });
}

fn write_join(object: &mut ObjectWriter<'_>, join: &Join) {
    object.text("type", "join");
    object.count("version", join.version.into());
    object.text("swarm", &join.swarm);
    object.count("want", join.want.into());
    object.maybe_count("capacity", join.capacity);
    object.maybe_text("token", join.token.as_ref());
    if !join.hints.is_empty() {
        write_hints(object.member("hints"), &join.hints);
    }
    object.maybe_count("lot", join.lot);
    match join.role {
        Role::Viewer => {}
        Role::Seeder => object.text("role", "seeder"),
    }
}

fn write_hints(to: &mut String, hints: &Hints) {
    let mut object = ObjectWriter::open(to);
    object.maybe_text("pop", hints.pop.as_ref());
    object.maybe_text("zone", hints.zone.as_ref());
    if let Some(cell) = hints.cell {
        write_list(object.member("cell"), &[cell.north, cell.east], |to, degrees| {
            write_whole(to, (*degrees).into());
        });
    }
    object.close();
}

fn write_welcome(object: &mut ObjectWriter<'_>, welcome: &Welcome) {
    object.text("type", "welcome");
    object.text("peer", &welcome.peer);
    object.count("pingIntervalMs", welcome.ping_interval_ms);
    if let Some(unix_ms) = welcome.unix_ms {
        object.count("unixMs", unix_ms);
    }
    write_ice_servers(object.member("iceServers"), &welcome.ice_servers);
    object.maybe_text("signer", welcome.signer.as_ref());
    let policy = &welcome.policy;
    if *policy != Policy::default() {
        let mut inner = ObjectWriter::open(object.member("policy"));
        inner.maybe_count("minPeers", policy.min_peers);
        inner.maybe_count("maxPeers", policy.max_peers);
        inner.flag("relayOnly", policy.relay_only);
        inner.close();
    }
}

fn write_signal(to: &mut String, signal: &Signal) {
    let mut object = ObjectWriter::open(to);
    match signal {
        Signal::Offer { sdp } => {
            object.text("kind", "offer");
            object.text("sdp", sdp);
        }
        Signal::Answer { sdp } => {
            object.text("kind", "answer");
            object.text("sdp", sdp);
        }
        Signal::Candidate(candidate) => {
            object.text("kind", "candidate");
            object.text("candidate", &candidate.candidate);
            object.maybe_text("sdpMid", candidate.sdp_mid.as_ref());
            if let Some(index) = candidate.sdp_m_line_index {
                object.count("sdpMLineIndex", index.into());
            }
            object.maybe_text("usernameFragment", candidate.username_fragment.as_ref());
        }
    }
    object.close();
}
