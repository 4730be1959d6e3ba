//! What a page loads, compressed by brotli at its best, against size-budget.json. The file also records the last known
//! sizes, so that a change shows in the diff: growth beyond a few percent must be recorded with `--update-sizes`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use brotli::enc::BrotliEncoderParams;
use serde::{Deserialize, Serialize};

use crate::wasm;
use crate::workspace;

/// Growth that needs no new record, in percent: two compilers do not write the same wasm.
const SLACK_PERCENT: u64 = 5;
const BUDGET_FILE: &str = "size-budget.json";

/// What to do with the recorded sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recording {
    Compare,
    Renew,
}

/// The content of size-budget.json.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Budget {
    /// What a page may load, in bytes.
    limit: u64,
    files: Vec<Weight>,
    pages: Vec<Page>,
}

/// What a page with one player loads for one format of manifests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Page {
    name: String,
    /// Names of its files.
    loads: Vec<String>,
    /// The recorded sum.
    total: u64,
}

/// One file and its recorded size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Weight {
    name: String,
    /// Relative to the repository's root.
    path: String,
    /// Bytes after brotli.
    brotli: u64,
}

/// Weighs the files, prints the table, and compares or renews the record, where the compiler is the one it is for.
///
/// # Errors
/// The sum is over the limit, a file has grown without a new record, or a file is missing.
pub(super) fn check(recording: Recording) -> Result<()> {
    let file = workspace::root().join(BUDGET_FILE);
    let text = fs::read_to_string(&file).with_context(|| format!("reading {BUDGET_FILE}"))?;
    let recorded: Budget = serde_json::from_str(&text).with_context(|| format!("reading {BUDGET_FILE}"))?;
    let measured = recorded.measure(&workspace::root())?;
    for (old, new) in recorded.files.iter().zip(&measured.files) {
        println!(
            "      {:<24} {:>8} bytes, recorded {:>8}",
            new.name, new.brotli, old.brotli
        );
    }
    for page in &measured.pages {
        println!(
            "      {:<24} {:>8} bytes, allowed  {:>8}",
            page.name, page.total, measured.limit
        );
    }
    if !wasm::builds_its_library()? {
        println!(
            "      built with an installed standard library, whose panics carry messages: its size is not judged.\n      \
             Debian's compiler is the measure: see \"What you need\" in README.md"
        );
        return Ok(());
    }
    if recording == Recording::Renew {
        fs::write(&file, serde_json::to_string_pretty(&measured)? + "\n")?;
        println!("      recorded in {BUDGET_FILE}");
    }
    let base = if recording == Recording::Renew {
        &measured
    } else {
        &recorded
    };
    judge(base, &measured)
}

impl Budget {
    fn measure(&self, root: &Path) -> Result<Self> {
        let mut measured = self.clone();
        for weight in &mut measured.files {
            let content =
                fs::read(root.join(&weight.path)).with_context(|| format!("reading {}", weight.path))?;
            weight.brotli = compressed_size(&content)?;
        }
        let totals: Result<Vec<u64>> = self.pages.iter().map(|page| measured.total(page)).collect();
        for (page, total) in measured.pages.iter_mut().zip(totals?) {
            page.total = total;
        }
        Ok(measured)
    }

    fn total(&self, page: &Page) -> Result<u64> {
        let weight = |name: &String| {
            let file = self.files.iter().find(|weight| weight.name == *name);
            file.map(|weight| weight.brotli)
                .with_context(|| format!("{BUDGET_FILE}: {} loads {name}, which is no file", page.name))
        };
        page.loads.iter().map(weight).sum()
    }
}

fn judge(recorded: &Budget, measured: &Budget) -> Result<()> {
    if let Some(page) = measured.pages.iter().find(|page| page.total > measured.limit) {
        bail!(
            "{} loads {} bytes, {} are allowed",
            page.name,
            page.total,
            measured.limit
        );
    }
    for (old, new) in recorded.files.iter().zip(&measured.files) {
        if new.brotli * 100 > old.brotli * (100 + SLACK_PERCENT) {
            bail!(
                "{} grew from {} to {} bytes: find out why, or record it with `cargo xtask test --only size --update-sizes`",
                new.name,
                old.brotli,
                new.brotli
            );
        }
    }
    Ok(())
}

fn compressed_size(content: &[u8]) -> Result<u64> {
    let params = BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: content.len(),
        ..Default::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &params)?;
    Ok(u64::try_from(compressed.len())?)
}

#[cfg(test)]
mod tests;
