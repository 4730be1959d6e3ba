//! The order of suites.

use super::*;

#[test]
fn brings_what_a_suite_needs_before_it() {
    assert_eq!(
        with_needs(&[Suite::Browser]),
        [Suite::Wasm, Suite::Web, Suite::Browser]
    );
    assert_eq!(with_needs(&[Suite::Fmt]), [Suite::Fmt]);
}

#[test]
fn every_need_comes_earlier_in_the_order() {
    for suite in Suite::value_variants() {
        assert!(suite.needs().iter().all(|need| need < suite), "{suite:?}");
    }
    assert_eq!(with_needs(&Suite::TESTS), Suite::TESTS);
}

#[test]
fn each_suite_is_run_by_test_or_by_ci() {
    let run: Vec<Suite> = Suite::BEFORE_PUSH.iter().chain(&Suite::TESTS).copied().collect();
    assert_eq!(run, Suite::value_variants());
}
