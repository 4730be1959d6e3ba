//! What is asked of the bench.

use super::*;

fn check(arguments: &[&str]) -> Result<()> {
    let all = ["load", "--fugitive", "server"].iter().chain(arguments);
    Options::try_parse_from(all)?.check()
}

#[test]
fn refuses_to_measure_nothing() {
    let error = check(&["--runs", "0"]).unwrap_err();
    assert!(error.to_string().contains("nothing is to be measured"), "{error}");
    check(&["--runs", "0", "--nats", "bus", "--viewers", "100"]).unwrap();
    assert!(check(&["--nats", "bus", "--join-runs", "0"]).is_err());
}
