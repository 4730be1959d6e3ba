//! `cargo xtask wasm`: compiles the engine for the browser, once for each format of manifests and lists, makes its JavaScript
//! glue, and shrinks it. What comes out lies in dashjs-bridge/wasm/, which git ignores. cargo decides what is stale; the
//! later steps follow the hash of what it made.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::exec;
use crate::media::sums::sha256;
use crate::npm;
use crate::step::Steps;
use crate::workspace;

use self::toolchain::Toolchain;

mod toolchain;

/// Stem of the generated glue: `fugitive_core.js`, `fugitive_core.d.ts`. It is one for all formats.
const STEM: &str = "fugitive_core";
/// What a build reads, by the features of dashjs-bridge: the wasm of each is `fugitive_dash.wasm` and so on.
const FORMATS: [&str; 3] = ["dash", "hls", "resources"];
/// Names the input of the last finished run.
const STAMP: &str = ".built-from";
/// Measured on the engine after brotli: wasm-opt's own inlining makes the file shorter and the download longer
/// (-Oz 268 KB, these 239 KB, untouched 244 KB). Functions in the order of their names have like beside like: 0.7 %
/// less; a second round of all passes 0.3 %.
const OPTIMISE: [&str; 5] = [
    "-Os",
    "--converge",
    "--one-caller-inline-max-function-size=30",
    "--always-inline-max-function-size=1",
    "--reorder-functions-by-name",
];
/// What rustc turns on for wasm32-unknown-unknown, so that wasm-opt understands what it reads.
const FEATURES: [&str; 8] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Builds the browser's engine as a command of its own.
///
/// # Errors
/// A tool is missing, or the engine does not compile.
pub(crate) fn run() -> Result<()> {
    let mut steps = Steps::new(2);
    steps.run("checking npm packages", npm::ensure_packages)?;
    steps.run("building the engine for wasm", build)
}

/// Builds the browser's engine; npm packages must be there.
///
/// # Errors
/// A compiler is missing, or the engine does not compile.
pub(crate) fn build() -> Result<()> {
    let mut compiled = Vec::new();
    let toolchain = toolchain::ensure()?;
    for format in FORMATS {
        compiled.push((format, compile(&toolchain, format)?));
    }
    let source = fingerprint(&compiled)?;
    let folder = folder();
    if is_current(&folder, &source) {
        println!("      dashjs-bridge/wasm is up to date");
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    println!("      making the JavaScript glue");
    for (format, wasm) in &compiled {
        make_glue(format, wasm, &folder)?;
    }
    println!("      shrinking with wasm-opt");
    for format in FORMATS {
        shrink(&folder.join(wasm_name(format)))?;
    }
    fs::write(folder.join(STAMP), source)?;
    Ok(())
}

/// Whether the standard library is built with the engine, and so as small: only then do sizes compare.
///
/// # Errors
/// A compiler is missing.
pub(crate) fn builds_its_library() -> Result<bool> {
    Ok(toolchain::ensure()?.builds_its_library())
}

/// Where the generated files are.
fn folder() -> PathBuf {
    workspace::root().join("dashjs-bridge/wasm")
}

fn wasm_name(format: &str) -> String {
    format!("fugitive_{format}.wasm")
}

/// Compiles for one format. The next one overwrites what cargo leaves, so it is read at once.
fn compile(toolchain: &Toolchain, format: &str) -> Result<Vec<u8>> {
    println!("      compiling for {format} with {}", toolchain.name());
    let mut cargo = toolchain.cargo_build();
    cargo.args(["--package", "dashjs-bridge", "--lib", "--profile", "wasm"]);
    cargo.args(["--no-default-features", "--features", format]);
    exec::run(&mut cargo)?;
    let wasm = toolchain
        .target_dir()
        .join(toolchain::TARGET)
        .join("wasm/dashjs_bridge.wasm");
    fs::read(&wasm).with_context(|| format!("reading {}", wasm.display()))
}

/// Changes whenever the glue or the shrinking could come out differently.
fn fingerprint(compiled: &[(&str, Vec<u8>)]) -> Result<String> {
    let optimiser = npm::read_json(&workspace::root().join("node_modules/binaryen/package.json"))?;
    let version = optimiser["version"].as_str().unwrap_or_default();
    let lock = fs::read_to_string(workspace::root().join("Cargo.lock"))?;
    let bindgen = lock
        .split("name = \"wasm-bindgen-cli-support\"")
        .nth(1)
        .and_then(|rest| rest.lines().nth(1));
    let sums: Vec<String> = compiled.iter().map(|(_, wasm)| sha256(wasm)).collect();
    Ok(format!(
        "{} {} {version} {}",
        sums.join(" "),
        bindgen.unwrap_or_default(),
        OPTIMISE.join(" ")
    ))
}

fn is_current(folder: &Path, source: &str) -> bool {
    let mut names = FORMATS.map(wasm_name).to_vec();
    names.extend([".js", ".d.ts"].map(|end| format!("{STEM}{end}")));
    let all_there = names.iter().all(|name| folder.join(name).is_file());
    all_there && fs::read_to_string(folder.join(STAMP)).is_ok_and(|stamp| stamp == source)
}

/// Makes the glue of one format. It must be that of the others: the Worker has one, and chooses the wasm.
fn make_glue(format: &str, wasm: &[u8], folder: &Path) -> Result<()> {
    let glue = folder.join(format!("{STEM}.js"));
    let other = fs::read(&glue).ok();
    let mut bindgen = Bindgen::new();
    bindgen
        .input_bytes(STEM, wasm.to_vec())
        .out_name(STEM)
        .typescript(true);
    // The names of functions go in `shrink`, which orders by them.
    bindgen.remove_producers_section(true);
    // Bundlers would look for a file of the glue's own choice.
    bindgen.omit_default_module_path(true);
    bindgen
        .web(true)
        .and_then(|bindgen| bindgen.generate(folder))
        .context("making the JavaScript glue")?;
    let same = match other {
        Some(other) => other == fs::read(&glue)?,
        None => true,
    };
    ensure!(same, "the glue for {format} is not that of the format before it");
    let made = folder.join(format!("{STEM}_bg.wasm"));
    fs::rename(&made, folder.join(wasm_name(format))).context("naming the wasm")?;
    Ok(())
}

fn shrink(wasm: &Path) -> Result<()> {
    let tool = workspace::root().join("node_modules/binaryen/bin/wasm-opt");
    if !tool.is_file() {
        bail!("wasm-opt is missing: run `npm ci`");
    }
    let mut command = workspace::node();
    command.arg(tool).args(OPTIMISE).args(FEATURES);
    command.args(["--strip-debug", "--strip-producers", "--strip-target-features"]);
    exec::run(command.arg(wasm).arg("-o").arg(wasm))
}
