//! Manifests with good and bad arrows.

use super::*;

fn complaints(manifest: &str) -> Vec<String> {
    check_manifest("x/Cargo.toml", &manifest.parse().unwrap())
        .iter()
        .map(Complaint::to_string)
        .collect()
}

#[test]
fn allows_listed_arrows_and_other_peoples_crates() {
    let manifest = "
        [package]
        name = 'signaling'
        [dependencies]
        signaling-proto.workspace = true
        tokio.workspace = true
        [dev-dependencies]
        signaling-proto.workspace = true
    ";
    assert!(complaints(manifest).is_empty());
}

#[test]
fn forbids_an_arrow_from_any_table() {
    let everywhere = [
        "[dependencies]\nsignaling.workspace = true",
        "[dev-dependencies]\nsignaling = { path = '../signaling' }",
        "[build-dependencies]\nrenamed = { path = '../signaling', package = 'signaling' }",
        "[target.'cfg(unix)'.dependencies]\nsignaling = '1'",
        "[target.'cfg(unix)'.dev-dependencies.signaling]\nworkspace = true",
    ];
    for table in everywhere {
        let found = complaints(&format!("[package]\nname = 'segment-engine'\n{table}"));
        assert_eq!(
            found,
            ["x/Cargo.toml: forbidden arrow: `segment-engine` must not depend on `signaling`"],
            "{table}"
        );
    }
}

#[test]
fn forbids_a_crate_without_a_row() {
    assert!(complaints("[package]\nname = 'newcomer'")[0].contains("`newcomer` is in no row"));
}
