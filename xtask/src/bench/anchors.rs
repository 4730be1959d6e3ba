//! Other trackers for WebTorrent, which the signaling server is measured against: brought from their registries into
//! `target/anchors/`, of the versions named here. One that cannot be had is told in a line, and left out.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::exec;
use crate::need;
use crate::workspace;

/// A crate of 2024, whose tungstenite (0.21) reads into 4 KiB: those from 0.25 on take 128 KiB for each connection
/// unless told otherwise, and an anchor that has that is beaten too easily.
const AQUATIC: &str = "aquatic_ws@0.9.0";
/// The reference. Its packages' install scripts build a WebRTC library, which a tracker does not need.
const BITTORRENT_TRACKER: &str = "bittorrent-tracker@11.2.3";

/// A tracker that can be started.
#[derive(Debug)]
pub(crate) struct Anchor {
    /// The load client's flag for it.
    pub(crate) flag: &'static str,
    pub(crate) program: PathBuf,
}

/// Installs what is missing, and returns the trackers that are there.
pub(crate) fn bring() -> Vec<Anchor> {
    let folder = workspace::target_dir().join("anchors");
    let all = [
        ("--aquatic", AQUATIC, bring_aquatic(&folder)),
        (
            "--bittorrent-tracker",
            BITTORRENT_TRACKER,
            bring_bittorrent_tracker(&folder),
        ),
    ];
    eprintln!("wt-tracker is left out: neither it nor its uWebSockets.js is in npm's registry");
    let mut anchors = Vec::new();
    for (flag, name, brought) in all {
        match brought {
            Ok(program) => anchors.push(Anchor { flag, program }),
            Err(error) => eprintln!("{name} is left out: {error:#}"),
        }
    }
    anchors
}

fn bring_aquatic(folder: &Path) -> Result<PathBuf> {
    let root = folder.join("aquatic");
    let program = root.join("bin/aquatic_ws");
    if program.is_file() {
        return Ok(program);
    }
    ensure!(cfg!(target_os = "linux"), "it needs Linux's io_uring");
    eprintln!("building {AQUATIC}, which takes some minutes");
    let mut cargo = workspace::cargo();
    cargo.args(["install", "--quiet", AQUATIC, "--root"]).arg(root);
    cargo.arg("--target-dir").arg(folder.join("build"));
    exec::run_quietly(&mut cargo)?;
    Ok(program)
}

fn bring_bittorrent_tracker(folder: &Path) -> Result<PathBuf> {
    let root = folder.join("bittorrent-tracker");
    let program = root.join("node_modules/bittorrent-tracker/server.js");
    ensure!(need::find_program("node").is_some(), "Node is missing");
    if program.is_file() {
        return Ok(program);
    }
    eprintln!("installing {BITTORRENT_TRACKER}");
    let mut npm: Command = workspace::npm();
    npm.args([
        "install",
        "--ignore-scripts",
        "--no-save",
        "--no-audit",
        "--no-fund",
        "--prefix",
    ]);
    npm.arg(root).arg(BITTORRENT_TRACKER);
    exec::run_quietly(&mut npm)?;
    Ok(program)
}
