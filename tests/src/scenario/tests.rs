//! Scenarios that read, and those that are refused with a word of advice.

use super::*;

#[test]
fn every_scenario_of_the_repository_reads() {
    for name in names(&folder()).expect("a folder") {
        let scenario = Scenario::load(&folder().join(format!("{name}.toml")));
        if let Err(error) = scenario {
            panic!("{error}");
        }
    }
}

#[test]
fn what_is_wrong_is_named() {
    let good = "about = \"x\"\n[stream]\nkind = \"live\"\nsegment = \"4s\"\nvideo = [\"4Mbit\"]\n\
                [viewers]\ncount = 3\n[time]\nwarm_up = \"30s\"\nmeasure = \"60s\"\n";
    assert!(Scenario::parse("good", good).is_ok());
    let table = [
        ("count = 3", "count = 0", "viewers.count must be"),
        ("segment = \"4s\"", "segment = \"4\"", "is not a time such as"),
        ("segment = \"4s\"", "segment = \"40s\"", "hold_back must be more"),
        ("count = 3", "count = 3\ncolour = 1", "unknown field `colour`"),
        (
            "[time]",
            "[network]\nuplink = \"warp\"\n[time]",
            "no uplink profile `warp`",
        ),
        (
            "[time]",
            "[network]\ncross_traffic = { share = 1.0, on = \"9s\", off = \"9s\" }\n[time]",
            "network.cross_traffic.share must be below 1",
        ),
        (
            "[time]",
            "[network]\ncross_traffic = { share = 0.5, on = \"0s\", off = \"9s\" }\n[time]",
            "must be on and off for some time",
        ),
    ];
    for (from, to, expected) in table {
        let error = Scenario::parse("bad", &good.replace(from, to))
            .expect_err(to)
            .to_string();
        assert!(error.contains(expected), "{error}");
    }
}
