//! Versions that agree and that differ.

use serde_json::json;

use super::*;

#[test]
fn accepts_one_version() {
    let manifest = "[package]\nname = 'a'\nversion.workspace = true".parse().unwrap();
    assert_eq!(check_crate("Cargo.toml", &manifest), None);
    assert_eq!(
        check_package("package.json", &json!({ "version": "0.1.0" }), "0.1.0"),
        None
    );
}

#[test]
fn complains_about_another_version_or_none() {
    let manifest = "[package]\nname = 'a'\nversion = '0.1.0'".parse().unwrap();
    assert!(check_crate("a/Cargo.toml", &manifest).is_some());
    let complaint = check_package("web/package.json", &json!({ "version": "0.2.0" }), "0.1.0").unwrap();
    assert_eq!(
        complaint.to_string(),
        "web/package.json: version 0.2.0 differs from Cargo.toml's 0.1.0"
    );
    assert!(check_package("web/package.json", &json!({}), "0.1.0").is_some());
}
