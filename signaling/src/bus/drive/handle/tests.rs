//! With what blocks of addresses are hashed.

use signaling_proto::cluster::Secret;
use signaling_proto::rooms::BlockKey;

use super::Reach;

#[test]
fn nodes_have_their_key_in_common_with_their_cluster_alone() {
    let secret = |byte| Secret::new(&[byte; 16]).unwrap();
    let of_cluster = |byte| Reach::Cluster.block_key(Some(&secret(byte)));
    assert_eq!(of_cluster(1), of_cluster(1));
    assert_ne!(of_cluster(1), of_cluster(2));
    assert_eq!(Reach::Cluster.block_key(None), BlockKey::default());
}

#[test]
fn a_node_that_is_alone_draws_a_key_of_its_own() {
    let alone = || Reach::Alone.block_key(None);
    assert_ne!(alone(), alone());
    assert_ne!(alone(), BlockKey::default());
}
