//! Which compiler makes wasm here. Taken in this order: the target of the installed toolchain; Debian's own rustc with
//! a standard library built from source; rustup's `target add`. No toolchain is ever downloaded.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::exec;
use crate::need;
use crate::workspace;

/// The target triple of the browser's engine.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";
/// Debian's compiler for the web, its library's source, the linker it expects, and clang for C parts.
const DEBIAN_PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "lld-22", "clang"];
/// Names of wasm-ld, the one of Debian's package first.
const LINKERS: [&str; 2] = ["wasm-ld-22", "wasm-ld"];
/// The workspace's `rust-version`.
const OLDEST_RUST: u32 = 95;

/// A way to compile for wasm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Toolchain {
    /// The toolchain in use has the target.
    Installed,
    /// Debian's packages, with this linker.
    Debian { linker: PathBuf },
}

/// Finds a compiler, and installs one where that is allowed.
///
/// # Errors
/// There is none, and none may be installed; the message says which command brings one.
pub(super) fn ensure() -> Result<Toolchain> {
    if target_is_installed() {
        return Ok(Toolchain::Installed);
    }
    if let Some(debian) = debian() {
        return Ok(debian);
    }
    if need::can_install() {
        match need::install(&DEBIAN_PACKAGES) {
            Ok(()) => {
                if let Some(debian) = debian() {
                    return Ok(debian);
                }
            }
            Err(error) => println!("      {error:#}"),
        }
    }
    if may_add_target() {
        exec::run(Command::new("rustup").args(["target", "add", TARGET]))?;
        if target_is_installed() {
            return Ok(Toolchain::Installed);
        }
    }
    bail!(
        "no Rust compiler for {TARGET}: run `rustup target add {TARGET}`, or on Debian `sudo apt-get install {}`",
        DEBIAN_PACKAGES.join(" ")
    )
}

impl Toolchain {
    /// What the progress line calls it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Installed => "the installed target",
            Self::Debian { .. } => "Debian's compiler",
        }
    }

    /// Whether the standard library is built with the engine, rather than taken as it was installed.
    pub(super) fn builds_its_library(&self) -> bool {
        match self {
            Self::Installed => false,
            Self::Debian { .. } => true,
        }
    }

    /// Where its results go: two compilers do not share a folder.
    pub(super) fn target_dir(&self) -> PathBuf {
        match self {
            Self::Installed => workspace::target_dir(),
            Self::Debian { .. } => workspace::target_dir().join("wasm-debian"),
        }
    }

    /// What the compiler is told beside the profile.
    fn rustflags(&self) -> OsString {
        let mut flags = remapped_paths();
        match self {
            Self::Installed => {}
            // A panic stops the Worker at once, and the player goes on over HTTP: its message would cost every
            // viewer a third of the download, places in the source and what only debugging prints another fiftieth.
            // Only a standard library that is built here can be made so.
            Self::Debian { .. } => {
                for flag in [
                    "-Zunstable-options",
                    "-Cpanic=immediate-abort",
                    "-Zlocation-detail=none",
                    "-Zfmt-debug=none",
                ] {
                    flags.push("\u{1f}");
                    flags.push(flag);
                }
            }
        }
        flags
    }

    /// `cargo build` for the target, at the root.
    pub(super) fn cargo_build(&self) -> Command {
        let mut command = match self {
            Self::Installed => workspace::cargo(),
            Self::Debian { linker } => debian_cargo(linker),
        };
        command
            .args(["build", "--target", TARGET, "--target-dir"])
            .arg(self.target_dir());
        if matches!(self, Self::Debian { .. }) {
            // Sorting and formatting that is written to be short: a twentieth of the engine.
            command.args([
                "-Zbuild-std=std,panic_abort",
                "-Zbuild-std-features=optimize_for_size",
            ]);
        }
        command
            .env("CARGO_ENCODED_RUSTFLAGS", self.rustflags())
            .env_remove("RUSTFLAGS");
        command
    }
}

fn debian_cargo(linker: &Path) -> Command {
    let mut command = Command::new("/usr/bin/cargo");
    command.current_dir(workspace::root());
    // rustup's shims would otherwise answer to `rustc` and `cargo`, and its libraries be loaded.
    for rustups in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTDOC", "LD_LIBRARY_PATH"] {
        command.env_remove(rustups);
    }
    command.env("PATH", path_with_usr_bin_first());
    // The unstable flag that builds the standard library needs a compiler that believes it is a nightly.
    command.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", "/usr/bin/rustc");
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    command
}

/// Paths of this machine do not end up in the wasm: it stays small, and equal on every machine.
fn remapped_paths() -> OsString {
    let mut flags = OsString::from("--remap-path-prefix=");
    flags.push(workspace::root());
    flags.push("=.");
    let cargo_home = env::var_os("CARGO_HOME")
        .or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cargo").into_os_string()));
    if let Some(home) = cargo_home {
        flags.push("\u{1f}--remap-path-prefix=");
        flags.push(home);
        flags.push("=cargo");
    }
    flags
}

fn path_with_usr_bin_first() -> OsString {
    let old = env::var_os("PATH").unwrap_or_default();
    let dirs = std::iter::once(PathBuf::from("/usr/bin")).chain(env::split_paths(&old));
    env::join_paths(dirs).unwrap_or(old)
}

fn target_is_installed() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut print = Command::new(rustc);
    print.args(["--print", "target-libdir", "--target", TARGET]);
    exec::capture(&mut print).is_ok_and(|dir| Path::new(dir.trim()).is_dir())
}

/// Debian's compiler, if all its parts are there and it is new enough.
fn debian() -> Option<Toolchain> {
    let version = exec::capture(Command::new("/usr/bin/rustc").arg("--version")).ok()?;
    if minor_version(&version)? < OLDEST_RUST || !Path::new("/usr/bin/cargo").is_file() {
        return None;
    }
    let sysroot = exec::capture(Command::new("/usr/bin/rustc").args(["--print", "sysroot"])).ok()?;
    let library = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/Cargo.toml");
    if !library.is_file() {
        return None;
    }
    let linker = LINKERS.iter().find_map(|name| need::find_program(name))?;
    Some(Toolchain::Debian { linker })
}

fn may_add_target() -> bool {
    env::var_os("RUSTUP_AUTO_INSTALL").is_none_or(|value| value != "0")
        && need::find_program("rustup").is_some()
}

/// 96 of "rustc 1.96.0 (...)".
fn minor_version(text: &str) -> Option<u32> {
    text.split_whitespace()
        .nth(1)?
        .strip_prefix("1.")?
        .split('.')
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests;
