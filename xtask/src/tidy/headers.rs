//! Rule: a module's first line says what it is for: `//!` in Rust, a comment in TypeScript.

use super::Complaint;
use super::tree::{Language, Source};

pub(super) fn check(source: &Source) -> Option<Complaint> {
    let first = source.text.lines().next().unwrap_or_default();
    let (expected, has_words) = match source.language {
        Language::Rust => (
            "//! what it is for",
            words_after(first, &["//!", "#![doc = include_str!("]),
        ),
        Language::TypeScript => ("// what it is for", words_after(first, &["//", "/**"])),
    };
    if has_words {
        return None;
    }
    Some(Complaint::new(
        format!("{}:1", source.path),
        format!("begin the module with `{expected}`"),
    ))
}

/// Whether the line begins with a marker, and something is written after it.
fn words_after(line: &str, markers: &[&str]) -> bool {
    markers.iter().any(|marker| {
        line.strip_prefix(marker)
            .is_some_and(|rest| !rest.trim().is_empty())
    })
}

#[cfg(test)]
mod tests;
