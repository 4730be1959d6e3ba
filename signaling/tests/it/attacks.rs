//! The attacks on signaling that are known: each is refused, the refusal counted, and the others are unharmed.

mod sockets;
mod tracker;

use crate::harness::{Server, Viewer, description, offer, signal};
use signaling_proto::message::ToClient;

/// Two viewers that are paired and have yet to say anything: whom nobody is to harm.
struct Others {
    a: Viewer,
    a_id: String,
    b: Viewer,
    b_id: String,
}

impl Others {
    async fn join(server: &Server) -> Self {
        let [(a, a_id), (b, b_id)] = server.pair().await;
        Self { a, a_id, b, b_id }
    }

    /// Each hears what the other says, and nothing else.
    async fn are_unharmed(&mut self) {
        for _ in 0..2 {
            let sdp = description(0);
            self.a.say(&signal(&self.b_id, offer(&sdp))).await;
            let heard = ToClient::Signal {
                from: self.a_id.clone(),
                signal: offer(&sdp),
            };
            assert_eq!(self.b.hear().await, heard);
            std::mem::swap(&mut self.a, &mut self.b);
            std::mem::swap(&mut self.a_id, &mut self.b_id);
        }
    }
}

/// A figure of the operator's, by its name without the prefix.
async fn figure(server: &Server, name: &str) -> u64 {
    let metrics = server.metrics().await;
    let name = format!("fugitive_signaling_{name} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&name));
    line.unwrap_or_else(|| panic!("{name}is not in {metrics}"))
        .parse()
        .unwrap()
}

/// How often something was refused.
async fn refused(server: &Server, reason: &str) -> u64 {
    figure(server, &format!("refused_total{{reason=\"{reason}\"}}")).await
}
