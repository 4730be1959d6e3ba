//! The repository obeys its own rules.

use super::*;

#[test]
fn repository_is_tidy() {
    let found: Vec<String> = complaints(&workspace::root())
        .unwrap()
        .iter()
        .map(Complaint::to_string)
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
