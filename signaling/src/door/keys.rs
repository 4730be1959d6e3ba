//! The keys of join tokens, read from files: an HS256 secret, or an Ed25519 key in PEM.
//!
//! A key has one algorithm, told by whoever configures it and never by a token. The secret of HS256 is the file's bytes
//! as they are (without a newline at the end), so that every JWT library can use the same text.

use std::fmt;
use std::io;
use std::path::Path;
use std::str::FromStr;

use jsonwebtoken::{DecodingKey, EncodingKey};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::{Deserialize, Serialize};
use service::bounded;
use thiserror::Error;

/// The shortest HS256 secret, in bytes: as long as the hash (RFC 7518, section 3.2).
pub const MIN_SECRET: usize = 32;

/// The longest key id, in bytes; printable ASCII without space.
pub const MAX_KEY_ID: usize = 64;

/// The largest file of a key or secret, in bytes. Real ones have some 120.
pub(super) const MAX_FILE: u64 = 16 << 10;

/// The bytes before the 32 bytes of an Ed25519 public key in its DER form (RFC 8410, section 4).
pub(super) const PUBLIC_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// HMAC with SHA-256: whoever can verify can mint.
    #[serde(rename = "HS256")]
    Hs256,
    /// Ed25519: the server needs only the public key.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl Algorithm {
    /// The names, as in a configuration and in a token's header.
    pub const NAMES: [&str; 2] = ["HS256", "EdDSA"];

    pub(super) fn jwt(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Hs256 => jsonwebtoken::Algorithm::HS256,
            Self::EdDsa => jsonwebtoken::Algorithm::EdDSA,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Hs256 => "HS256",
            Self::EdDsa => "EdDSA",
        })
    }
}

/// The name is no algorithm of join tokens. Use one of [`Algorithm::NAMES`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the algorithm must be HS256 or EdDSA")]
pub struct AlgorithmError;

impl FromStr for Algorithm {
    type Err = AlgorithmError;

    fn from_str(name: &str) -> Result<Self, AlgorithmError> {
        match name {
            "HS256" => Ok(Self::Hs256),
            "EdDSA" => Ok(Self::EdDsa),
            _ => Err(AlgorithmError),
        }
    }
}

/// A key file cannot be used. Each variant says in one line what to correct.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file cannot be read. Check its path and mode.
    #[error("cannot read the key {path}: {error}")]
    Unreadable {
        /// The file's path.
        path: String,
        /// Why not.
        error: io::Error,
    },
    /// The secret is too short to be safe. Make one with `fugitive-signaling key`.
    #[error(
        "the secret in {path} has {length} bytes, HS256 needs at least {MIN_SECRET}: make one with fugitive-signaling key"
    )]
    ShortSecret {
        /// The file's path.
        path: String,
        /// The bytes that it has.
        length: usize,
    },
    /// A PEM key stands where a secret should. A public key that is used as a secret would let everybody mint.
    #[error(
        "{path} holds a PEM key, which is no HS256 secret: its algorithm is EdDSA, if it is an Ed25519 key"
    )]
    PemAsSecret {
        /// The file's path.
        path: String,
    },
    /// The file is no Ed25519 key in PEM. Make one with `fugitive-signaling key`.
    #[error("{path} holds no Ed25519 key in PEM: make one with fugitive-signaling key --algorithm EdDSA")]
    NotEd25519 {
        /// The file's path.
        path: String,
    },
    /// The file holds the public key alone. Give the private one.
    #[error("{path} holds a public key, which cannot sign: give the private key")]
    PublicOnly {
        /// The file's path.
        path: String,
    },
}

