//! Rule: there is one version. Every crate takes the workspace's, and every package.json repeats it.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value as Json;
use toml::{Table, Value};

use super::Complaint;
use super::arrows;
use crate::npm;

pub(super) fn check(root: &Path) -> Result<Vec<Complaint>> {
    let workspace = arrows::read(&root.join("Cargo.toml"))?;
    let version = workspace["workspace"]["package"]["version"]
        .as_str()
        .context("the workspace has no version")?;
    let mut complaints = Vec::new();
    for (path, manifest) in arrows::members(root)? {
        complaints.extend(check_crate(&path, &manifest));
    }
    let folders = npm::workspaces(root)?
        .into_iter()
        .map(|folder| format!("{folder}/package.json"));
    for path in std::iter::once("package.json".to_owned()).chain(folders) {
        complaints.extend(check_package(&path, &npm::read_json(&root.join(&path))?, version));
    }
    Ok(complaints)
}

fn check_crate(path: &str, manifest: &Table) -> Option<Complaint> {
    let version = manifest.get("package").and_then(|package| package.get("version"));
    let inherited = version.and_then(|version| version.get("workspace")) == Some(&Value::Boolean(true));
    (!inherited).then(|| Complaint::new(path, "write `version.workspace = true`"))
}

fn check_package(path: &str, package: &Json, version: &str) -> Option<Complaint> {
    let found = package["version"].as_str().unwrap_or("none");
    (found != version).then(|| {
        Complaint::new(
            path,
            format!("version {found} differs from Cargo.toml's {version}"),
        )
    })
}

#[cfg(test)]
mod tests;
