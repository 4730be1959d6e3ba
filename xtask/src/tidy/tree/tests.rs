//! Which files count as what.

use super::*;
use crate::workspace;

fn purpose(path: &str) -> Purpose {
    let language = Language::of(path).unwrap();
    Source {
        path: path.to_owned(),
        language,
        text: String::new(),
    }
    .purpose()
}

#[test]
fn tells_tests_from_production() {
    for test in [
        "a/src/b/tests.rs",
        "a/tests/it/main.rs",
        "ts/test/x.ts",
        "ts/x.test.ts",
        "tests/e2e/src/viewer.ts",
    ] {
        assert_eq!(purpose(test), Purpose::Test, "{test}");
    }
    for production in [
        "a/src/b.rs",
        "tests/src/lib.rs",
        "xtask/src/test/tally.rs",
        "ts/testing.ts",
    ] {
        assert_eq!(purpose(production), Purpose::Production, "{production}");
    }
}

#[test]
fn declarations_and_other_files_have_no_language() {
    assert_eq!(Language::of("ts/core.ts"), Some(Language::TypeScript));
    assert_eq!(Language::of("ts/wasm.d.ts"), None);
    assert_eq!(Language::of("web/vite.config.ts"), None);
    assert_eq!(Language::of("README.md"), None);
}

#[test]
fn reads_this_file_and_no_generated_one() {
    let paths: Vec<String> = Source::read_all(&workspace::root())
        .unwrap()
        .into_iter()
        .map(|source| source.path)
        .collect();
    assert!(paths.iter().any(|path| path == "xtask/src/tidy/tree/tests.rs"));
    assert!(paths.iter().any(|path| path == "xtask/src/wasm/toolchain.rs"));
    assert!(
        !paths
            .iter()
            .any(|path| path.contains("node_modules") || path.starts_with("target/"))
    );
}
