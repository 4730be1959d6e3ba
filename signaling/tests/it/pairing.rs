//! Who is introduced to whom.

use signaling::{Config, PairingChoice};
use signaling_proto::message::{Join, ToClient};

use crate::harness::{Server, Viewer, connect_from};

/// How many peers the newcomer asks for, and how many of them are of its own /24.
const WANT: u32 = 8;
const NEAR: usize = 7;

#[tokio::test]
async fn a_newcomer_is_introduced_to_those_of_its_own_network_unless_the_operator_scatters_viewers() {
    assert_eq!(
        near_ones_met(PairingChoice::Nearest).await,
        NEAR,
        "all of them, and one from elsewhere"
    );
    // By chance it is all seven once in a hundred million times.
    let scattered = near_ones_met(PairingChoice::Scattered).await;
    assert!(scattered < NEAR, "{scattered} of {WANT} were near");
}

/// How many near ones a newcomer meets where sixty are far.
async fn near_ones_met(pairing: PairingChoice) -> usize {
    let server = Server::start(Config {
        pairing,
        ..Config::default()
    })
    .await;
    let near = (1..=7).map(|last| [127, 1, 0, last]);
    let far = (1..=60).map(|block| [127, 2, block, 1]);
    let mut members = Vec::new();
    for address in near.chain(far) {
        members.push(joined_from(&server, address, 0).await);
    }
    let near: Vec<String> = members[..NEAR].iter().map(|(_, peer)| peer.clone()).collect();
    let (mut newcomer, _) = joined_from(&server, [127, 1, 0, 9], WANT).await;
    let mut met = Vec::new();
    for _ in 0..WANT {
        let heard = newcomer.hear().await;
        let ToClient::Paired { peer, .. } = heard else {
            panic!("{heard:?}")
        };
        met.push(peer);
    }
    server.stop().await;
    met.iter().filter(|peer| near.contains(peer)).count()
}

async fn joined_from(server: &Server, address: [u8; 4], want: u32) -> (Viewer, String) {
    let mut viewer = connect_from(server.address, address).await;
    let peer = viewer.join(Join::new("film", want)).await;
    (viewer, peer)
}
