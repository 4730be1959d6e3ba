//! Fresh keys and ids: written to files that only their owner can read, and never over another file.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pem::{EncodeConfig, LineEnding, Pem};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{Ed25519KeyPair, KeyPair};
use thiserror::Error;

use super::keys::{Algorithm, PUBLIC_PREFIX};

/// The bytes before the 32 bytes of an Ed25519 private key in PKCS#8 (RFC 8410, section 7). OpenSSL does not read the
/// longer form with the public key in it.
const PRIVATE_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// The mode of a file that only its owner reads and writes.
const PRIVATE: u32 = 0o600;
/// The mode of a file that everybody may read.
const PUBLIC: u32 = 0o644;

/// A key cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FreshError {
    /// The file is there already, or cannot be written. Choose another path.
    #[error("cannot write {path}: {error}")]
    Unwritable {
        /// The file's path.
        path: String,
        /// Why not.
        error: io::Error,
    },
    /// The system gives no random bytes. Try again later.
    #[error("the system gives no random bytes")]
    NoEntropy,
}

/// Makes an id of 128 random bits, as text.
///
/// # Errors
/// When the system gives no random bytes.
pub fn fresh_id() -> Result<String, FreshError> {
    Ok(URL_SAFE_NO_PAD.encode(random::<16>()?))
}

/// Writes a fresh key to a file that is not there yet, for its owner alone: a secret as text (HS256), or a private key
/// in PEM (EdDSA) with the public one beside it, in a file of the same name and `.pub`.
///
/// # Errors
/// When one of the files is there already, or cannot be written. No file is left behind then.
pub fn write_fresh_key(path: &Path, algorithm: Algorithm) -> Result<(), FreshError> {
    match algorithm {
        Algorithm::Hs256 => {
            let secret = URL_SAFE_NO_PAD.encode(random::<32>()?) + "\n";
            write_all(&[(path.to_owned(), PRIVATE, secret)])
        }
        Algorithm::EdDsa => {
            let seed = random::<32>()?;
            let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("invariant: a seed has 32 bytes");
            let private = pem("PRIVATE KEY", &PRIVATE_PREFIX, &seed);
            let public = pem("PUBLIC KEY", &PUBLIC_PREFIX, pair.public_key().as_ref());
            let mut beside = path.as_os_str().to_owned();
            beside.push(".pub");
            write_all(&[
                (path.to_owned(), PRIVATE, private),
                (beside.into(), PUBLIC, public),
            ])
        }
    }
}

fn random<const N: usize>() -> Result<[u8; N], FreshError> {
    let mut bytes = [0; N];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map(|()| bytes).map_err(|_| FreshError::NoEntropy)
}

fn pem(tag: &str, prefix: &[u8], key: &[u8]) -> String {
    let der = [prefix, key].concat();
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    pem::encode_config(&Pem::new(tag, der), config)
}

/// Writes all files or none.
fn write_all(files: &[(PathBuf, u32, String)]) -> Result<(), FreshError> {
    for (done, (path, mode, text)) in files.iter().enumerate() {
        let opened = create(path, *mode);
        let (made, error) = match opened {
            Ok(mut file) => match file.write_all(text.as_bytes()).and_then(|()| file.sync_all()) {
                Ok(()) => continue,
                Err(error) => (done + 1, error),
            },
            Err(error) => (done, error),
        };
        for (path, ..) in &files[..made] {
            // It was made a moment ago; what matters is the first error.
            let _ = std::fs::remove_file(path);
        }
        return Err(FreshError::Unwritable {
            path: path.display().to_string(),
            error,
        });
    }
    Ok(())
}

fn create(path: &Path, mode: u32) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
}

#[cfg(test)]
mod tests;
