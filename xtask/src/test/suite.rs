//! The suites: what each needs built first, which command runs it, and how its result is counted. A check without
//! tests of its own, as formatting, counts as one test.

use std::process::Command;

use anyhow::{Result, bail, ensure};
use clap::ValueEnum;

use super::size::{self, Recording};
use super::tally::{Format, Tally};
use crate::exec;
use crate::need::{self, CHROMIUM, FIREFOX};
use crate::npm;
use crate::tidy;
use crate::wasm;
use crate::workspace;

/// The npm workspace of the browser tests; every other workspace's tests run in Node.
const BROWSER_WORKSPACE: &str = "tests/e2e";
/// Crates whose binaries the browser tests start.
const BINARIES: [&str; 3] = ["player-demo", "signaling", "segment-engine-native"];

/// A part of the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Suite {
    /// Documentation of every crate, warnings are errors.
    Rustdoc,
    /// Licences and advisories of dependencies, by cargo-deny.
    Deny,
    /// Spelling, by typos.
    Typos,
    /// Formatting.
    Fmt,
    /// The repository's own rules.
    Tidy,
    /// Lints, warnings are errors.
    Clippy,
    /// Rust tests.
    Native,
    /// Examples in Rust documentation.
    Doc,
    /// The engine for wasm.
    Wasm,
    /// The page, with its types.
    Web,
    /// TypeScript tests in Node.
    Js,
    /// What a page loads, against size-budget.json.
    Size,
    /// Tests in a real browser.
    Browser,
}

impl Suite {
    /// What `cargo xtask test` runs, in this order: quick checks first.
    pub(super) const TESTS: [Self; 10] = [
        Self::Fmt,
        Self::Tidy,
        Self::Clippy,
        Self::Native,
        Self::Doc,
        Self::Wasm,
        Self::Web,
        Self::Js,
        Self::Size,
        Self::Browser,
    ];

    /// What `cargo xtask ci` runs besides.
    pub(super) const BEFORE_PUSH: [Self; 3] = [Self::Rustdoc, Self::Deny, Self::Typos];

    /// What the progress line says.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Rustdoc => "building the documentation",
            Self::Deny => "checking licences and advisories (cargo-deny)",
            Self::Typos => "checking spelling (typos)",
            Self::Fmt => "checking formatting",
            Self::Tidy => "checking the repository's rules (tidy)",
            Self::Clippy => "linting (clippy)",
            Self::Native => "testing the Rust crates",
            Self::Doc => "testing documentation examples",
            Self::Wasm => "building the engine for wasm",
            Self::Web => "building the page",
            Self::Js => "testing TypeScript in Node",
            Self::Size => "weighing what a page loads",
            Self::Browser => "testing in a browser",
        }
    }

    /// The suites whose results this one uses.
    pub(super) fn needs(self) -> &'static [Self] {
        match self {
            Self::Rustdoc | Self::Deny | Self::Typos | Self::Fmt | Self::Tidy => &[],
            Self::Clippy | Self::Native | Self::Doc | Self::Wasm => &[],
            Self::Web => &[Self::Wasm],
            Self::Js | Self::Size | Self::Browser => &[Self::Wasm, Self::Web],
        }
    }

    /// Whether npm packages must be there.
    pub(super) fn uses_npm(self) -> bool {
        self == Self::Wasm || self.needs().contains(&Self::Wasm)
    }

    /// Runs it.
    ///
    /// # Errors
    /// The check failed, or the suite could not be run.
    pub(super) fn run(self, recording: Recording) -> Result<Tally> {
        match self {
            Self::Rustdoc => check(|| exec::run(&mut rustdoc())),
            Self::Deny => optional(
                "cargo-deny",
                workspace::cargo().args(["deny", "--workspace", "check"]),
            ),
            Self::Typos => optional("typos", Command::new("typos").current_dir(workspace::root())),
            Self::Fmt => check(|| {
                exec::run(workspace::cargo().args(["fmt", "--all", "--check", "--", "--color", "never"]))
            }),
            Self::Tidy => check(tidy::run),
            Self::Clippy => check(|| clippy().iter_mut().try_for_each(exec::run)),
            Self::Native => native(),
            Self::Doc => Tally::count(
                Format::Cargo,
                workspace::cargo().args(["test", "--workspace", "--doc"]),
            ),
            Self::Wasm => check(wasm::build),
            Self::Web => check(build_page),
            Self::Js => node_tests(),
            Self::Size => check(|| size::check(recording)),
            Self::Browser => browser_tests(),
        }
    }
}

/// Adds what the wanted suites need; the result is in the order of the enum, which puts needs first.
pub(super) fn with_needs(wanted: &[Suite]) -> Vec<Suite> {
    let mut suites: Vec<Suite> = wanted
        .iter()
        .flat_map(|suite| suite.needs().iter().chain([suite]))
        .copied()
        .collect();
    suites.sort_unstable();
    suites.dedup();
    suites
}

