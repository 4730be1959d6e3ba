//! The bus itself: who hears what, and who gets in.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use signaling::bus::{Bus, BusConfig, BusConfigError, BusEvent, Nats};
use signaling_proto::cluster::{MAX_PACKET, NodeId};

use super::nats::{Access, NatsServer};

const NOTHING_COMES: Duration = Duration::from_millis(300);

fn packet(text: &'static str) -> BusEvent {
    BusEvent::Packet(Bytes::from_static(text.as_bytes()))
}

#[tokio::test]
async fn a_packet_goes_to_one_node_and_a_broadcast_to_all_others() {
    let server = NatsServer::start();
    let mut one = Access::up(&server.config(), 1).await;
    let mut two = Access::up(&server.config(), 2).await;
    let mut three = Access::up(&server.config(), 3).await;
    one.reach(&mut two).await;
    one.reach(&mut three).await;
    one.bus.publish(two.node, "for two".into()).unwrap();
    assert_eq!(two.next().await, packet("for two"));
    one.bus.broadcast("for all".into()).unwrap();
    assert_eq!(two.next().await, packet("for all"));
    assert_eq!(three.next().await, packet("for all"));
    assert_eq!(one.within(NOTHING_COMES).await, None);
    assert_eq!(three.within(NOTHING_COMES).await, None);
}

#[tokio::test]
async fn packets_come_in_the_order_in_which_they_were_published() {
    let server = NatsServer::start();
    let one = Access::up(&server.config(), 1).await;
    let mut two = Access::up(&server.config(), 2).await;
    one.reach(&mut two).await;
    for number in 0..500 {
        one.bus.publish(two.node, format!("{number}").into()).unwrap();
    }
    for number in 0..500 {
        assert_eq!(two.next().await, BusEvent::Packet(format!("{number}").into()));
    }
}

#[tokio::test]
async fn two_clusters_with_prefixes_of_their_own_do_not_hear_each_other() {
    let server = NatsServer::start();
    let other = BusConfig {
        prefix: "other.event".into(),
        ..server.config()
    };
    let one = Access::up(&server.config(), 1).await;
    let mut two = Access::up(&server.config(), 2).await;
    let mut stranger = Access::up(&other, 2).await;
    one.reach(&mut two).await;
    one.bus.broadcast("secret".into()).unwrap();
    assert_eq!(two.next().await, packet("secret"));
    assert_eq!(stranger.within(NOTHING_COMES).await, None);
}

#[tokio::test]
async fn a_packet_that_is_too_large_is_dropped_and_counted() {
    let server = NatsServer::start();
    let one = Access::up(&server.config(), 1).await;
    let mut two = Access::up(&server.config(), 2).await;
    one.reach(&mut two).await;
    one.bus.publish(two.node, vec![0; MAX_PACKET + 1].into()).unwrap();
    one.bus.publish(two.node, "small".into()).unwrap();
    assert_eq!(two.next().await, packet("small"));
    assert_eq!(two.bus.stats().overflow, 1);
}

#[tokio::test]
async fn closing_sends_what_waits() {
    let server = NatsServer::start();
    let one = Access::up(&server.config(), 1).await;
    let mut two = Access::up(&server.config(), 2).await;
    one.reach(&mut two).await;
    for _ in 0..200 {
        one.bus.publish(two.node, "last words".into()).unwrap();
    }
    let bus: Box<dyn Bus> = Box::new(one.bus);
    tokio::time::timeout(Duration::from_secs(5), bus.close())
        .await
        .unwrap();
    for _ in 0..200 {
        assert_eq!(two.next().await, packet("last words"));
    }
}

#[tokio::test]
async fn user_and_password_let_in_and_a_wrong_password_does_not() {
    let server = NatsServer::with("authorization { user: signaling, password: hunter2 }\n");
    let file = |name: &str, text: &str| {
        let path = server.dir().join(name);
        fs::write(&path, text).unwrap();
        BusConfig {
            user: Some("signaling".into()),
            password_file: Some(path),
            ..server.config()
        }
    };
    Access::up(&file("right", "hunter2\n"), 1).await;
    let mut stranger = Access::start(&file("wrong", "hunter3\n"), 2).await;
    let mut nobody = Access::start(&server.config(), 3).await;
    assert_eq!(stranger.within(NOTHING_COMES).await, None);
    assert_eq!(nobody.within(NOTHING_COMES).await, None);
    assert!(nobody.bus.publish(NodeId(1), "hello".into()).is_err());
}

