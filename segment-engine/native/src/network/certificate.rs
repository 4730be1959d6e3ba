//! The DTLS certificate of all connections, kept in a file where one is named, so that a peer that knows its
//! fingerprint finds the same after a restart. Its holder can pose as this peer: the file is for its owner only.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rtc::crypto::{self, RTCCryptoProvider, SignatureScheme};
use rtc::peer_connection::certificate::{CertificateParams, RTCCertificate};
use service::bounded;
use thiserror::Error;

use crate::private_file::{replace_private, try_beside};

/// How long a certificate is valid.
const LIFETIME: Duration = Duration::from_secs(365 * 86_400);
/// How long before its end it is renewed.
const RENEWED_BEFORE: Duration = Duration::from_secs(30 * 86_400);
/// The name in it; peers look at its fingerprint only.
const SUBJECT: &str = "fugitive";
/// The longest file that is read, in bytes.
const MAX_FILE: u64 = 64 << 10;
/// The block in front of the file: when the certificate ends, as 8 bytes of seconds since 1970.
const EXPIRES_TAG: &str = "EXPIRES";

/// A certificate cannot be used or made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The file cannot be read. Check the path and its permissions.
    #[error("cannot read the certificate file {}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The file cannot be written. Check that the folder exists and can be written.
    #[error("cannot write the certificate file {}: {error}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The file holds something else. Point at another, or move this one away to have a new certificate made.
    #[error("the certificate file {} does not hold a certificate and its key", path.display())]
    NotACertificate {
        /// The file.
        path: PathBuf,
    },
    /// No certificate could be made.
    #[error("cannot make a DTLS certificate: {0}")]
    Unmakable(String),
}

/// The certificate, and where it is kept.
#[derive(Debug)]
pub(super) struct Keeper {
    file: Option<PathBuf>,
    current: Mutex<RTCCertificate>,
}

impl Keeper {
    /// Reads the certificate of a file; makes one, and the file, where there is none or it ends soon.
    pub(super) fn open(file: Option<PathBuf>) -> Result<Self, CertificateError> {
        let now = SystemTime::now();
        let kept = file.as_deref().map(read).transpose()?.flatten();
        let current = match kept.filter(|kept| !ends_soon(kept, now)) {
            Some(kept) => kept,
            None => {
                let made = make(now)?;
                keep(file.as_deref(), &made)?;
                made
            }
        };
        Ok(Self {
            file,
            current: Mutex::new(current),
        })
    }

    /// The certificate; a new one where the old ends soon.
    pub(super) fn current(&self, now: SystemTime) -> RTCCertificate {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if ends_soon(&current, now) {
            match make(now) {
                Ok(renewed) => {
                    if let Err(error) = keep(self.file.as_deref(), &renewed) {
                        tracing::warn!(%error, "the DTLS certificate was renewed, and will be another after a restart");
                    }
                    *current = renewed;
                }
                Err(error) => tracing::warn!(%error, "the DTLS certificate was not renewed"),
            }
        }
        current.clone()
    }
}

fn ends_soon(certificate: &RTCCertificate, now: SystemTime) -> bool {
    certificate.expires < now + RENEWED_BEFORE
}

fn provider() -> Result<std::sync::Arc<dyn RTCCryptoProvider>, CertificateError> {
    crypto::default_provider().map_err(|error| CertificateError::Unmakable(error.to_string()))
}

fn make(now: SystemTime) -> Result<RTCCertificate, CertificateError> {
    let unmakable = |error: &dyn std::fmt::Display| CertificateError::Unmakable(error.to_string());
    let mut params = CertificateParams::new(vec![SUBJECT.to_owned()]).map_err(|error| unmakable(&error))?;
    params.not_after = (now + LIFETIME).into();
    RTCCertificate::generate(provider()?.crypto(), SignatureScheme::EcdsaP256Sha256, params)
        .map_err(|error| unmakable(&error))
}

/// Writes a certificate where it is to be kept, if anywhere.
fn keep(file: Option<&Path>, certificate: &RTCCertificate) -> Result<(), CertificateError> {
    let Some(path) = file else {
        return Ok(());
    };
    let text = certificate
        .serialize_pem()
        .map_err(|error| CertificateError::Unmakable(error.to_string()))?;
    replace_private(path, &text).map_err(|error| CertificateError::Unwritable {
        path: path.to_owned(),
        error,
    })
}

/// Looks whether a file holds a certificate, or one could be put there.
pub(super) fn check(path: &Path) -> Result<(), CertificateError> {
    let kept = read(path)?;
    if kept.is_some_and(|kept| !ends_soon(&kept, SystemTime::now())) {
        return Ok(());
    }
    try_beside(path).map_err(|error| CertificateError::Unwritable {
        path: path.to_owned(),
        error,
    })
}

/// Reads a file; `None` where there is none.
fn read(path: &Path) -> Result<Option<RTCCertificate>, CertificateError> {
    let not_one = || CertificateError::NotACertificate {
        path: path.to_owned(),
    };
    let unreadable = |error| CertificateError::Unreadable {
        path: path.to_owned(),
        error,
    };
    let text = match bounded::read_text(path, MAX_FILE) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if matches!(error.kind(), ErrorKind::FileTooLarge | ErrorKind::InvalidData) => {
            return Err(not_one());
        }
        Err(error) => return Err(unreadable(error)),
    };
    // The stack's reader takes the first block's length for granted.
    let head = pem::parse(text.split("\n\n").next().unwrap_or_default()).map_err(|_| not_one())?;
    if head.tag() != EXPIRES_TAG || head.contents().len() != 8 {
        return Err(not_one());
    }
    RTCCertificate::from_pem(&text, provider()?.crypto())
        .map(Some)
        .map_err(|_| not_one())
}

#[cfg(test)]
mod tests;