/// Checks for the parts of the Rust toolchain that a minimal installation lacks.
///
/// # Errors
/// One is missing; the message says how to bring it.
pub(super) fn ensure_components(suites: &[Suite]) -> Result<()> {
    for (suite, command, component) in [
        (Suite::Fmt, "fmt", "rustfmt"),
        (Suite::Clippy, "clippy", "clippy"),
    ] {
        let is_there = || exec::capture(workspace::cargo().args([command, "--version"])).is_ok();
        if suites.contains(&suite) && !is_there() {
            bail!("{component} is missing: run `rustup component add {component}`");
        }
    }
    Ok(())
}

fn check(action: impl FnOnce() -> Result<()>) -> Result<Tally> {
    action()?;
    Ok(Tally { passed: 1, failed: 0 })
}

/// A tool that is good to have: without it the check is left out, and said so.
fn optional(tool: &str, command: &mut Command) -> Result<Tally> {
    if need::find_program(tool).is_none() {
        println!(
            "      left out: {tool} is not installed (`cargo install --locked {}`)",
            crate_of(tool)
        );
        return Ok(Tally::default());
    }
    check(|| exec::run(command))
}

fn crate_of(tool: &str) -> &str {
    if tool == "typos" { "typos-cli" } else { tool }
}

fn rustdoc() -> Command {
    let mut cargo = workspace::cargo();
    cargo.args(["doc", "--workspace", "--no-deps", "--document-private-items"]);
    cargo.env("RUSTDOCFLAGS", "-D warnings");
    cargo
}

/// The workspace as a whole, where each crate has the features that any other wants, and then the simulator as
/// `cargo xtask sim` builds it, with an engine that has fewer.
fn clippy() -> [Command; 2] {
    [
        &["--workspace", "--all-targets"][..],
        &["--package", "swarm-tests", "--bins"],
    ]
    .map(|chosen| {
        let mut cargo = workspace::cargo();
        cargo.arg("clippy").args(chosen).args(["--", "-D", "warnings"]);
        cargo
    })
}

fn native() -> Result<Tally> {
    let mut cargo = workspace::cargo();
    if exec::capture(workspace::cargo().args(["nextest", "--version"])).is_ok() {
        return Tally::count(
            Format::Nextest,
            cargo.args(["nextest", "run", "--workspace", "--no-fail-fast"]),
        );
    }
    println!("      cargo-nextest is not installed, so cargo test runs them (slower, same tests)");
    Tally::count(
        Format::Cargo,
        cargo.args([
            "test",
            "--workspace",
            "--lib",
            "--bins",
            "--tests",
            "--no-fail-fast",
        ]),
    )
}

fn build_page() -> Result<()> {
    let built = npm::workspaces_with("build")?;
    for folder in &built {
        exec::run(&mut npm_script("build", folder))?;
    }
    // What is not built is at least checked.
    for folder in npm::workspaces_with("typecheck")?
        .iter()
        .filter(|folder| !built.contains(folder))
    {
        exec::run(&mut npm_script("typecheck", folder))?;
    }
    Ok(())
}

fn node_tests() -> Result<Tally> {
    let mut sum = Tally::default();
    for folder in npm::workspaces_with("test")?
        .iter()
        .filter(|folder| *folder != BROWSER_WORKSPACE)
    {
        sum = sum + Tally::count(Format::Node, &mut npm_script("test", folder))?;
    }
    Ok(sum)
}

fn browser_tests() -> Result<Tally> {
    ensure!(
        npm::workspaces_with("test")?
            .iter()
            .any(|folder| folder == BROWSER_WORKSPACE),
        "{BROWSER_WORKSPACE}/package.json has no script `test`"
    );
    build_binaries()?;
    let mut npm = npm_script("test", BROWSER_WORKSPACE);
    npm.env("FUGITIVE_BIN_DIR", workspace::target_dir().join("debug"));
    for (name, need) in [("CHROMIUM", CHROMIUM), ("FIREFOX", FIREFOX)] {
        if let Some(program) = need.find() {
            npm.env(name, program);
        }
    }
    Tally::count(Format::Node, &mut npm)
}

fn build_binaries() -> Result<()> {
    let mut cargo = workspace::cargo();
    cargo.args(["build", "--bins"]);
    for name in BINARIES {
        cargo.args(["--package", name]);
    }
    exec::run(&mut cargo)
}

fn npm_script(script: &str, folder: &str) -> Command {
    let mut npm = workspace::npm();
    npm.args(["run", script, "--workspace", folder]);
    npm
}

#[cfg(test)]
mod tests;
