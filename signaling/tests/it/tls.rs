//! The server with a certificate of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use signaling::{Config, ConfigError, Listeners, Signaling, TlsConfig};
use signaling_proto::message::{Join, ToClient, ToServer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{PATIENCE, Server};

/// Makes a certificate for `localhost`; its files, and itself.
fn certificate(name: &str) -> (TlsConfig, CertificateDer<'static>) {
    let folder = std::env::temp_dir().join(format!("fugitive-tls-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    (files(&folder), write(&folder))
}

fn files(folder: &Path) -> TlsConfig {
    let file = |name: &str| -> Option<PathBuf> { Some(folder.join(name)) };
    TlsConfig {
        cert_file: file("cert.pem"),
        key_file: file("key.pem"),
    }
}

fn write(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

async fn joins(address: std::net::SocketAddr, trusted: &CertificateDer<'static>) -> Result<ToClient, String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    let stream = stream.map_err(|error| error.to_string())?;
    let (mut socket, _) = tokio_tungstenite::client_async("wss://localhost/v1/ws", stream)
        .await
        .unwrap();
    let join = ToServer::Join(Join::new("film", 0)).to_json();
    socket.send(Message::text(join)).await.unwrap();
    let Some(Ok(Message::Text(frame))) = socket.next().await else {
        panic!("no frame")
    };
    Ok(ToClient::parse(&frame).unwrap())
}

#[tokio::test]
async fn viewers_join_over_tls_and_a_new_certificate_is_used_once_read() {
    let (tls, old) = certificate("renewed");
    let folder = tls.cert_file.as_ref().unwrap().parent().unwrap().to_owned();
    let config = Config {
        tls,
        ..Config::default()
    };
    let signaling = Signaling::start(&config).await.unwrap();
    let bind = || TcpListener::bind("127.0.0.1:0");
    let listeners = Listeners {
        public: bind().await.unwrap(),
        admin: bind().await.unwrap(),
    };
    let address = listeners.public.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(signaling::serve(listeners, signaling.clone(), async {
        drop(stopped.await)
    }));

    // Somebody who never begins its handshake holds nobody up.
    let mute = TcpStream::connect(address).await.unwrap();
    assert!(matches!(joins(address, &old).await, Ok(ToClient::Welcome(_))));
    drop(mute);
    let new = write(&folder);
    signaling.reload(&config).unwrap();
    assert!(joins(address, &old).await.is_err(), "the old one is gone");
    assert!(matches!(joins(address, &new).await, Ok(ToClient::Welcome(_))));
    std::fs::write(folder.join("cert.pem"), "garbage").unwrap();
    assert!(matches!(signaling.reload(&config), Err(ConfigError::Tls(_))));
    assert!(
        matches!(joins(address, &new).await, Ok(ToClient::Welcome(_))),
        "what was read goes on"
    );
    drop(stop);
    served.await.unwrap();
}

#[tokio::test]
async fn whether_it_speaks_tls_is_as_it_was_started_whatever_is_read_anew() {
    let (tls, trusted) = certificate("started");
    let (encrypted, plain) = (
        Config {
            tls,
            ..Config::default()
        },
        Config::default(),
    );
    assert_eq!(encrypted.needing_restart(&plain), ["tls"]);
    assert_eq!(plain.needing_restart(&encrypted), ["tls"]);
    let mut renamed = encrypted.clone();
    renamed.tls.cert_file = Some("another.pem".into());
    assert!(encrypted.needing_restart(&renamed).is_empty());
    let server = Server::start(encrypted.clone()).await;
    server.reload(&plain);
    assert!(matches!(
        joins(server.address, &trusted).await,
        Ok(ToClient::Welcome(_))
    ));
    server.stop().await;
    let server = Server::start(plain).await;
    server.reload(&encrypted);
    let (_viewer, _) = server.join("film", 0).await;
    server.stop().await;
}

#[tokio::test]
async fn handshakes_that_one_address_does_not_go_on_with_are_bounded() {
    let (tls, trusted) = certificate("mute");
    let config = Config {
        tls,
        pending_per_address: 16,
        ..Config::default()
    };
    let server = Server::start(config).await;
    let address = server.address;
    let mut mute = Vec::new();
    for _ in 0..16 {
        mute.push(TcpStream::connect(address).await.unwrap());
    }
    assert!(joins(address, &trusted).await.is_err(), "one too many");
    mute.clear();
    // The server hears of each end by itself.
    let admitted = async {
        while joins(address, &trusted).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), admitted)
        .await
        .expect("there is room again");
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_tls_is_told_apart_from_sockets_that_say_nothing() {
    let (tls, _) = certificate("plain");
    let server = Server::start(Config {
        tls,
        request_timeout_ms: 500,
        ..Config::default()
    })
    .await;
    let mut mute = TcpStream::connect(server.address).await.unwrap();
    let ended = TcpStream::connect(server.address).await.unwrap();
    drop(ended);
    let mut plain = TcpStream::connect(server.address).await.unwrap();
    plain
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    for stream in [&mut plain, &mut mute] {
        // What is no TLS is answered with an alert.
        let mut rest = Vec::new();
        let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest))
            .await
            .expect("it is closed");
    }
    let metrics = server.metrics().await;
    for reason in ["tls", "request_timeout"] {
        let line = format!("refused_total{{reason=\"{reason}\"}} 1\n");
        assert!(metrics.contains(&line), "{reason}: {metrics}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_certificate_without_its_key_is_refused() {
    let (tls, _) = certificate("half");
    let config = Config {
        tls: TlsConfig {
            key_file: None,
            ..tls
        },
        ..Config::default()
    };
    let error = Signaling::start(&config).await.unwrap_err();
    assert_eq!(error.to_string(), "tls: cert_file and key_file go together");
}
