//! The join token's file: read at the start, and again whenever signaling refuses the token that was read before.

use std::io;
use std::path::{Path, PathBuf};

use service::bounded;
use signaling_proto::message::MAX_TOKEN;
use signaling_proto::parse::is_token;
use thiserror::Error;

/// The longest token file that is read, in bytes: a token, and room for white space.
const MAX_FILE: u64 = MAX_TOKEN as u64 + 256;

/// A token file cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TokenFileError {
    /// It cannot be read. Check the path and its permissions.
    #[error("cannot read the token file {}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It holds something else than a token. Write one into it: `fugitive-signaling token` mints them.
    #[error("the token file {} does not hold one token of at most {MAX_TOKEN} characters", path.display())]
    NotAToken {
        /// The file.
        path: PathBuf,
    },
}

/// Reads the token of a file; white space around it does not count.
///
/// # Errors
/// See [`TokenFileError`].
pub fn read_token_file(path: &Path) -> Result<String, TokenFileError> {
    let bytes = bounded::read(path, MAX_FILE).map_err(|error| TokenFileError::Unreadable {
        path: path.to_owned(),
        error,
    })?;
    let token = std::str::from_utf8(&bytes).unwrap_or_default().trim();
    if is_token(token) {
        return Ok(token.to_owned());
    }
    Err(TokenFileError::NotAToken {
        path: path.to_owned(),
    })
}

#[cfg(test)]
mod tests;
