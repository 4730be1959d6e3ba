//! Budgets kept and broken.

use super::*;

fn budget(limit: u64, brotli: u64) -> Budget {
    let weight = Weight {
        name: "worker".to_owned(),
        path: "worker.js".to_owned(),
        brotli,
    };
    let page = Page {
        name: "a page".to_owned(),
        loads: vec!["worker".to_owned()],
        total: brotli,
    };
    Budget {
        limit,
        files: vec![weight],
        pages: vec![page],
    }
}

#[test]
fn accepts_small_growth_and_any_shrinking() {
    assert!(judge(&budget(2000, 1000), &budget(2000, 1050)).is_ok());
    assert!(judge(&budget(2000, 1000), &budget(2000, 10)).is_ok());
}

#[test]
fn refuses_unrecorded_growth_and_the_limit() {
    let grown = judge(&budget(2000, 1000), &budget(2000, 1051))
        .unwrap_err()
        .to_string();
    assert!(
        grown.starts_with("worker grew from 1000 to 1051 bytes"),
        "{grown}"
    );
    let over = judge(&budget(2000, 2001), &budget(2000, 2001))
        .unwrap_err()
        .to_string();
    assert_eq!(over, "a page loads 2001 bytes, 2000 are allowed");
}

#[test]
fn a_page_loads_files_that_are_known() {
    let mut budget = budget(2000, 1000);
    budget.pages[0].loads.push("a ghost".to_owned());
    let unknown = budget.total(&budget.pages[0]).unwrap_err().to_string();
    assert!(unknown.contains("a ghost"), "{unknown}");
}

#[test]
fn measures_compressed_bytes() {
    let repetitive = b"fugitive ".repeat(1000);
    let size = compressed_size(&repetitive).unwrap();
    assert!((10..100).contains(&size), "{size}");
}

#[test]
fn committed_budget_allows_196_kib() {
    let text = fs::read_to_string(workspace::root().join(BUDGET_FILE)).unwrap();
    let budget: Budget = serde_json::from_str(&text).unwrap();
    assert_eq!(budget.limit, 196 * 1024);
    assert!(!budget.pages.is_empty());
    for page in &budget.pages {
        assert_eq!(page.total, budget.total(page).unwrap(), "{}", page.name);
    }
}
