//! `fugitive-signaling key`: writes a fresh key for join tokens.

use std::path::PathBuf;

use clap::Args;
use signaling::door::{Algorithm, FreshError, write_fresh_key};

const EXAMPLES: &str = "\
Examples:
  fugitive-signaling key --algorithm HS256 --out tokens.key
      Writes a secret for both the server and whoever mints tokens.

  fugitive-signaling key --algorithm EdDSA --out tokens.pem
      Writes a private key for whoever mints tokens, and tokens.pem.pub for the server.

The private file is readable for its owner alone (mode 0600). A file that is there already is left alone.";

/// Make a key for join tokens.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct KeyArgs {
    /// What the key is for: HS256 is one secret for both sides, EdDSA a pair
    #[arg(long, value_name = "NAME", value_parser = super::algorithm())]
    algorithm: Algorithm,
    /// Where to write it; the public key of EdDSA goes beside it, with .pub at the end
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl KeyArgs {
    /// Writes the key.
    pub(crate) fn run(&self) -> Result<(), FreshError> {
        write_fresh_key(&self.out, self.algorithm)
    }
}
