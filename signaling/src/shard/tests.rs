//! What announcers' rules say reaches the queues, and who does not read is put out.

use std::time::Duration;

use signaling_proto::rooms::announce::{
    Announce, Announcers, AnnouncersConfig, Event, Id20, OFFER_LIFE, Offer, Progress,
};
use signaling_proto::rooms::{ConnId, RoomKey, Rooms, RoomsConfig, Scattered};
use signaling_proto::share::Lot;

use super::Shard;
use crate::outbox::{Farewell, Inbox, Limit, Outgoing, outbox};

const START: Duration = Duration::from_secs(1);

fn shard() -> Shard {
    let rooms = Rooms::new(RoomsConfig::default(), Box::new(Scattered), [1; 32]).unwrap();
    let announcers = Announcers::new(AnnouncersConfig::default(), Box::new(Scattered), [2; 32]).unwrap();
    Shard::new(rooms, announcers)
}

fn enter(shard: &Shard, conn: u64, frames: usize) -> Inbox {
    let (outbox, inbox) = outbox(Limit {
        frames,
        bytes: 1 << 20,
    });
    let key = RoomKey {
        swarm: "film".into(),
        number: 0,
    };
    let peer = Id20([u8::try_from(conn).unwrap(); 20]);
    shard.connect(ConnId(conn), outbox, Lot::EXEMPT);
    shard
        .tell_announcers(START, |announcers| {
            announcers.handle_entered(START, ConnId(conn), key, peer)
        })
        .unwrap();
    inbox
}

fn offer(shard: &Shard, now: Duration, conn: u64, text: &str) {
    let announce = Announce {
        progress: Progress::Partial,
        event: Event::None,
        offers: vec![Offer {
            id: Id20([0; 20]),
            text: text.into(),
        }],
        filtered: 0,
    };
    shard.tell_announcers(now, |announcers| {
        announcers.handle_announce(now, ConnId(conn), announce)
    });
}

#[test]
fn offers_and_lapses_reach_their_connection() {
    let shard = shard();
    let mut one = enter(&shard, 1, 8);
    let _two = enter(&shard, 2, 8);
    offer(&shard, START, 2, "an offer");
    let got = one.frames.try_recv().map(|outgoing| *outgoing);
    assert_eq!(got, Some(Outgoing::Text("an offer".into())));
    shard.sweep(START + Duration::from_secs(299));
    assert_eq!(one.frames.try_recv(), None);
    shard.sweep(START + Duration::from_secs(300));
    let got = one.frames.try_recv().map(|outgoing| *outgoing);
    assert_eq!(got, Some(Outgoing::Lapsed(ConnId(1))));
    assert_eq!(shard.stats().announcers.members, 0);
}

#[tokio::test]
async fn who_does_not_read_loses_offers_then_its_place() {
    let shard = shard();
    let slow = enter(&shard, 1, 1);
    let _busy = enter(&shard, 2, 8);
    let mut now = START;
    // The first waits, sixteen are dropped, and the next is one too many.
    for sent in 1..=18 {
        assert_eq!(shard.stats().evicted, 0, "{sent}");
        offer(&shard, now, 2, "an offer");
        now += OFFER_LIFE;
    }
    let stats = shard.stats();
    assert_eq!(
        (stats.dropped, stats.evicted, stats.announcers.members),
        (16, 1, 1)
    );
    assert_eq!(slow.farewell.recv().await, Farewell::SLOW);
}