#[tokio::test]
async fn what_the_example_lets_its_user_do_is_enough() {
    let example = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/cluster"));
    let server = NatsServer::prepare(|dir| {
        fs::copy(example.join("secrets.sh"), dir.join("secrets.sh")).unwrap();
        let drawn = Command::new("sh").arg(dir.join("secrets.sh")).status().unwrap();
        assert!(drawn.success());
        "include \"secrets/nats-users.conf\"\n".to_owned()
    });
    let text = fs::read_to_string(example.join("signaling.toml")).unwrap();
    let text = text.replace(
        "/run/secrets",
        &server.dir().join("secrets").display().to_string(),
    );
    let settings: toml::Table = text.parse().unwrap();
    let cluster: BusConfig = settings["cluster"].clone().try_into().unwrap();
    assert_eq!(cluster.nats.len(), 3);
    let config = BusConfig {
        nats: vec![server.url()],
        ..cluster
    };
    let one = Access::up(&config, 1).await;
    let mut two = Access::up(&config, 2).await;
    one.reach(&mut two).await;
    one.bus.broadcast("for all".into()).unwrap();
    assert_eq!(two.next().await, packet("for all"));
}

#[tokio::test]
async fn a_token_lets_in() {
    let server = NatsServer::with("authorization { token: \"open sesame\" }\n");
    let path = server.dir().join("token");
    fs::write(&path, "open sesame").unwrap();
    let config = BusConfig {
        token_file: Some(path),
        ..server.config()
    };
    Access::up(&config, 1).await;
}

#[tokio::test]
async fn an_nkey_lets_in() {
    let key = nkeys::KeyPair::new_user();
    let server = NatsServer::with(&format!(
        "authorization {{ users: [ {{ nkey: {} }} ] }}\n",
        key.public_key()
    ));
    let path = server.dir().join("seed");
    fs::write(&path, key.seed().unwrap()).unwrap();
    let config = BusConfig {
        nkey_file: Some(path),
        ..server.config()
    };
    Access::up(&config, 1).await;
}

#[tokio::test]
async fn over_tls_a_server_that_is_vouched_for_is_believed_and_another_is_not() {
    let ours = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let server = NatsServer::prepare(|dir| {
        fs::write(dir.join("cert.pem"), ours.cert.pem()).unwrap();
        fs::write(dir.join("key.pem"), ours.signing_key.serialize_pem()).unwrap();
        fs::write(dir.join("other.pem"), other.cert.pem()).unwrap();
        let dir = dir.display();
        format!("tls {{ cert_file: \"{dir}/cert.pem\", key_file: \"{dir}/key.pem\" }}\n")
    });
    let config = |ca: &str| BusConfig {
        nats: vec![format!("tls://localhost:{}", server.port())],
        ca_file: Some(server.dir().join(ca)),
        ..BusConfig::default()
    };
    Access::up(&config("cert.pem"), 1).await;
    let mut wary = Access::start(&config("other.pem"), 2).await;
    assert_eq!(wary.within(NOTHING_COMES).await, None);
}

#[tokio::test]
async fn a_credential_that_cannot_be_read_is_told_at_the_start() {
    let missing = || Some(PathBuf::from("/no/such/file"));
    let nats = || BusConfig {
        nats: vec!["nats://127.0.0.1:1".into()],
        ..BusConfig::default()
    };
    let table = [
        (
            "password_file",
            BusConfig {
                user: Some("a".into()),
                password_file: missing(),
                ..nats()
            },
        ),
        (
            "token_file",
            BusConfig {
                token_file: missing(),
                ..nats()
            },
        ),
        (
            "nkey_file",
            BusConfig {
                nkey_file: missing(),
                ..nats()
            },
        ),
        (
            "credentials_file",
            BusConfig {
                credentials_file: missing(),
                ..nats()
            },
        ),
        (
            "ca_file",
            BusConfig {
                ca_file: missing(),
                ..nats()
            },
        ),
        (
            "cert_file",
            BusConfig {
                cert_file: missing(),
                key_file: missing(),
                ..nats()
            },
        ),
    ];
    for (name, config) in table {
        let Err(error) = Nats::start(&config, NodeId(1)).await else {
            panic!("{name} is needed")
        };
        assert!(
            matches!(error, BusConfigError::File { field, .. } if field == name),
            "{error}"
        );
        assert_eq!(error.to_string().lines().count(), 1);
    }
}
