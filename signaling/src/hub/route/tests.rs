//! What comes back from other servers.

use std::net::Ipv4Addr;
use std::sync::Arc;

use signaling_proto::message::{Join, ToClient, Welcome};

use super::*;
use crate::bus::{BusConfig, Driver};
use crate::config::Config;
use crate::hub::Membership;
use crate::outbox::{Inbox, Outgoing};

/// A member, its peer id, and what it is told.
struct Member {
    _membership: Membership,
    inbox: Inbox,
    id: String,
}

impl Member {
    fn join(hub: &Arc<Hub>) -> Self {
        let visit = hub.connect(Ipv4Addr::LOCALHOST.into()).unwrap();
        let (membership, mut inbox) = visit.join(Join::new("film", 0)).unwrap();
        let Some(ToClient::Welcome(Welcome { peer: id, .. })) = next(&mut inbox) else {
            panic!("no welcome")
        };
        Self {
            _membership: membership,
            inbox,
            id,
        }
    }
}

fn next(inbox: &mut Inbox) -> Option<ToClient> {
    match *inbox.frames.try_recv()? {
        Outgoing::Message(message) => Some(message),
        other @ (Outgoing::Text(_) | Outgoing::Probe | Outgoing::Lapsed(_)) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_search_that_found_nobody_on_other_servers_is_made_in_another_room_of_this_one() {
    let (handle, _driver) = Driver::start(&BusConfig::default()).await.unwrap();
    let config = Config {
        room_size: 16,
        ..Config::default()
    };
    let hub = Arc::new(Hub::new(&config, handle).unwrap());
    // More than one room holds.
    let mut members: Vec<Member> = (0..17).map(|_| Member::join(&hub)).collect();
    let beside = |room| hub.lock().lobby.pick("film", Some(room), 0);
    assert_eq!(
        [0, 1].map(|room| beside(room).map(|room| room.number)),
        [Some(1), Some(0)]
    );
    let seeker = members[16].id.clone();
    hub.deliver(Delivery::Undeliverable(Envelope::Seek {
        seeker: (&seeker).into(),
        swarm: "film".into(),
        room: 1,
        count: 3,
    }));
    let paired = ToClient::Paired {
        peer: seeker,
        offer: false,
    };
    let told = members[..16]
        .iter_mut()
        .filter_map(|member| next(&mut member.inbox))
        .filter(|message| *message == paired);
    assert_eq!(told.count(), 3);
}