/// A key that tells whether tokens are real.
#[derive(Debug, Clone)]
pub struct VerifyingKey {
    pub(super) id: String,
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

impl VerifyingKey {
    /// Reads a secret (HS256), or a public or private key in PEM (EdDSA). `id` is what tokens name it by (`kid`).
    ///
    /// # Errors
    /// When the file cannot be read, or holds no key of this algorithm.
    pub fn read(path: &Path, algorithm: Algorithm, id: &str) -> Result<Self, KeyError> {
        let bytes = read(path)?;
        let key = match algorithm {
            Algorithm::Hs256 => decoding_secret(secret(path, &bytes)?),
            Algorithm::EdDsa => {
                let public = match ed25519(path, &bytes)? {
                    Ed25519::Public(public) => public,
                    Ed25519::Private { public, .. } => public,
                };
                DecodingKey::from_ed_der(&public)
            }
        };
        Ok(Self {
            id: id.to_owned(),
            algorithm,
            key,
        })
    }
}

/// A key that mints tokens.
#[derive(Debug, Clone)]
pub struct SigningKey {
    pub(super) id: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) key: EncodingKey,
}

impl SigningKey {
    /// Reads a secret (HS256), or a private key in PEM (EdDSA, PKCS#8). Without an algorithm the file tells it: EdDSA for
    /// PEM, else HS256. `id` goes into the tokens (`kid`); without one they are good only where there is one key.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no key of this algorithm.
    pub fn read(path: &Path, algorithm: Option<Algorithm>, id: Option<&str>) -> Result<Self, KeyError> {
        let bytes = read(path)?;
        let told = if is_pem(&bytes) {
            Algorithm::EdDsa
        } else {
            Algorithm::Hs256
        };
        let algorithm = algorithm.unwrap_or(told);
        let key = match algorithm {
            Algorithm::Hs256 => encoding_secret(secret(path, &bytes)?),
            Algorithm::EdDsa => match ed25519(path, &bytes)? {
                Ed25519::Private { der, .. } => EncodingKey::from_ed_der(&der),
                Ed25519::Public(_) => return Err(KeyError::PublicOnly { path: name(path) }),
            },
        };
        Ok(Self {
            id: id.map(str::to_owned),
            algorithm,
            key,
        })
    }
}

enum Ed25519 {
    Public([u8; 32]),
    Private { der: Vec<u8>, public: [u8; 32] },
}

fn read(path: &Path) -> Result<Vec<u8>, KeyError> {
    bounded::read(path, MAX_FILE).map_err(|error| KeyError::Unreadable {
        path: name(path),
        error,
    })
}

/// Takes one newline off the end, which editors add.
pub(super) fn without_newline(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

fn secret<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a [u8], KeyError> {
    if is_pem(bytes) {
        return Err(KeyError::PemAsSecret { path: name(path) });
    }
    let secret = without_newline(bytes);
    if secret.len() < MIN_SECRET {
        return Err(KeyError::ShortSecret {
            path: name(path),
            length: secret.len(),
        });
    }
    Ok(secret)
}

fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(11).any(|window| window == b"-----BEGIN ")
}

fn decoding_secret(secret: &[u8]) -> DecodingKey {
    DecodingKey::from_secret(secret).expect("invariant: the secret has 32 bytes or more")
}

fn encoding_secret(secret: &[u8]) -> EncodingKey {
    EncodingKey::from_secret(secret).expect("invariant: the secret has 32 bytes or more")
}

fn ed25519(path: &Path, bytes: &[u8]) -> Result<Ed25519, KeyError> {
    let refused = || KeyError::NotEd25519 { path: name(path) };
    let pem = pem::parse(bytes).map_err(|_| refused())?;
    let der = pem.contents();
    match pem.tag() {
        "PUBLIC KEY" => {
            let public = der.strip_prefix(&PUBLIC_PREFIX).ok_or_else(refused)?;
            Ok(Ed25519::Public(public.try_into().map_err(|_| refused())?))
        }
        "PRIVATE KEY" => {
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| refused())?;
            let public = pair.public_key().as_ref().try_into().map_err(|_| refused())?;
            Ok(Ed25519::Private {
                der: der.to_vec(),
                public,
            })
        }
        _ => Err(refused()),
    }
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests;
