//! TLS by rustls: the certificate, and a listener whose handshakes do not hold each other up.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::serve::Listener;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use tokio_rustls::rustls::{self, ServerConfig};
use tokio_rustls::server::TlsStream;

use crate::hub::Hub;

/// How long a handshake may take: three round trips over a bad mobile link.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// How many handshakes go on at once; further connections are closed.
const MAX_HANDSHAKES: usize = 512;
/// How many of them from one address, so that whoever begins and ends none holds nobody else up.
const MAX_OF_ONE: usize = 16;

/// A certificate and its key, as PEM; read anew at SIGHUP.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// The file with the certificate, and those that lead to its root. Default none: no TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cert_file: Option<PathBuf>,
    /// The file with its private key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
}

/// The certificate cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// One file without the other.
    #[error("cert_file and key_file go together")]
    Half,
    /// A file is no PEM, or cannot be read.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: String,
        /// Why not.
        error: pem::Error,
    },
    /// The two do not go together, or are of a kind that is not known.
    #[error("the certificate and its key cannot be used: {0}")]
    Pair(#[from] rustls::Error),
}

/// Reads the certificate, where there is one.
pub(crate) fn open(config: &TlsConfig) -> Result<Option<Arc<ServerConfig>>, TlsError> {
    let (cert, key) = match (&config.cert_file, &config.key_file) {
        (Some(cert), Some(key)) => (cert, key),
        (None, None) => return Ok(None),
        (Some(_), None) | (None, Some(_)) => return Err(TlsError::Half),
    };
    let chain = CertificateDer::pem_file_iter(cert).and_then(Iterator::collect);
    let chain: Vec<CertificateDer<'static>> = chain.map_err(|error| unusable(cert, error))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    // A WebSocket begins with HTTP/1.1.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(Arc::new(config)))
}

fn unusable(path: &Path, error: pem::Error) -> TlsError {
    TlsError::File {
        path: path.display().to_string(),
        error,
    }
}

/// Accepts connections whose handshake is done.
#[derive(Debug)]
pub(crate) struct TlsListener {
    address: SocketAddr,
    accepted: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    task: JoinHandle<()>,
}

impl TlsListener {
    /// Listens. Each handshake is made with the certificate that the hub has by then.
    pub(crate) fn new(listener: TcpListener, hub: Arc<Hub>) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (done, accepted) = mpsc::channel(MAX_HANDSHAKES);
        let task = tokio::spawn(accept(listener, hub, done));
        Ok(Self {
            address,
            accepted,
            task,
        })
    }
}

impl Drop for TlsListener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.accepted.recv().await {
            Some(accepted) => accepted,
            // The task ends with the listener only.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// The handshakes that go on, by address.
#[derive(Debug, Default)]
struct Handshakes(Mutex<BTreeMap<IpAddr, usize>>);

/// One of them, until it is dropped.
#[derive(Debug)]
struct Counted {
    handshakes: Arc<Handshakes>,
    address: IpAddr,
}

impl Handshakes {
    /// Counts one more, unless there are too many.
    fn begin(self: &Arc<Self>, address: IpAddr) -> Option<Counted> {
        let mut counts = self.counts();
        let all: usize = counts.values().sum();
        let of_one = counts.get(&address).copied().unwrap_or(0);
        if all >= MAX_HANDSHAKES || of_one >= MAX_OF_ONE {
            return None;
        }
        counts.insert(address, of_one + 1);
        Some(Counted {
            handshakes: Arc::clone(self),
            address,
        })
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.handshakes.counts();
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

async fn accept(
    mut listener: TcpListener,
    hub: Arc<Hub>,
    done: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    let handshakes = Arc::new(Handshakes::default());
    loop {
        // Axum's way to accept: it waits where the process has no file left, and goes on.
        let (stream, address) = Listener::accept(&mut listener).await;
        let Some(counted) = handshakes.begin(address.ip()) else {
            tracing::debug!("too many TLS handshakes at once");
            continue;
        };
        let Some(config) = hub.tls() else {
            // There was a certificate at the start; without one nobody is let in plain.
            continue;
        };
        let done = done.clone();
        tokio::spawn(async move {
            let _counted = counted;
            match timeout(HANDSHAKE, TlsAcceptor::from(config).accept(stream)).await {
                // Whoever listened may have stopped.
                Ok(Ok(stream)) => _ = done.send((stream, address)).await,
                Ok(Err(error)) => tracing::debug!(%error, "no TLS handshake"),
                Err(_) => tracing::debug!("a TLS handshake took too long"),
            }
        });
    }
}
