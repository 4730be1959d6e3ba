//! Rule: a crate depends on those workspace crates that ARCHITECTURE.md's table grants it, in tests too.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use toml::{Table, Value};

use super::Complaint;

/// Every workspace crate, and the workspace crates it may depend on.
const ALLOWED: [(&str, &[&str]); 9] = [
    ("segment-engine", &[]),
    (
        "segment-engine-native",
        &["segment-engine", "service", "signaling-proto"],
    ),
    ("dashjs-bridge", &["segment-engine", "signaling-proto"]),
    ("service", &[]),
    ("signaling", &["service", "signaling-proto"]),
    ("signaling-proto", &[]),
    ("player-demo", &["signaling", "segment-engine-native", "service"]),
    ("swarm-tests", &["segment-engine", "signaling-proto"]),
    ("xtask", &[]),
];

/// Reads each member's manifest.
pub(super) fn check(root: &Path) -> Result<Vec<Complaint>> {
    let mut complaints = Vec::new();
    for (path, manifest) in members(root)? {
        complaints.extend(check_manifest(&path, &manifest));
    }
    Ok(complaints)
}

/// Path and content of each workspace member's Cargo.toml.
pub(super) fn members(root: &Path) -> Result<Vec<(String, Table)>> {
    let workspace = read(&root.join("Cargo.toml"))?;
    let members = workspace["workspace"]["members"]
        .as_array()
        .context("the workspace has no members")?;
    let mut manifests = Vec::new();
    for member in members {
        let path = format!(
            "{}/Cargo.toml",
            member.as_str().context("a member is not a path")?
        );
        let manifest = read(&root.join(&path))?;
        manifests.push((path, manifest));
    }
    Ok(manifests)
}

pub(super) fn read(file: &Path) -> Result<Table> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    text.parse()
        .with_context(|| format!("{} is no TOML", file.display()))
}

fn check_manifest(path: &str, manifest: &Table) -> Vec<Complaint> {
    let name = manifest
        .get("package")
        .and_then(|package| package.get("name"))
        .and_then(Value::as_str);
    let name = name.unwrap_or_default();
    let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
        return vec![Complaint::new(
            path,
            format!(
                "the crate `{name}` is in no row of the arrow table: add it to tidy/arrows.rs and ARCHITECTURE.md"
            ),
        )];
    };
    dependencies(manifest)
        .into_iter()
        .filter(|used| is_ours(used) && !allowed.contains(&used.as_str()))
        .map(|used| {
            Complaint::new(
                path,
                format!("forbidden arrow: `{name}` must not depend on `{used}`"),
            )
        })
        .collect()
}

fn is_ours(name: &str) -> bool {
    ALLOWED.iter().any(|(known, _)| *known == name)
}

/// Package names in every dependency table, also those of single targets.
fn dependencies(table: &Table) -> Vec<String> {
    let mut names = Vec::new();
    for (key, value) in table {
        let Value::Table(inner) = value else { continue };
        match key.as_str() {
            "dependencies" | "dev-dependencies" | "build-dependencies" => {
                names.extend(inner.iter().map(|(name, value)| package_name(name, value)));
            }
            "target" => names.extend(inner.values().filter_map(Value::as_table).flat_map(dependencies)),
            _ => {}
        }
    }
    names
}

/// A dependency may be renamed: `engine = { package = "segment-engine" }`.
fn package_name(name: &str, value: &Value) -> String {
    value
        .get("package")
        .and_then(Value::as_str)
        .unwrap_or(name)
        .to_owned()
}

#[cfg(test)]
mod tests;
