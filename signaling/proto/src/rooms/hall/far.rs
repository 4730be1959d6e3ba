//! Pairings of members with those of other rooms: the table of each side holds its half.

use std::collections::BTreeMap;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;

use super::Hall;
use crate::rooms::block::BlockTag;
use crate::rooms::draw::Shuffled;
use crate::rooms::envelope::Stranger;
use crate::rooms::member::Member;
use crate::rooms::pairing::has_share;
use crate::rooms::roster::Standing;
use crate::rooms::{ConnId, RoomKey};

/// The most members that are looked at for a stranger: where most are of a block that has its share, fewer are found.
const MAX_DRAWN: usize = 64;

/// A search for members that may be paired with one of another room.
#[derive(Debug, Clone, Copy)]
pub(in crate::rooms) struct Search<'a> {
    /// The room to search.
    pub(in crate::rooms) room: &'a RoomKey,
    /// The member of another room.
    pub(in crate::rooms) stranger: &'a Stranger,
    /// The standing of those that are looked for.
    pub(in crate::rooms) standing: Standing,
    /// How many are looked for.
    pub(in crate::rooms) count: usize,
}

impl Hall {
    /// Draws at random the members that a search is for, or as many as there are.
    pub(in crate::rooms) fn draw_for_stranger(
        &self,
        now: Duration,
        search: Search<'_>,
        rng: &mut ChaCha20Rng,
    ) -> Vec<ConnId> {
        let Search {
            room,
            stranger,
            standing,
            count,
        } = search;
        let Some(roster) = self.rooms.get(room) else {
            return Vec::new();
        };
        let mut list = Shuffled::new(roster.list(standing));
        let drawn = std::iter::from_fn(|| list.draw(rng)).take(MAX_DRAWN.max(count));
        let mut blocks = BTreeMap::<BlockTag, usize>::new();
        let takes = |conn: &ConnId| {
            let Some(member) = self.member(*conn).filter(|member| member.takes(now, stranger)) else {
                return false;
            };
            let held = blocks.entry(member.block).or_default();
            // Those of its own block have a share too: it is this block by its server's word only.
            let fits = stranger.block.is_none() || has_share(*held, count);
            *held += usize::from(fits);
            fits
        };
        drawn.filter(takes).take(count).collect()
    }

    /// Pairs a member with one of another room. Tells whether it could be.
    pub(in crate::rooms) fn pair_far(&mut self, now: Duration, conn: ConnId, stranger: &Stranger) -> bool {
        let limit = self.limit;
        let fits = |member: &Member| member.pair_count() < limit && member.takes(now, stranger);
        if !self.member(conn).is_some_and(fits) {
            return false;
        }
        self.change(conn, |member| member.meet_far(stranger.clone()));
        true
    }

    /// Ends a pairing with a member of another room, and keeps the two apart until `until`. Tells whether there was
    /// one.
    pub(in crate::rooms) fn unpair_far(
        &mut self,
        now: Duration,
        (conn, stranger): (ConnId, &str),
        until: Duration,
    ) -> bool {
        let paired = self
            .member(conn)
            .is_some_and(|member| member.far.contains_key(stranger));
        if paired {
            self.change(conn, |member| {
                member.miss_far(stranger);
                member.part_far(now, stranger.to_owned(), until);
                member.hush(stranger);
            });
        }
        paired
    }
}
