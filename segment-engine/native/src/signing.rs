//! Ed25519 (RFC 8032): the seeder's key, its file, and the checking of signatures.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use segment_engine::input::Signature;
use segment_engine::output::PublicKey;
use service::bounded;
use thiserror::Error;

use crate::private_file::{try_beside, write_new_private};

/// The longest key file that is read, in bytes: 64 digits, and room for white space.
const MAX_FILE: u64 = 1 << 10;

/// Mode bits by which a file's group, or everybody, may read it.
const OTHERS_READ: u32 = 0o044;
/// Mode bits by which they may write to it.
const OTHERS_WRITE: u32 = 0o022;

/// A seeder's signing key.
///
/// Its file holds the 32-byte seed as 64 hexadecimal digits. Whoever has it can sign digests in the seeder's name.
#[derive(Clone)]
pub struct SeedKey(SigningKey);

/// A key file cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// It cannot be read. Check the path and its permissions.
    #[error("cannot read the key file {}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It cannot be created. Check that the folder exists and can be written.
    #[error("cannot create the key file {}: {error}", path.display())]
    Uncreatable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Its group or everybody can write to it, and so choose who signs. Take that right away, as the text says.
    #[error("others can write to the key file {0}, and so choose who signs: run `chmod go-rwx {0}`", path.display())]
    WritableByOthers {
        /// The file.
        path: PathBuf,
    },
    /// It holds something else than a key. Point at another file, or move this one away to have a new key made.
    #[error("the key file {} does not hold 64 hexadecimal digits", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
}

impl SeedKey {
    /// Makes a new key from the system's entropy.
    pub fn generate() -> Self {
        Self(SigningKey::from_bytes(&rand::random()))
    }

    /// Reads the key of a file; makes the file, for its owner's eyes only, when it is not there.
    ///
    /// # Errors
    /// See [`KeyFileError`].
    pub fn load_or_create(path: &Path) -> Result<Self, KeyFileError> {
        match Self::load(path) {
            Err(KeyFileError::Unreadable { error, .. }) if error.kind() == ErrorKind::NotFound => {
                Self::create(path)
            }
            loaded => loaded,
        }
    }

    /// Reads the key of a file that has to be there.
    ///
    /// # Errors
    /// See [`KeyFileError`].
    pub fn load(path: &Path) -> Result<Self, KeyFileError> {
        if others_may(path, OTHERS_WRITE) {
            return Err(KeyFileError::WritableByOthers {
                path: path.to_owned(),
            });
        }
        match read_bounded(path) {
            Ok(text) => parse(&text).ok_or_else(|| KeyFileError::NotAKey {
                path: path.to_owned(),
            }),
            Err(error) => Err(KeyFileError::Unreadable {
                path: path.to_owned(),
                error,
            }),
        }
    }

    /// Tries whether a file could be made there, and leaves none.
    ///
    /// # Errors
    /// When it could not.
    pub fn try_create(path: &Path) -> io::Result<()> {
        try_beside(path)
    }

    /// A warning of one line if others than its owner can read a key file; `None` if not.
    pub fn exposed(path: &Path) -> Option<String> {
        let line = || {
            let path = path.display();
            format!("others can read the key file {path}, and sign with it: run `chmod go-rwx {path}`")
        };
        others_may(path, OTHERS_READ).then(line)
    }

    /// The public key: what viewers are given as their digest key.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }

    fn create(path: &Path) -> Result<Self, KeyFileError> {
        let key = Self::generate();
        let text = format!("{}\n", hex(key.0.as_bytes()));
        write_new_private(path, &text).map_err(|error| KeyFileError::Uncreatable {
            path: path.to_owned(),
            error,
        })?;
        Ok(key)
    }
}

impl fmt::Debug for SeedKey {
    /// Shows the public half only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SeedKey(public {})", hex(&self.public_key().0))
    }
}

/// Whether `signature` is the key owner's over `message`. Strict: a key of small order signs nothing.
pub(crate) fn verify(key: PublicKey, message: &[u8], signature: Signature) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(&key.0) else {
        return false;
    };
    key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(&signature.0))
        .is_ok()
}

/// Writes bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads 64 hexadecimal digits as a public key.
pub fn parse_public_key(text: &str) -> Option<PublicKey> {
    parse_hex(text.trim()).map(PublicKey)
}

fn parse(text: &str) -> Option<SeedKey> {
    parse_hex(text.trim()).map(|seed| SeedKey(SigningKey::from_bytes(&seed)))
}

fn parse_hex(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u32> = text
        .chars()
        .map(|digit| digit.to_digit(16))
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let bytes: Option<Vec<u8>> = pairs
        .iter()
        .map(|[high, low]| u8::try_from(high * 16 + low).ok())
        .collect();
    bytes?.try_into().ok()
}

/// Whether the group of a file or everybody has one of these rights to it, as far as there are such rights.
#[cfg(unix)]
fn others_may(path: &Path, rights: u32) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & rights != 0)
}

#[cfg(not(unix))]
fn others_may(_: &Path, _: u32) -> bool {
    false
}

fn read_bounded(path: &Path) -> io::Result<String> {
    match bounded::read_text(path, MAX_FILE) {
        Err(error) if matches!(error.kind(), ErrorKind::FileTooLarge | ErrorKind::InvalidData) => {
            Ok(String::new())
        }
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests;
