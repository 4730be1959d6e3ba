//! The source files of the repository: which there are, in which language, and whether they are production code.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use walkdir::{DirEntry, WalkDir};

/// Folders that hold nothing written by hand.
const GENERATED: [&str; 7] = [
    "target",
    "node_modules",
    "dist",
    "wasm",
    "results",
    "long",
    ".git",
];
/// Endings of TypeScript that is no module: declarations of code that is elsewhere, settings of tools.
const NO_MODULES: [&str; 2] = [".d.ts", ".config.ts"];

/// The languages that have rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Rust,
    TypeScript,
}

/// Code that ships or that shipping code is built with, or code that checks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Production,
    Test,
}

/// One file.
#[derive(Debug)]
pub(super) struct Source {
    /// Relative to the root, with forward slashes.
    pub(super) path: String,
    pub(super) language: Language,
    pub(super) text: String,
}

impl Source {
    /// Reads every source file under `root`, in the order of their paths.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(super) fn read_all(root: &Path) -> Result<Vec<Self>> {
        let mut sources = Vec::new();
        let walk = WalkDir::new(root).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|entry| !is_generated(entry)) {
            let entry = entry.context("reading the source tree")?;
            let path = entry
                .path()
                .strip_prefix(root)?
                .to_string_lossy()
                .replace('\\', "/");
            let Some(language) = Language::of(&path) else {
                continue;
            };
            let text = fs::read_to_string(entry.path()).with_context(|| path.clone())?;
            sources.push(Self { path, language, text });
        }
        Ok(sources)
    }

    /// Whether the file as a whole is a test: `tests.rs`, `*.test.ts`, and everything in a folder of tests. The
    /// top-level folder `tests/` holds a crate, whose `src/` is production code.
    pub(super) fn purpose(&self) -> Purpose {
        let (folders, file) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        let in_test_folder = folders
            .split('/')
            .enumerate()
            .any(|(depth, folder)| match folder {
                "tests" => depth > 0,
                "test" => self.language == Language::TypeScript,
                "benches" | "e2e" | "fuzz" => true,
                _ => false,
            });
        if in_test_folder || file == "tests.rs" || file.ends_with(".test.ts") {
            return Purpose::Test;
        }
        Purpose::Production
    }
}

impl Language {
    fn of(path: &str) -> Option<Self> {
        if path.ends_with(".rs") {
            return Some(Self::Rust);
        }
        let is_module = path.ends_with(".ts") && !NO_MODULES.iter().any(|ending| path.ends_with(ending));
        is_module.then_some(Self::TypeScript)
    }
}

fn is_generated(entry: &DirEntry) -> bool {
    entry.file_type().is_dir()
        && entry.file_name().to_str().is_some_and(|name| {
            // `wasm` and `long` are also good names for a module's folder.
            let beside_module = entry.path().with_extension("rs").is_file();
            GENERATED.contains(&name) && !beside_module
        })
}

#[cfg(test)]
mod tests;
