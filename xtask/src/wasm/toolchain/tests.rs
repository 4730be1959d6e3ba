//! What is decided from the words of other programs.

use super::*;

#[test]
fn reads_rustcs_version() {
    assert_eq!(
        minor_version("rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)\n"),
        Some(96)
    );
    assert_eq!(minor_version("clang version 14"), None);
}

#[test]
fn oldest_rust_is_the_workspaces() {
    let manifest = std::fs::read_to_string(workspace::root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains(&format!("rust-version = \"1.{OLDEST_RUST}\"")));
}

#[test]
fn debians_compiler_builds_its_library_in_a_folder_of_its_own() {
    let debian = Toolchain::Debian {
        linker: "/usr/bin/wasm-ld-22".into(),
    };
    let command = debian.cargo_build();
    assert_eq!(command.get_program(), "/usr/bin/cargo");
    assert!(
        command
            .get_args()
            .any(|argument| argument == "-Zbuild-std=std,panic_abort")
    );
    assert_ne!(debian.target_dir(), Toolchain::Installed.target_dir());
}
