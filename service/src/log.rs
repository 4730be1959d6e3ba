//! How a program logs: the format that a flag asks for, and the filter of `RUST_LOG`.

use std::env::{self, VarError};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

/// How log lines are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// `RUST_LOG` cannot be used. Correct it, or unset it for the default.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LogFilterError {
    /// It is no list of targets and levels.
    #[error("RUST_LOG: {0}; write a level, as debug, or unset it for the default")]
    Malformed(#[from] ParseError),
    /// It is not UTF-8.
    #[error("RUST_LOG is not UTF-8: write a level, as debug, or unset it for the default")]
    NotText,
}

/// The filter that `RUST_LOG` asks for, or `default` where it is not set.
///
/// # Errors
/// When it is set to what is no filter.
///
/// # Panics
/// When `default` is none.
pub fn filter(default: &str) -> Result<EnvFilter, LogFilterError> {
    match env::var(EnvFilter::DEFAULT_ENV) {
        Ok(text) => Ok(EnvFilter::try_new(text)?),
        Err(VarError::NotPresent) => {
            Ok(EnvFilter::try_new(default).expect("invariant: the default is a filter"))
        }
        Err(VarError::NotUnicode(_)) => Err(LogFilterError::NotText),
    }
}
