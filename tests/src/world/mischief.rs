//! What harmful peers do on their own: lies about each new segment, and floods.

use segment_engine::wire::Message;

use super::{Happening, NodeId, World};
use crate::adversary::{Conduct, FLOOD_EVERY, Subject, flood};
use crate::clock::MILLI;
use crate::net::{End, Parcel, PathId};
use crate::origin::Resource;

impl World {
    /// A node that means harm begins, where its conduct does anything of itself.
    pub(super) fn begin_mischief(&mut self, node: NodeId) {
        let conduct = self.nodes[node.index()].conduct;
        let first = match conduct {
            Conduct::Honest | Conduct::Alters | Conduct::Withholds => return,
            Conduct::Floods => self.now + FLOOD_EVERY,
            Conduct::ClaimsFalsely | Conduct::ForgesClaims | Conduct::HoldsFalsely => self.next_lie(conduct),
        };
        self.queue.push(first, Happening::Mischief(node));
    }

    /// Just after the next segment is there, or so long before as the lie is told ahead.
    fn next_lie(&self, conduct: Conduct) -> u64 {
        let ahead = conduct.head_start();
        let there = ((self.now + ahead) / self.title.segment + 1) * self.title.segment;
        (there + 20 * MILLI).saturating_sub(ahead)
    }

    pub(super) fn on_mischief(&mut self, node: NodeId) {
        let member = &self.nodes[node.index()];
        if !member.alive {
            return;
        }
        let conduct = member.conduct;
        let open: Vec<PathId> = member.known.iter().map(|known| known.path).collect();
        let open: Vec<PathId> = open
            .into_iter()
            .filter(|path| self.path(*path).end == End::Open)
            .collect();
        let Some(subject) = self.subject(node) else {
            self.queue.push(self.next_lie(conduct), Happening::Mischief(node));
            return;
        };
        if conduct == Conduct::Floods {
            if !open.is_empty() {
                let index = usize::try_from(self.dice.below(open.len() as u64)).unwrap_or(0);
                let message = flood(&mut self.dice, subject);
                self.say(open[index], message);
            }
            self.queue.push(self.now + FLOOD_EVERY, Happening::Mischief(node));
            return;
        }
        if let Some(own) = self.nodes[node.index()].member {
            for lie in conduct.lies(subject, own, &mut self.dice) {
                for path in &open {
                    self.say(*path, lie.clone());
                }
            }
        }
        self.queue.push(self.next_lie(conduct), Happening::Mischief(node));
    }

    /// Sends something that no engine said.
    pub(super) fn say(&mut self, path: PathId, message: Message) {
        // A channel that is full takes no more, whoever sends.
        if self.path(path).waiting < 256 << 10 {
            self.push(path, Parcel::Message(message));
        }
    }

    /// The newest segment of what the node plays, or that will be by the time it lies for.
    fn subject(&self, node: NodeId) -> Option<Subject> {
        let by = self.now + self.nodes[node.index()].conduct.head_start();
        let player = self.nodes[node.index()].player.as_ref()?;
        let resource = Resource {
            rung: player.rung(),
            number: self.title.newest(by).min(player.number(&self.title) + 30).max(1),
        };
        let engine = self.nodes[node.index()].engine.as_ref()?;
        let segment = engine.timeline().locate(&self.title.url(resource), None)?;
        Some(Subject {
            key: segment.key,
            size: self.title.size(resource),
        })
    }
}
