//! A disk of a test's own that is small enough to be filled. It is mounted where nobody but the test sees it, which takes
//! no root where users may make namespaces.

use std::env;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::scratch::Folder;

/// Where the disk is, for the process that sees it.
const PLACE: &str = "FUGITIVE_TEST_DISK";
/// The exit code if nothing could be mounted. That of a test that failed is 101.
const UNMOUNTED: i32 = 77;
/// Mounts a disk of `$1` at `$2`, and goes on as the test `$4` of the program `$3`.
const SCRIPT: &str = "mount -t tmpfs -o size=$1,mode=700 tmpfs \"$2\" || exit 77; \
                      exec \"$3\" --exact \"$4\" --nocapture";

/// Where there is a disk of `size`, as `mount` writes it, for the test of that name to fill.
///
/// The test is run again in a process of its own, and the disk is there: `None` where the test has been run so, or
/// cannot be, which is said. To be called before anything else is done.
///
/// # Panics
/// When the test fails in that process.
pub(crate) fn small_disk(test: &str, size: &str) -> Option<PathBuf> {
    if let Some(place) = env::var_os(PLACE) {
        return Some(place.into());
    }
    let place = Folder::absent(&test.replace("::", "-"));
    std::fs::create_dir_all(&place).expect("a folder can be made");
    // As root a namespace of mounts is enough, which even a container may have.
    let tries = [&["--mount"][..], &["--map-root-user", "--mount"]];
    let mut why = String::new();
    for namespace in tries {
        match run_again(namespace, &place, size, test) {
            Ok(output) if is_decided(&output) => {
                judge(test, &output);
                return None;
            }
            Ok(output) => why = String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => why = format!("unshare: {error}"),
        }
    }
    // Not by a macro, whose output is kept back where a test passes.
    let _ = writeln!(
        io::stderr(),
        "\nSKIPPED {test}: no disk can be mounted to be filled: {why}"
    );
    None
}

fn run_again(namespace: &[&str], place: &Path, size: &str, test: &str) -> io::Result<Output> {
    Command::new("unshare")
        .args(namespace)
        .args(["sh", "-c", SCRIPT, "sh", size])
        .arg(place)
        .arg(env::current_exe()?)
        .arg(test)
        .env(PLACE, place)
        .output()
}

/// Whether the test was run: neither the namespace nor the disk was refused.
fn is_decided(output: &Output) -> bool {
    let ran = String::from_utf8_lossy(&output.stdout).contains("running ");
    ran || !matches!(output.status.code(), Some(1 | UNMOUNTED))
}

/// Panics unless just that test was run, and passed.
fn judge(test: &str, output: &Output) {
    let (told, error) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    let passed = output.status.success() && told.contains("test result: ok. 1 passed");
    assert!(passed, "{test} on a small disk: {told}{error}");
}
