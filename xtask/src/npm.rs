//! npm packages: installed by `npm ci` when `node_modules` does not hold what package-lock.json asks for.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};

use crate::exec;
use crate::need;
use crate::workspace;

/// The oldest Node that the page's tools and tests run on.
const OLDEST_NODE: u32 = 20;
/// What to do without it; Debian's own package may be older.
const BRING_NODE: &str = "install Node 20 or newer with npm (https://nodejs.org, or `nvm install 20`)";

/// Brings Node's tools and the packages of all npm workspaces.
///
/// # Errors
/// Node is missing or too old, or `npm ci` fails.
pub(crate) fn ensure_packages() -> Result<()> {
    ensure!(
        need::find_program("npm").is_some(),
        "npm is missing: {BRING_NODE}"
    );
    let version = exec::capture(workspace::node().arg("--version"))?;
    let major = major_version(&version).with_context(|| format!("Node says its version is {version:?}"))?;
    ensure!(
        major >= OLDEST_NODE,
        "Node {major} is too old: install Node {OLDEST_NODE} or newer"
    );
    if is_current()? {
        println!("      npm packages are there");
        return Ok(());
    }
    println!("      npm ci (the packages that package-lock.json names)");
    exec::run(workspace::npm().args(["ci", "--no-audit", "--no-fund"]))
}

/// The npm workspaces that have a script of this name, in the order of package.json.
///
/// # Errors
/// A package.json is missing or broken.
pub(crate) fn workspaces_with(script: &str) -> Result<Vec<String>> {
    let root = workspace::root();
    let mut found = Vec::new();
    for folder in workspaces(&root)? {
        let manifest = read_json(&root.join(&folder).join("package.json"))?;
        if manifest["scripts"][script].is_string() {
            found.push(folder);
        }
    }
    Ok(found)
}

/// Folders of the npm workspaces, relative to the root.
///
/// # Errors
/// The root's package.json is missing or broken.
pub(crate) fn workspaces(root: &Path) -> Result<Vec<String>> {
    let manifest = read_json(&root.join("package.json"))?;
    let folders = manifest["workspaces"]
        .as_array()
        .context("package.json lists no workspaces")?;
    folders
        .iter()
        .map(|folder| Ok(folder.as_str().context("a workspace is not a path")?.to_owned()))
        .collect()
}

/// Reads a JSON file.
///
/// # Errors
/// It is missing or no JSON.
pub(crate) fn read_json(file: &Path) -> Result<Value> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no JSON", file.display()))
}

/// Compares the lock file with the copy that npm leaves of what it installed.
fn is_current() -> Result<bool> {
    let root = workspace::root();
    let installed: PathBuf = root.join("node_modules/.package-lock.json");
    if !installed.exists() {
        return Ok(false);
    }
    let asked = read_json(&root.join("package-lock.json"))?;
    let installed = read_json(&installed)?;
    let (Some(asked), Some(installed)) = (asked["packages"].as_object(), installed["packages"].as_object())
    else {
        return Ok(false);
    };
    Ok(holds(installed, asked))
}

/// Whether each package that is asked for is installed with the same hash. Optional ones are for other machines, and
/// links are our own workspaces.
fn holds(installed: &Map<String, Value>, asked: &Map<String, Value>) -> bool {
    let wanted = |entry: &Value| entry["link"] != true && entry["optional"] != true;
    asked
        .iter()
        .filter(|(path, entry)| path.contains("node_modules/") && wanted(entry))
        .all(|(path, entry)| {
            installed
                .get(path)
                .is_some_and(|found| found["integrity"] == entry["integrity"])
        })
}

fn major_version(text: &str) -> Option<u32> {
    text.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests;
