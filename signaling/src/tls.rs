//! TLS by rustls: the certificate, and the handshake of one connection.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use service::bounded;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use tokio_rustls::rustls::{self, ServerConfig};
use tokio_rustls::server::TlsStream;

/// The largest file with certificates or a key, in bytes. Real ones have some 10 KiB.
const MAX_FILE: u64 = 1 << 20;

/// How long a handshake may take: three round trips over a bad mobile link.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// A certificate and its key, as PEM; read anew at SIGHUP.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// The file with the certificate, followed by those that lead to its root. Default none: no TLS.
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
    /// A file is not PEM, or cannot be read.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: String,
        /// The reason.
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
    let read = |path: &Path| bounded::read(path, MAX_FILE).map_err(pem::Error::Io);
    let chain = read(cert).and_then(|pem| CertificateDer::pem_slice_iter(&pem).collect());
    let chain: Vec<CertificateDer<'static>> = chain.map_err(|error| unusable(cert, error))?;
    let secret = read(key).and_then(|pem| PrivateKeyDer::from_pem_slice(&pem));
    let key = secret.map_err(|error| unusable(key, error))?;
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

/// Why there was no handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum HandshakeError {
    /// It took too long.
    #[error("it took too long")]
    Slow,
    /// What the client sent is no TLS, or no version or cipher that is used here; or the client does not trust the
    /// certificate.
    #[error("the two do not agree")]
    Broken,
    /// The connection ended before that.
    #[error("the connection ended")]
    Ended,
}

/// Makes the handshake, with the certificate that was read last.
pub(crate) async fn shake(
    config: Arc<ServerConfig>,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, HandshakeError> {
    let shaken = timeout(HANDSHAKE, TlsAcceptor::from(config).accept(stream)).await;
    let error = match shaken {
        Ok(Ok(stream)) => return Ok(stream),
        Ok(Err(error)) => error,
        Err(_) => return Err(HandshakeError::Slow),
    };
    tracing::debug!(%error, "no TLS handshake");
    // Errors of rustls have this kind; all others are the socket's.
    if error.kind() == io::ErrorKind::InvalidData {
        return Err(HandshakeError::Broken);
    }
    Err(HandshakeError::Ended)
}
