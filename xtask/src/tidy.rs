//! `cargo xtask tidy`: the rules of this repository that no compiler checks. Each rule is a module that turns what it
//! reads into complaints; a complaint names a place and what to do.

use std::fmt;
use std::path::Path;

use anyhow::{Result, bail};

use crate::workspace;
use tree::Source;

mod arrows;
mod headers;
mod rust;
mod sizes;
mod tree;
mod typescript;
mod versions;

/// A broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// A file, with a line where there is one.
    place: String,
    /// What is wrong, and what to do.
    text: String,
}

impl Complaint {
    fn new(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            text: text.into(),
        }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.text)
    }
}

/// Checks every rule and prints each complaint.
///
/// # Errors
/// A rule is broken, or a file cannot be read.
pub(crate) fn run() -> Result<()> {
    let complaints = complaints(&workspace::root())?;
    for complaint in &complaints {
        println!("{complaint}");
    }
    if !complaints.is_empty() {
        bail!("tidy: {} broken rules, listed above", complaints.len());
    }
    println!("tidy: every rule holds");
    Ok(())
}

fn complaints(root: &Path) -> Result<Vec<Complaint>> {
    let mut found = arrows::check(root)?;
    found.extend(versions::check(root)?);
    for source in Source::read_all(root)? {
        found.extend(headers::check(&source));
        found.extend(sizes::check(&source)?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
