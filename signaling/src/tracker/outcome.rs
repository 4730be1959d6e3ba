//! What a frame leads to: the replies to its sender, and whether the connection is closed after them.

use signaling_proto::rooms::CloseCode;
use signaling_proto::rooms::announce::Id20;

use super::write::failure;
use crate::outbox::{Farewell, Queue};

/// What a frame leads to.
pub(super) struct Outcome {
    /// The replies to its sender.
    pub(super) replies: Vec<String>,
    /// How the connection is closed after that, where it is.
    pub(super) farewell: Option<Farewell>,
}

impl Outcome {
    pub(super) fn nothing() -> Self {
        Self {
            replies: Vec::new(),
            farewell: None,
        }
    }

    pub(super) fn reply(text: String) -> Self {
        Self {
            replies: vec![text],
            farewell: None,
        }
    }

    pub(super) fn failure(reason: &str, info_hash: Option<&Id20>) -> Self {
        Self::reply(failure(reason, info_hash))
    }

    pub(super) fn and_close(self, code: CloseCode, reason: &'static str) -> Self {
        let farewell = Farewell {
            code: code.number(),
            reason,
            queue: Queue::Flush,
        };
        Self {
            farewell: Some(farewell),
            ..self
        }
    }
}
