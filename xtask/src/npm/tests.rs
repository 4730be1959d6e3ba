//! When packages count as installed.

use serde_json::json;

use super::*;

fn packages(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

#[test]
fn optional_packages_and_links_may_be_absent() {
    let asked = json!({
        "": { "name": "root" },
        "tests/e2e": { "version": "0.1.0" },
        "node_modules/a": { "integrity": "sha512-a" },
        "node_modules/for-another-machine": { "integrity": "sha512-b", "optional": true },
        "node_modules/fugitive-e2e": { "link": true },
    });
    let installed = json!({ "node_modules/a": { "integrity": "sha512-a" } });
    assert!(holds(packages(&installed), packages(&asked)));
}

#[test]
fn a_missing_or_different_package_is_noticed() {
    let asked = json!({ "node_modules/a": { "integrity": "sha512-new" } });
    assert!(!holds(packages(&json!({})), packages(&asked)));
    assert!(!holds(
        packages(&json!({ "node_modules/a": { "integrity": "sha512-old" } })),
        packages(&asked)
    ));
}

#[test]
fn reads_nodes_version() {
    assert_eq!(major_version("v20.20.2\n"), Some(20));
    assert_eq!(major_version("twenty"), None);
}
