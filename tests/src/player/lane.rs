//! One kind of content of a player: which segment comes next, and how far it is ready.

use segment_engine::id::DemandId;

use crate::origin::{Content, Resource, Title};

#[derive(Debug)]
pub(super) struct Lane {
    pub(super) content: Content,
    /// The rung of the next segment.
    pub(super) rung: u8,
    /// The next segment to ask for; all before it are ready or asked for.
    pub(super) next: u32,
    /// The one demand that is open, and since when.
    pub(super) asked: Option<(DemandId, Resource, u64)>,
    inits: u64,
}

impl Lane {
    pub(super) fn new(content: Content, rung: u8, first: u32) -> Self {
        Self {
            content,
            rung,
            next: first,
            asked: None,
            inits: 0,
        }
    }

    pub(super) fn seek(&mut self, first: u32) {
        self.next = first;
        self.asked = None;
    }

    /// The resource to ask for now, if the buffer has room and it is there.
    pub(super) fn wants(
        &mut self,
        title: &Title,
        position: u64,
        buffer: u64,
        newest: u32,
    ) -> Option<Resource> {
        if self.asked.is_some() {
            return None;
        }
        let number = if self.inits & (1 << self.rung) == 0 {
            0
        } else {
            self.next
        };
        let wanted = number == 0 || (number <= newest && self.buffered(title, position) < buffer);
        wanted.then_some(Resource {
            rung: self.rung,
            number,
        })
    }

    pub(super) fn on_init(&mut self, rung: u8) {
        self.inits |= 1 << rung;
    }

    /// Takes a segment in; false where it is not the one that was waited for.
    pub(super) fn on_media(&mut self, number: u32) -> bool {
        if number != self.next {
            return false;
        }
        self.next += 1;
        true
    }

    /// The end of what is ready, on the timeline.
    pub(super) fn ready_until(&self, title: &Title) -> u64 {
        u64::from(self.next - 1) * title.segment
    }

    pub(super) fn buffered(&self, title: &Title, position: u64) -> u64 {
        self.ready_until(title).saturating_sub(position)
    }
}
