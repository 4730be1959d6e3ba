//! Closing lines as the runners write them.

use super::*;

fn sum(format: Format, lines: &str) -> (u64, u64) {
    let tally = lines
        .lines()
        .fold(Tally::default(), |sum, line| sum + format.read(line));
    (tally.passed, tally.failed)
}

#[test]
fn adds_cargos_binaries() {
    let lines = "\
running 3 tests
test a ... ok
test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s
test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";
    assert_eq!(sum(Format::Cargo, lines), (5, 1));
}

#[test]
fn reads_nextests_summary_and_not_the_output_of_a_failed_test() {
    let lines = "\
    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 52 filtered out; finished in 0.30s
     Summary [   3.240s] 40 tests run: 36 passed (1 slow, 2 leaky), 1 failed, 2 timed out, 1 exec failed, 7 skipped
";
    assert_eq!(sum(Format::Nextest, lines), (36, 4));
    assert_eq!(
        sum(
            Format::Nextest,
            "     Summary [   0.1s] 1 test run: 1 passed, 0 skipped"
        ),
        (1, 0)
    );
}

#[test]
fn reads_nodes_closing_lines_in_both_dresses() {
    assert_eq!(
        sum(
            Format::Node,
            "# tests 9\n# suites 0\n# pass 5\n# fail 3\n# cancelled 1\n# skipped 0"
        ),
        (5, 4)
    );
    assert_eq!(
        sum(Format::Node, "ℹ tests 5\nℹ pass 5\nℹ fail 0\nℹ duration_ms 12.5"),
        (5, 0)
    );
    assert_eq!(sum(Format::Node, "# pass 5 of the ball\nok 1 - pass 7"), (0, 0));
}

#[test]
fn a_runner_that_breaks_or_runs_nothing_counts_as_a_failure() {
    let clean = Tally { passed: 3, failed: 0 };
    assert_eq!(clean.judged(Format::Node, true), clean);
    assert_eq!(clean.judged(Format::Node, false), Tally { passed: 3, failed: 1 });
    assert_eq!(
        Tally::default().judged(Format::Nextest, true),
        Tally { passed: 0, failed: 1 }
    );
    assert_eq!(Tally::default().judged(Format::Cargo, true), Tally::default());
    let failed = Tally { passed: 3, failed: 2 };
    assert_eq!(failed.judged(Format::Cargo, false), failed);
}
