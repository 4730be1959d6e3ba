//! The crate from outside: manifests against other parsers, the wire against its vectors, digests over their lives.

#![expect(
    clippy::unwrap_used,
    reason = "a fixture that does not parse is a failed test"
)]

mod digests;
mod manifest_oracle;
mod vectors;
