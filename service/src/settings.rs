//! A TOML file of settings: read within a bound, its mistakes told in one line, and printed for `--print-config`.

mod mistake;

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::bounded;

/// The longest settings file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// What begins and ends a text of several lines, as it is written.
const SEVERAL_LINES: &str = "\"\"\"";

/// A settings file cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SettingsFileError {
    /// It cannot be read. Check its path and its permissions.
    #[error("cannot read {}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is not TOML, or has a setting that is unknown or of another type. Compare what `--print-config` prints.
    #[error("{}:{line}: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line with the mistake, from 1.
        line: usize,
        /// The setting, and what is wrong with it.
        message: String,
    },
}

/// How the value of a setting is written, for those that serde describes in terms of Rust's types: the setting or the head of
/// a table, and the value in words.
pub type Expected = (&'static str, &'static str);

/// A setting that may be without a value.
#[derive(Debug, Clone, Copy)]
pub struct Optional {
    /// The dotted name of its table; empty for the top.
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// A value, as it is written.
    pub example: &'static str,
}

/// Reads settings from a file of at most 1 MiB.
///
/// # Errors
/// When the file cannot be read, is no TOML, or has a key that is unknown or of another type.
pub fn read<T: DeserializeOwned>(path: &Path, expected: &[Expected]) -> Result<T, SettingsFileError> {
    let text = bounded::read_text(path, MAX_FILE).map_err(|error| SettingsFileError::Unreadable {
        path: path.to_owned(),
        error,
    })?;
    toml::from_str(&text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        SettingsFileError::Malformed {
            path: path.to_owned(),
            line: mistake::line(&text, start),
            message: mistake::describe(&text, start, error.message(), expected),
        }
    })
}

/// Writes settings as TOML; those of `optional` that are not set stand as comments at the end of their table, if it is there.
///
/// # Errors
/// When they have no form in TOML, such as a path that is not UTF-8.
pub fn print<T: Serialize>(settings: &T, optional: &[Optional]) -> Result<String, toml::ser::Error> {
    let text = toml::to_string(settings)?;
    let mut tables = vec![("", String::new())];
    // Within a value of several lines no line is what it looks like.
    let mut is_within = false;
    for line in text.lines() {
        if line.is_empty() && !is_within {
            continue;
        }
        let head = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        if let Some(name) = head.filter(|_| !is_within) {
            tables.push((name, String::new()));
        }
        is_within ^= line.matches(SEVERAL_LINES).count() % 2 == 1;
        if let Some((_, lines)) = tables.last_mut() {
            lines.push_str(&format!("{line}\n"));
        }
    }
    for (table, lines) in &mut tables {
        let is_set = |name: &str| {
            let mut set = lines.lines().filter_map(|line| line.split_once(" = "));
            set.any(|(set, _)| set == name)
        };
        let unset = optional
            .iter()
            .filter(|setting| setting.table == *table && !is_set(setting.name));
        let unset: String = unset
            .map(|setting| format!("# {} = {}\n", setting.name, setting.example))
            .collect();
        lines.push_str(&unset);
    }
    let tables: Vec<String> = tables.into_iter().map(|(_, lines)| lines).collect();
    Ok(tables.join("\n"))
}

#[cfg(test)]
mod tests;
