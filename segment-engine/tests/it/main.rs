//! Manifests read by other parsers, as the oracle of what this crate reads.

#![expect(
    clippy::unwrap_used,
    reason = "a fixture that does not parse is a failed test"
)]

mod manifest_oracle;
