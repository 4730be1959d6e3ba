//! Times, sizes and rates as a scenario's file writes them.

use super::*;

#[test]
fn reads_quantities_and_refuses_others() {
    assert_eq!(Time::parse("250ms"), Ok(Time::millis(250)));
    assert_eq!(Time::parse("0.5 s"), Ok(Time::millis(500)));
    assert_eq!(Time::parse("30min"), Ok(Time::seconds(1_800)));
    assert_eq!(Rate::parse("1.5Mbit"), Ok(Rate(1_500_000)));
    for bad in ["", "4", "s", "-1s", "4 parsecs", "NaNs", "9999999999h"] {
        assert!(Time::parse(bad).is_err(), "{bad}");
    }
    assert!(Rate::parse("4Mbyte").is_err());
}
