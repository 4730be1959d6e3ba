//! Programs that a command needs: on a Debian machine where we are root they are installed, elsewhere one line says
//! what is missing and the command that brings it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::exec;

/// A program, and where it comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Need {
    /// Any of these on the PATH will do.
    pub(crate) programs: &'static [&'static str],
    /// The Debian packages that bring it.
    pub(crate) packages: &'static [&'static str],
    /// What it is for, as the error says it.
    pub(crate) purpose: &'static str,
}

/// ffmpeg, which makes sample media and encodes the live stream of the browser tests.
pub(crate) const FFMPEG: Need = Need {
    programs: &["ffmpeg"],
    packages: &["ffmpeg"],
    purpose: "encoding test media",
};

/// The browser of the end-to-end tests.
pub(crate) const CHROMIUM: Need = Need {
    programs: &[
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ],
    packages: &["chromium"],
    purpose: "the browser tests",
};

/// The other browser of the end-to-end tests, which needs no driver beside it.
pub(crate) const FIREFOX: Need = Need {
    programs: &["firefox-esr", "firefox"],
    packages: &["firefox-esr"],
    purpose: "the browser tests",
};

/// NATS, over which the servers of a signaling cluster reach each other in tests.
pub(crate) const NATS: Need = Need {
    programs: &["nats-server"],
    packages: &["nats-server"],
    purpose: "the tests of a signaling cluster",
};

/// Makes sure that each need is met, by installing Debian packages where that is possible.
///
/// # Errors
/// Something is missing and cannot be installed; the message says what to do.
pub(crate) fn ensure(needs: &[Need]) -> Result<()> {
    let missing: Vec<&Need> = needs.iter().filter(|need| need.find().is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing
        .iter()
        .flat_map(|need| need.packages.iter().copied())
        .collect();
    if can_install() {
        install(&packages)?;
    }
    let Some(need) = missing.into_iter().find(|need| need.find().is_none()) else {
        return Ok(());
    };
    bail!(
        "{} is missing, needed for {}: install it with `sudo apt-get install {}`, or your system's way",
        need.programs[0],
        need.purpose,
        need.packages.join(" ")
    )
}

impl Need {
    /// Where the program is.
    pub(crate) fn find(&self) -> Option<PathBuf> {
        self.programs.iter().find_map(|program| find_program(program))
    }
}

/// Looks a program up on the PATH.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|dir| dir.join(name))
        .find(|file| is_program(file))
}

/// Whether this is Debian and we are root, so that packages may be installed without asking.
pub(crate) fn can_install() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    is_debian(&release) && exec::capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Installs Debian packages.
///
/// # Errors
/// apt-get fails: no network, or no such package.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    println!("      installing Debian packages: {}", packages.join(" "));
    exec::run(apt().arg("update"))?;
    exec::run(
        apt()
            .args(["install", "--yes", "--no-remove", "--no-install-recommends"])
            .args(packages),
    )
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet");
    command
}

fn is_debian(os_release: &str) -> bool {
    os_release
        .lines()
        .any(|line| matches!(line, "ID=debian" | "ID=\"debian\""))
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file() || file.with_extension("exe").is_file() || file.with_extension("cmd").is_file()
}

#[cfg(test)]
mod tests;
